"""Fields whose value is the content of a file: they receive uploads, show a preview and give the whole for download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.blobs import Blob, BlobComponent
from jupyter_spaces.space.components.content import mime_of_name
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.upload import Offer, Receiver, Upload

INLINE = 4 * 2**20  # bytes that travel with the model; what is larger is fetched when somebody wants it


class BlobField(Field):
    """What the fields of files share. The page says nothing but null (cleared): content comes as an upload."""

    component: BlobComponent[Any]

    def __init__(self, component: BlobComponent[Any], *, label: str | None = None, interactive: bool = True) -> None:
        self._receiver = Receiver(component.max_size, self.take)
        self._offered: tuple[Any, Blob] | None = None
        super().__init__(component, label=label, interactive=interactive)

    def describe(self) -> dict[str, Any]:
        return {"accept": ",".join(self.component.accept), "max_size": self.component.max_size}

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        blob = self.component.encode(value)
        content = blob.data if len(blob.data) <= INLINE else None
        return {"data": content, "mime": blob.mime, "name": blob.name or "", "size": len(blob.data)}

    def hear(self, data: Any) -> Any:
        if data is not None:
            raise InputError("Files arrive as uploads; try again.")
        return None

    def offer(self, name: str) -> Offer | None:
        value = self.value
        if name != "value" or value is None:
            return None
        if isinstance(value, Path):
            return Offer(value, mime_of_name(value.name) or "application/octet-stream")
        if self._offered is None or self._offered[0] is not value:
            # Asked for chunk by chunk, written once.
            self._offered = (value, self.component.encode(value))
        return Offer(self._offered[1].data, self._offered[1].mime)

    def take(self, upload: Upload) -> None:
        """Make an upload the value. Raises InputError when its content is refused."""
        blob = Blob(upload.data, upload.mime, upload.name)
        if not self.accept(lambda: self.component.decode(blob)):
            raise InputError(self.error)
        self._say(self.value)

    def on_page_message(self, message: dict[str, Any], buffers: list[Any]) -> None:
        if message.get("jsp") == "upload" and self.interactive:
            self._receiver.max_size = self.component.max_size
            answer = self._receiver.handle(message, buffers)
            if answer is not None:
                self.send(answer)
