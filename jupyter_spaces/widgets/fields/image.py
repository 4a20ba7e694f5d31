"""Fields of one picture: upload, paste, webcam; shown with a way to enlarge and to save it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from jupyter_spaces.space.components import Image
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.pictures import read_image
from jupyter_spaces.widgets.fields.blob import INLINE, BlobField

if TYPE_CHECKING:
    from PIL import Image as PILImage

PREVIEW_SIDE = 1600  # pixels; more than a notebook's column shows, even on a dense screen


class ImageField(BlobField):
    """A picture. The page gets it whole when it is small, else a preview, and the whole when somebody saves it."""

    module = "image"
    component: Image

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "sources": list(self.component.sources), "height": self.component.height}

    def show_blob(self, blob: Blob) -> dict[str, Any]:
        limit = INLINE // 8 if self.interactive else INLINE
        shown = blob if len(blob.data) <= limit else preview(blob)
        return {
            "data": shown.data,
            "mime": shown.mime,
            "name": "image" + {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}.get(blob.mime, ".gif"),
            "size": len(blob.data),
            "whole": shown is blob,
        }


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
