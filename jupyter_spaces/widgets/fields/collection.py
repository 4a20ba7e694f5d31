"""Fields whose value is a list that grows by uploads and shrinks by the page's wish: Gallery and Files."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Files, Gallery
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.fields.blob import INLINE
from jupyter_spaces.widgets.pictures import for_page
from jupyter_spaces.widgets.stills.media import name_and_size
from jupyter_spaces.widgets.upload import Offer, Receiver, Upload


class CollectionField(Field):
    """A list of files. The page says null (all removed) or `{"remove": place}`; what is added comes as uploads."""

    answers = True
    component: Any

    def __init__(self, component: Any, *, label: str | None = None, interactive: bool = True) -> None:
        self._receiver = Receiver(component.max_size, self.take)
        self._offered: tuple[Any, Blob] | None = None
        super().__init__(component, label=label, interactive=interactive)

    def decode(self, blob: Blob) -> Any:
        """Return the item of an uploaded file. Raises InputError."""
        raise NotImplementedError

    def encode(self, item: Any) -> Blob:
        """Return the content of an item."""
        raise NotImplementedError

    def hear(self, data: Any) -> Any:
        if data is None:
            return None
        place = data.get("remove") if isinstance(data, dict) else None
        items = list(self.value or [])
        if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(items):
            raise InputError("This one is gone already.")
        del items[place]
        return items or None

    def offer(self, name: str) -> Offer | None:
        place = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else -1
        items = self.value or []
        if not 0 <= place < len(items):
            return None
        if self._offered is None or self._offered[0] is not items[place]:
            self._offered = (items[place], self.encode(items[place]))
        return Offer(self._offered[1].data, self._offered[1].mime)

    def take(self, upload: Upload) -> None:
        """Append an upload. Raises InputError when its content, or one more of them, is refused."""
        blob = Blob(upload.data, upload.mime, upload.name)
        if not self.accept(lambda: self.component.check([*(self.value or []), self.decode(blob)])):
            raise InputError(self.error)
        self._say(self.value)

    def on_page_message(self, message: dict[str, Any], buffers: list[Any]) -> None:
        if message.get("jsp") == "upload" and self.interactive:
            answer = self._receiver.handle(message, buffers)
            if answer is not None:
                self.send(answer)


class GalleryField(CollectionField):
    """Several pictures in a grid. `selected` is the place of the one that was clicked, or None."""

    module = "gallery"
    component: Gallery

    def describe(self) -> dict[str, Any]:
        image = self.component.image
        return {"accept": ",".join(image.accept), "max_size": image.max_size, "columns": self.component.columns}

    def decode(self, blob: Blob) -> Any:
        return self.component.image.decode(blob)

    def encode(self, item: Any) -> Blob:
        return self.component.image.encode(_picture(item)[0])

    def show(self, value: Any) -> Any:
        items = value or []
        # All of them together stay below what is comfortable in one message.
        share = INLINE * 2 // max(1, len(items))
        shown = []
        for item in items:
            image, caption = _picture(item)
            blob, whole = for_page(self.component.image, image, most=share, side=800)
            shown.append({"data": blob.data, "mime": blob.mime, "caption": caption, "whole": whole})
        return {"items": shown}


class FilesField(CollectionField):
    """Several files, with name and size."""

    module = "file"
    component: Files

    def describe(self) -> dict[str, Any]:
        return {"accept": ",".join(self.component.accept), "max_size": self.component.max_size, "multiple": True}

    def decode(self, blob: Blob) -> Any:
        return self.component.file.decode(blob)

    def encode(self, item: Any) -> Blob:
        return self.component.file.encode(item)

    def show(self, value: Any) -> Any:
        return {"items": [describe_file(each) for each in value or []]}


def describe_file(value: Any) -> dict[str, Any]:
    """Return what a page shows of a path or of bytes."""
    name, size = name_and_size(value)
    return {"name": name, "size": size}


def _picture(item: Any) -> tuple[Any, str]:
    return (item[0], item[1] or "") if isinstance(item, tuple) else (item, "")
