"""JSON: any JSON value, shown as a tree."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import Component
from jupyter_spaces.space.components.json_values import as_json
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import size_text


@register_component
@dataclass(frozen=True, eq=False)
class JSON(Component[Any]):
    """Dicts with string keys, lists, strings, finite numbers, booleans."""

    kind = "json"

    max_size: int = 16 * 2**20  # bytes of the JSON text

    def check_value(self, value: object) -> Any:
        copy = as_json(value)
        size = len(json.dumps(copy, ensure_ascii=False).encode())
        if size > self.max_size:
            raise InputError(f"The JSON text has {size_text(size)}; at most {size_text(self.max_size)} are accepted.")
        return copy

    def example_value(self) -> Any:
        return {"name": "example", "values": [1, 2, 3]}
