"""Pictures on their way to a page: as they are when they are small, else as a preview."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING

from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.pictures import read_image

if TYPE_CHECKING:
    from PIL import Image as PILImage

PREVIEW_SIDE = 1600  # pixels; more than a notebook's column shows, even on a dense screen
MOST_INLINE = 2 * 2**20  # bytes of one picture inside a saved notebook


def preview(blob: Blob, side: int = PREVIEW_SIDE) -> Blob:
    """Return a picture of at most `side` pixels each way that is quick to send."""
    image = read_image(blob.data, max_pixels=2**40)
    image.thumbnail((side, side))
    return compact(image)


def compact(image: PILImage.Image) -> Blob:
    """Return a picture as a small file: JPEG, or PNG where it has transparency."""
    buffer = io.BytesIO()
    if "A" in image.mode:
        image.save(buffer, "PNG", compress_level=6)
        return Blob(buffer.getvalue(), "image/png")
    image.convert("RGB").save(buffer, "JPEG", quality=88)
    return Blob(buffer.getvalue(), "image/jpeg")


def inline_picture(blob: Blob) -> Blob:
    """Return a picture as a saved notebook carries it."""
    return blob if len(blob.data) <= MOST_INLINE else preview(blob)


def image_tag(blob: Blob, alt: str, style: str = "max-width:100%;height:auto") -> str:
    """Return an img element that carries its picture."""
    return f'<img src="{inline_picture(blob).to_url()}" alt="{escape(alt)}" style="{style}">'
