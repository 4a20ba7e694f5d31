"""Checkbox: yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.registry import register_component


@register_component
@dataclass(frozen=True, eq=False)
class Checkbox(Component[bool]):
    """A bool. 0, 1 and "yes" are refused: no form sends them, and a caller who does has mixed up two parameters."""

    kind = "checkbox"

    def check_value(self, value: object) -> bool:
        if getattr(value, "shape", None) == () and hasattr(value, "item"):
            value = value.item()  # numpy.bool_ and 0-d tensors
        if not isinstance(value, bool):
            raise refuse(value, "True or False")
        return value

    def dump_value(self, value: bool) -> Json:
        return value

    def value_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def example_value(self) -> bool:
        return True

    def text_of(self, value: bool) -> str:
        return "yes" if value else "no"
