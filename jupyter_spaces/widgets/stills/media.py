"""Static forms of files: sounds and films play, others are offered by name while they are small."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.wording import size_text

MOST_PLAYED = 8 * 2**20  # bytes of a sound or a film inside a saved notebook
MOST_LINKED = 256 * 1024  # bytes of another file


def name_and_size(value: Any) -> tuple[str, int]:
    """Return how a path or bytes are called and how large they are."""
    if isinstance(value, bytes):
        return "file", len(value)
    path = Path(value)
    return path.name, path.stat().st_size if path.is_file() else 0


def file_html(component: Any, value: Any) -> str:
    name, size = name_and_size(value)
    label = escape(name)
    if size <= MOST_LINKED:
        # A link that a browser opens as a page could act in the reader's origin: it is offered as plain bytes.
        url = Blob(component.encode(value).data, "application/octet-stream").to_url()
        label = f'<a href="{url}" download="{label}">{label}</a>'
    return f"<div>{label} ({size_text(size)})</div>"


def files_html(component: Any, value: list[Any]) -> str:
    return "".join(file_html(component.file, each) for each in value) or "no files"


def audio_html(component: Any, value: Any) -> str:
    blob = component.encode(value)
    if len(blob.data) > MOST_PLAYED or not blob.mime.startswith(("audio/", "video/")):
        return _too_large(component, value, blob)
    words = escape(component.to_text(value))
    return f'<audio controls src="{blob.to_url()}" style="width:100%;max-width:480px">{words}</audio>'


def video_html(component: Any, value: Any) -> str:
    blob = component.encode(value)
    if len(blob.data) > MOST_PLAYED or not blob.mime.startswith("video/"):
        return _too_large(component, value, blob)
    loop = " loop" if component.loop else ""
    words = escape(component.to_text(value))
    return f'<video controls{loop} src="{blob.to_url()}" style="max-width:100%;max-height:480px">{words}</video>'


def _too_large(component: Any, value: Any, blob: Blob) -> str:
    words = escape(component.to_text(value))
    return f"<div>{words}, too large for the notebook: {size_text(len(blob.data))}. Run the cell to play it.</div>"
