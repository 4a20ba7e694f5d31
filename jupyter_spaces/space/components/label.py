"""Label: what a classifier says, one class or confidences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.number import as_number
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

# float32 softmaxes sum to 1.0000001; a confidence above this is a logit or a percentage.
_ROUNDING = 1e-3


@register_component
@dataclass(frozen=True, eq=False)
class Label(Component[str | dict[str, float]]):
    """A class name, or a dict of confidences in [0, 1], most confident first. `top` limits how many are shown."""

    kind = "label"

    top: int | None = None
    max_classes: int = 10_000
    max_length: int = 1_000  # characters of a class name

    def check_definition(self) -> None:
        if self.top is not None and self.top < 1:
            raise DefinitionError(f"Label has top={self.top}; it starts at 1.")

    def check_value(self, value: object) -> str | dict[str, float]:
        if isinstance(value, str):
            return self._name(value)
        if not isinstance(value, Mapping):
            raise refuse(value, "a class name or a dict of confidences, {'cat': 0.9, 'dog': 0.1}")
        if len(value) > self.max_classes:
            raise InputError(f"There are {len(value)} classes; at most {self.max_classes} are accepted.")
        confidences = {self._name(name): self._confidence(name, given) for name, given in value.items()}
        return dict(sorted(confidences.items(), key=lambda item: -item[1]))

    def dump_value(self, value: str | dict[str, float]) -> Json:
        return value if isinstance(value, str) else dict(value)

    def value_schema(self) -> dict[str, Any]:
        name = {"type": "string", "maxLength": self.max_length}
        confidences = {
            "type": "object",
            "propertyNames": name,
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
            "maxProperties": self.max_classes,
        }
        return {"anyOf": [name, confidences]}

    def example_value(self) -> str | dict[str, float]:
        return {"cat": 0.75, "dog": 0.25}

    def text_of(self, value: str | dict[str, float]) -> str:
        if isinstance(value, str):
            return value
        return ", ".join(f"{name} {confidence:.1%}" for name, confidence in list(value.items())[: self.top or 5])

    def _name(self, name: object) -> str:
        if not isinstance(name, str):
            raise refuse(name, "a class name (a str)")
        if len(name) > self.max_length:
            raise InputError(f"A class name has {len(name)} characters; at most {self.max_length} are accepted.")
        return as_text(name)

    def _confidence(self, name: object, given: object) -> float:
        try:
            confidence = float(as_number(given, integer=False))
        except InputError as error:
            raise InputError(f"The confidence of {shown(name)}: {error}") from error
        if not -_ROUNDING <= confidence <= 1 + _ROUNDING:
            raise InputError(
                f"The confidence of {shown(name)} is {confidence}; confidences are in [0, 1]. "
                "Apply a softmax to logits, divide percentages by 100."
            )
        return min(max(confidence, 0.0), 1.0)
