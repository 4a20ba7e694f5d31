"""The field of a picture to draw on."""

from __future__ import annotations

import io
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import ImageMask, MaskedImage
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.pictures import as_image
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.fields.blob import INLINE
from jupyter_spaces.widgets.pictures import for_page
from jupyter_spaces.widgets.upload import Receiver, Upload


class MaskField(Field):
    """A picture and a mask. Both arrive as uploads: slot "" is the picture, slot "mask" what was drawn on it.

    `version` counts the pictures that Python has shown, so that a page knows whether what it drew is still meant.
    """

    module = "mask"
    component: ImageMask

    def __init__(self, component: ImageMask, *, label: str | None = None, interactive: bool = True) -> None:
        self._receiver = Receiver(component.max_size, self.take)
        self._version = 0
        super().__init__(component, label=label, interactive=interactive)

    def describe(self) -> dict[str, Any]:
        image = self.component.image
        return {
            "accept": ",".join(image.accept),
            "max_size": self.component.max_size,
            "sources": list(self.component.sources),
            "brush_size": self.component.brush_size,
        }

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        self._version += 1
        image = as_image(value.image)
        shown, _ = for_page(self.component.image, image, most=INLINE // 8)
        buffer = io.BytesIO()
        mask = as_image(value.mask)
        if mask.getextrema() != (0, 0):
            mask.save(buffer, "PNG", compress_level=1)
        return {
            "data": shown.data,
            "mime": shown.mime,
            "width": image.width,
            "height": image.height,
            "mask": buffer.getvalue(),
            "version": self._version,
        }

    def hear(self, data: Any) -> Any:
        if data is not None:
            raise InputError("Pictures arrive as uploads; try again.")
        return None

    def take(self, upload: Upload) -> None:
        """Make an upload the picture, or the mask of the present one. Raises InputError when it is refused."""
        blob = Blob(upload.data, upload.mime, upload.name)
        drawn = upload.slot == "mask"
        if not self.accept(lambda: self._masked(blob) if drawn else self.component.check(self._picture(blob))):
            raise InputError(self.error)
        if not drawn:
            self._say(self.value)

    def _picture(self, blob: Blob) -> MaskedImage:
        return MaskedImage(self.component.image.decode(blob), None)

    def _masked(self, blob: Blob) -> MaskedImage:
        if self.value is None:
            raise InputError("The picture is gone; choose it again.")
        size = as_image(self.value.image).size
        # The page drew on a preview; the mask has the picture's own size, and is either set or not.
        mask = self.component.mask.decode(blob).convert("L")
        mask = mask.resize(size).point(lambda level: 255 if level > 127 else 0)
        return self.component.check(MaskedImage(self.value.image, mask))

    def on_page_message(self, message: dict[str, Any], buffers: list[Any]) -> None:
        if message.get("jsp") == "upload" and self.interactive:
            answer = self._receiver.handle(message, buffers)
            if answer is not None:
                self.send(answer)
