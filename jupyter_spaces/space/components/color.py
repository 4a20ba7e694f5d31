"""ColorPicker: a colour as '#rrggbb'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", re.ASCII)


def as_color(value: object) -> str:
    """Return '#rrggbb' in lower case of '#rgb' or '#rrggbb'. Raises InputError."""
    if not isinstance(value, str):
        raise refuse(value, "a colour such as '#ff8800'")
    if not _COLOR.fullmatch(value):
        raise InputError(f"{shown(value)} is not a colour: write '#rrggbb', for example '#ff8800'.")
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


@register_component
@dataclass(frozen=True, eq=False)
class ColorPicker(Component[str]):
    """A colour; the value is '#rrggbb' in lower case, and '#rgb' is accepted."""

    kind = "colorpicker"

    def check_value(self, value: object) -> str:
        return as_color(value)

    def dump_value(self, value: str) -> Json:
        return value

    def value_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", "maxLength": 7}

    def example_value(self) -> str:
        return "#ff8800"

    def text_of(self, value: str) -> str:
        return value
