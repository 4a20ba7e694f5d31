"""The field of one file: uploaded, or offered for download."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.widgets.fields.blob import BlobField
from jupyter_spaces.widgets.fields.collection import describe_file
from jupyter_spaces.widgets.upload import Offer


class FileField(BlobField):
    """One file of any type; only its name and size are shown, its content is fetched for a download."""

    module = "file"

    def show(self, value: Any) -> Any:
        return {"items": [] if value is None else [describe_file(value)]}

    def offer(self, name: str) -> Offer | None:
        return super().offer("value") if name == "0" else None
