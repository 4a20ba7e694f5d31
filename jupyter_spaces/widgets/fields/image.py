"""Fields of one picture: upload, paste, webcam; shown with a way to enlarge and to save it."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.space.components import Image
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.widgets.fields.blob import INLINE, BlobField
from jupyter_spaces.widgets.pictures import preview


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
