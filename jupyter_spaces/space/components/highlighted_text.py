"""HighlightedText: a text in pieces, some of which carry a category or a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.color import as_color
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.number import as_number
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.text import DEFAULT_MAX_LENGTH

Piece = tuple[str, str | float | None]

_ENTITY_NAMES = ("entity_group", "entity", "label")


def checked_colors(component: str, colors: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return a category -> colour mapping in normal form. Raises DefinitionError."""
    if colors is None:
        return None
    try:
        return {name: as_color(color) for name, color in colors.items()}
    except InputError as error:
        raise DefinitionError(f"The colors of this {component} are refused: {error}") from error


@register_component
@dataclass(frozen=True, eq=False)
class HighlightedText(Component[list[Piece]]):
    """A list of (text, category), (text, score) or (text, None), in reading order.

    Results may also be {"text": ..., "entities": [{"start": 0, "end": 4, "entity": "PER"}]}, as token classifiers give.
    """

    kind = "highlightedtext"

    colors: Mapping[str, str] | None = None  # category -> '#rrggbb'; others get one of the theme's
    max_length: int = DEFAULT_MAX_LENGTH  # characters of all pieces together
    max_items: int = 100_000

    def check_definition(self) -> None:
        object.__setattr__(self, "colors", checked_colors("HighlightedText", self.colors))

    def check_value(self, value: object) -> list[Piece]:
        if isinstance(value, Mapping):
            value = _from_entities(value)
        if not isinstance(value, (list, tuple)):
            raise refuse(value, "a list of (text, category)")
        return self._check_pieces(value)

    def dump_value(self, value: list[Piece]) -> Json:
        return [{"text": text, "label": label} for text, label in value]

    def load_value(self, data: Json) -> list[Piece]:
        if not isinstance(data, list):
            raise refuse(data, "a list of {'text': ..., 'label': ...}")
        pieces = []
        for item in data:
            if not isinstance(item, dict) or set(item) != {"text", "label"}:
                raise refuse(item, "an object {'text': ..., 'label': ...}")
            pieces.append((item["text"], item["label"]))
        return self._check_pieces(pieces)

    def value_schema(self) -> dict[str, Any]:
        item = {
            "type": "object",
            "properties": {
                "text": {"type": "string", "maxLength": self.max_length},
                "label": {"type": ["string", "number", "null"]},
            },
            "required": ["text", "label"],
            "additionalProperties": False,
        }
        return {"type": "array", "items": item, "maxItems": self.max_items}

    def example_value(self) -> list[Piece]:
        return [("Ada", "person"), (" wrote to ", None), ("London", "place")]

    def text_of(self, value: list[Piece]) -> str:
        return "".join(text if label is None else f"[{text}]({label})" for text, label in value)

    def _check_pieces(self, pieces: Sequence[Any]) -> list[Piece]:
        if len(pieces) > self.max_items:
            raise InputError(f"There are {len(pieces)} pieces; at most {self.max_items} are accepted.")
        checked = [_piece(piece) for piece in pieces]
        length = sum(len(text) for text, _ in checked)
        if length > self.max_length:
            raise InputError(f"The text has {length} characters; at most {self.max_length} are accepted.")
        return checked


def _piece(piece: object) -> Piece:
    if not isinstance(piece, (tuple, list)) or len(piece) != 2 or not isinstance(piece[0], str):
        raise refuse(piece, "a pair (text, category), (text, score) or (text, None)")
    text, label = piece
    if label is None:
        return as_text(text), None
    if isinstance(label, str):
        return as_text(text), as_text(label)
    return as_text(text), as_number(label)


def _from_entities(value: Mapping[Any, Any]) -> list[Piece]:
    """Cut a text at its entities, which must not overlap."""
    text, entities = value.get("text"), value.get("entities")
    if set(value) != {"text", "entities"} or not isinstance(text, str) or not isinstance(entities, (list, tuple)):
        raise refuse(value, "a list of (text, category), or a dict with 'text' and 'entities'")
    pieces: list[Piece] = []
    end = 0
    for entity in sorted(map(_entity, entities)):
        start, stop, label = entity
        if not end <= start <= stop <= len(text):
            raise InputError(f"The entity {label!r} at {start} to {stop} overlaps another one or leaves the text.")
        if start > end:
            pieces.append((text[end:start], None))
        pieces.append((text[start:stop], label))
        end = stop
    if end < len(text):
        pieces.append((text[end:], None))
    return pieces


def _entity(entity: object) -> tuple[int, int, str]:
    if isinstance(entity, Mapping):
        label = next((entity[name] for name in _ENTITY_NAMES if name in entity), None)
        start, stop = entity.get("start"), entity.get("end")
        if isinstance(start, int) and isinstance(stop, int) and isinstance(label, str):
            return start, stop, label
    raise refuse(entity, "an entity {'start': 0, 'end': 4, 'entity': 'PER'}")
