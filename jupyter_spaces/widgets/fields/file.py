"""The field of one file: uploaded, or offered for download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_spaces.space.components.content import mime_of_name
from jupyter_spaces.widgets.fields.blob import BlobField
from jupyter_spaces.widgets.fields.collection import describe_file
from jupyter_spaces.widgets.upload import Offer


class FileField(BlobField):
    """One file of any type; only its name and size are shown, its content is fetched for a download."""

    module = "file"

    def show(self, value: Any) -> Any:
        return {"items": [] if value is None else [describe_file(value)]}

    def offer(self, name: str) -> Offer | None:
        if name == "0" and isinstance(self.value, Path):
            return Offer(self.value, mime_of_name(self.value.name) or "application/octet-stream")
        return super().offer("value" if name == "0" else name)
