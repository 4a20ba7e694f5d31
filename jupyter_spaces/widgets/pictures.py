"""Pictures on their way to a page: as they are when they are small, else as a preview."""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.space import components as c
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.pictures import as_image, read_image

if TYPE_CHECKING:
    from PIL import Image as PILImage

PREVIEW_SIDE = 1600  # pixels; more than a notebook's column shows, even on a dense screen
MOST_INLINE = 2 * 2**20  # bytes of one picture inside a saved notebook
MOST_PIXELS = 4 * 2**20  # of a picture that is written as PNG to be shown


def for_page(component: c.Image, value: Any, *, most: int = MOST_INLINE, side: int = PREVIEW_SIDE) -> tuple[Blob, bool]:
    """Return a picture of at most `most` bytes for a page, and whether it is the whole one or a preview."""
    if not isinstance(value, (str, Path, bytes)):
        image = as_image(value, max_pixels=component.max_pixels)
        if image.width * image.height > MOST_PIXELS:
            # Writing a large photo as PNG takes seconds, only to find that it is too large.
            return preview(image, side), False
    blob = component.encode(value)
    if len(blob.data) <= most:
        return blob, True
    return preview(read_image(blob.data, max_pixels=component.max_pixels), side), False


def preview(image: PILImage.Image, side: int = PREVIEW_SIDE) -> Blob:
    """Return a picture of at most `side` pixels each way that is quick to send."""
    small = image.copy()
    small.thumbnail((side, side))
    return compact(small)


def compact(image: PILImage.Image) -> Blob:
    """Return a picture as a small file: JPEG, or PNG where it has transparency."""
    buffer = io.BytesIO()
    if "A" in image.mode:
        image.save(buffer, "PNG", compress_level=6)
        return Blob(buffer.getvalue(), "image/png")
    image.convert("RGB").save(buffer, "JPEG", quality=88)
    return Blob(buffer.getvalue(), "image/jpeg")


def image_tag(blob: Blob, alt: str, style: str = "min-width:min(192px,100%);max-width:100%;height:auto") -> str:
    """Return an img element that carries its picture; a tiny one is drawn larger, or nobody sees what is on it."""
    return f'<img src="{blob.to_url()}" alt="{escape(alt)}" style="{style}">'
