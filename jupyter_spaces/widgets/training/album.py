"""The pictures of a run under the names by which a page fetches them: photos, class images, samples.

A name holds when its file was written, so that a page may keep what it fetched, also when a run rolled back and
painted a sample anew. The strip gets small pictures; the whole one is fetched when somebody enlarges it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.widgets.pictures import compact
from jupyter_spaces.widgets.upload import Offer

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

SMALL = 256  # pixels of the longer side; the strip shows half of it, for screens with two pixels per point
MOST_AS_IT_IS = 24 * 1024  # bytes of a file that is not worth making smaller
WHOLE = "whole/"  # before the name of a picture that is to be enlarged


@dataclass(frozen=True)
class Album:
    """`index` is what the page is told; `files` says what is behind each name."""

    index: dict[str, list[dict[str, Any]]]
    files: dict[str, Path]

    def offer(self, name: str) -> Offer | None:
        """What a page gets for a name; None for a name that is none, or a file that is gone or no picture."""
        path = self.files.get(name.removeprefix(WHOLE))
        if path is None:
            return None
        blob = small(path, 2048 if name.startswith(WHOLE) else SMALL)
        return None if blob is None else Offer(blob.data, blob.mime)


def album_of(run: Run) -> Album:
    """Name all pictures that a run has now."""
    files: dict[str, Path] = {}

    def named(kind: str, path: Path) -> str:
        try:
            written = path.stat().st_mtime_ns
        except OSError:
            written = 0
        name = f"{kind}/{len(files)}-{written:x}"
        files[name] = path
        return name

    index: dict[str, list[dict[str, Any]]] = {
        "photos": [{"name": named("photo", path), "text": path.stem} for path in run.photos],
        "classes": [{"name": named("class", path), "text": path.stem} for path in run.class_images],
        "samples": [
            {"name": named("sample", each.path), "step": each.step, "prompt": each.prompt, "seed": each.seed}
            for each in run.samples
        ],
    }
    return Album(index, files)


def small(path: Path, side: int) -> Blob | None:
    """The picture in a file, at most `side` pixels each way; None when there is none."""
    try:
        return _small(path, path.stat().st_mtime_ns, side)
    except OSError:
        return None


@lru_cache(maxsize=512)
def _small(path: Path, written: int, side: int) -> Blob:
    from PIL import Image

    data = path.read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        kind = image.format
        if max(image.size) <= side and len(data) <= MOST_AS_IT_IS and kind in ("JPEG", "PNG"):
            return Blob(data, Image.MIME[kind])
        image.thumbnail((side, side))
        return compact(image)


def evenly(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many of them, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]
