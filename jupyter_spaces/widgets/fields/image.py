"""Fields of one picture: upload, paste, webcam; shown with a way to enlarge and to save it."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.space.components import Image
from jupyter_spaces.widgets.fields.blob import INLINE, BlobField
from jupyter_spaces.widgets.pictures import for_page


class ImageField(BlobField):
    """A picture. The page gets it whole when it is small, else a preview, and the whole when somebody saves it."""

    module = "image"
    component: Image

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "sources": list(self.component.sources), "height": self.component.height}

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        blob, whole = for_page(self.component, value, most=INLINE // 8 if self.interactive else INLINE)
        return {
            "data": blob.data,
            "mime": blob.mime,
            "text": self.component.to_text(value),
            "whole": whole,
        }
