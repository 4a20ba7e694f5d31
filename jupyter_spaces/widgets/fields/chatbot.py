"""The field of a conversation."""

from __future__ import annotations

import hashlib
from typing import Any

import traitlets as t

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Chatbot
from jupyter_spaces.space.components.markup import markdown_to_html
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.pictures import for_page


class ChatbotField(Field):
    """A conversation that grows while it streams. Its pictures travel once, under a name, in a trait of their own."""

    module = "chatbot"
    component: Chatbot
    _pictures = t.Dict().tag(sync=True)  # name -> {data, mime}; only Python writes it

    def __init__(self, component: Chatbot, *, label: str | None = None, interactive: bool = True) -> None:
        # By the id of a picture, which is kept too: an id is only its own while the picture lives.
        self._names: dict[int, tuple[Any, str]] = {}
        super().__init__(component, label=label, interactive=interactive)

    def describe(self) -> dict[str, Any]:
        return {"height": self.component.height}

    def show(self, value: Any) -> Any:
        pictures: dict[str, Any] = {}
        messages = []
        for message in value or []:
            parts = message.content if isinstance(message.content, list) else [message.content]
            texts = [part for part in parts if isinstance(part, str)]
            shown = [
                {"html": markdown_to_html(part)} if isinstance(part, str) else {"picture": self._name(part, pictures)}
                for part in parts
            ]
            messages.append({"role": message.role, "parts": shown, "text": "\n\n".join(texts)})
        if pictures.keys() != self._pictures.keys():
            self._pictures = pictures
        return {"messages": messages}

    def _name(self, picture: Any, pictures: dict[str, Any]) -> str:
        known = self._names.get(id(picture))
        if known is None or known[1] not in self._pictures:
            blob, _ = for_page(self.component.image, picture)
            name = hashlib.sha256(blob.data).hexdigest()[:16]
            self._names[id(picture)] = (picture, name)
            pictures[name] = self._pictures.get(name) or {"data": blob.data, "mime": blob.mime}
            return name
        pictures[known[1]] = self._pictures[known[1]]
        return known[1]

    def hear(self, data: Any) -> Any:
        if data is not None:
            raise InputError("A conversation can only be cleared here.")
        return None
