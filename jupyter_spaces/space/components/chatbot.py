"""Chatbot: a conversation of text and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import Component, Find, embed_members, refuse
from jupyter_spaces.space.components.image import Image
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.text import DEFAULT_MAX_LENGTH
from jupyter_spaces.space.components.wording import listed, shown

if TYPE_CHECKING:
    from PIL import Image as PILImage

Role = Literal["user", "assistant", "system"]
ROLES: tuple[Role, ...] = get_args(Role)

Part: TypeAlias = "str | PILImage.Image"


@dataclass(frozen=True)
class Message:
    """What one side said: text (Markdown), or a list of texts and PIL images."""

    role: Role
    content: str | Part | list[Part]


@register_component
@dataclass(frozen=True, eq=False)
class Chatbot(Component[list[Message]]):
    """A list of Messages. Dicts {"role", "content"} and pairs (user, assistant) are accepted and become Messages.

    A generator that yields the growing list streams. Markdown in a message is sanitised where it is shown.
    """

    kind = "chatbot"
    default_in_schema = False

    height: int = 400  # of the display, in CSS pixels
    _: KW_ONLY
    max_messages: int = 1_000
    max_length: int = DEFAULT_MAX_LENGTH  # characters of one text
    max_parts: int = 100  # texts and images in one message

    @cached_property
    def image(self) -> Image:
        """The component of each picture."""
        return Image("pil", mode=None)

    def check_value(self, value: object) -> list[Message]:
        if not isinstance(value, (list, tuple)):
            raise refuse(value, "a list of Messages, of {'role': ..., 'content': ...} or of pairs (user, assistant)")
        messages: list[Message] = []
        for item in value:
            if isinstance(item, (tuple, list)) and len(item) == 2:
                pair = zip(("user", "assistant"), item, strict=True)
                messages += [self._message(role, content) for role, content in pair if content is not None]
            elif isinstance(item, Message):
                messages.append(self._message(item.role, item.content))
            elif isinstance(item, Mapping) and set(item) == {"role", "content"}:
                messages.append(self._message(item["role"], item["content"]))
            else:
                raise refuse(item, "a Message, {'role': ..., 'content': ...} or a pair (user, assistant)")
        self._check_count(len(messages))
        return messages

    def dump_value(self, value: list[Message]) -> Json:
        return [{"role": message.role, "content": self._content_to_json(message.content)} for message in value]

    def load_value(self, data: Json) -> list[Message]:
        if not isinstance(data, list):
            raise refuse(data, "a list of {'role': ..., 'content': ...}")
        self._check_count(len(data))
        messages = []
        for item in data:
            if not isinstance(item, dict) or set(item) != {"role", "content"}:
                raise refuse(item, "an object {'role': ..., 'content': ...}")
            content = item["content"]
            if isinstance(content, list):
                self._check_parts(len(content))
                messages.append(self._message(item["role"], [self._part_from_json(part) for part in content]))
            elif isinstance(content, str):
                messages.append(self._message(item["role"], content))
            else:
                raise refuse(content, "text, or a list of {'text': ...} and {'image': 'data:...'}")
        return messages

    def embed(self, data: Json, find: Find) -> Json:
        if not isinstance(data, list):
            return data
        messages: list[Json] = []
        for item in data:
            parts = item.get("content") if isinstance(item, dict) else None
            if isinstance(item, dict) and isinstance(parts, list):
                item = {**item, "content": [embed_members(part, {"image": self.image}, find) for part in parts]}
            messages.append(item)
        return messages

    def value_schema(self) -> dict[str, Any]:
        text = {"type": "string", "maxLength": self.max_length}
        parts = [
            {"type": "object", "properties": {name: part}, "required": [name], "additionalProperties": False}
            for name, part in (("text", text), ("image", self.image.value_schema()))
        ]
        content = {"anyOf": [text, {"type": "array", "items": {"anyOf": parts}, "maxItems": self.max_parts}]}
        message = {
            "type": "object",
            "properties": {"role": {"enum": list(ROLES)}, "content": content},
            "required": ["role", "content"],
            "additionalProperties": False,
        }
        return {"type": "array", "items": message, "maxItems": self.max_messages}

    def example_value(self) -> list[Message]:
        return [Message("user", "Hello!"), Message("assistant", "Hello, what shall we **paint**?")]

    def text_of(self, value: list[Message]) -> str:
        return " | ".join(f"{message.role}: {self._content_text(message.content)}" for message in value)

    def _message(self, role: object, content: Any) -> Message:
        if role not in ROLES:
            raise InputError(f"The role of a message is one of {listed(ROLES)}, not {shown(role)}.")
        if isinstance(content, str):
            return Message(role, self._text(content))
        parts = content if isinstance(content, (list, tuple)) else [content]
        self._check_parts(len(parts))
        return Message(role, [self._text(part) if isinstance(part, str) else self.image.check(part) for part in parts])

    def _text(self, text: str) -> str:
        if len(text) > self.max_length:
            raise InputError(f"A message has {len(text)} characters; at most {self.max_length} are accepted.")
        return as_text(text)

    def _content_to_json(self, content: Any) -> Json:
        if isinstance(content, str):
            return content
        return [{"text": part} if isinstance(part, str) else {"image": self.image.to_json(part)} for part in content]

    def _part_from_json(self, part: Json) -> Any:
        if isinstance(part, dict) and set(part) == {"text"} and isinstance(part["text"], str):
            return part["text"]
        if isinstance(part, dict) and set(part) == {"image"}:
            return self.image.from_json(part["image"])
        raise refuse(part, "{'text': ...} or {'image': 'data:...'}")

    def _content_text(self, content: Any) -> str:
        if isinstance(content, str):
            return content
        return " ".join(part if isinstance(part, str) else f"[{self.image.to_text(part)}]" for part in content)

    def _check_count(self, count: int) -> None:
        if count > self.max_messages:
            raise InputError(f"The conversation has {count} messages; at most {self.max_messages} are accepted.")

    def _check_parts(self, count: int) -> None:
        if count > self.max_parts:
            raise InputError(f"A message has {count} parts; at most {self.max_parts} are accepted.")
