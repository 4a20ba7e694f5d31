"""Fields of one number, one colour or one date: what the browser has an input of its own for."""

from __future__ import annotations

import math
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Number, Slider
from jupyter_spaces.space.components.wording import shown
from jupyter_spaces.widgets.field import Field


class NumberField(Field):
    """A number to type; a Slider also to drag.

    Numbers travel as text, because a page's numbers lose what is above 2**53 and a seed may be larger.
    """

    module = "entry"
    component: Number

    def describe(self) -> dict[str, Any]:
        component = self.component
        whole = bool(component.whole)
        if isinstance(component, Slider):
            span = component.maximum - component.minimum
            # About a hundred steps over the range, as a power of ten.
            usual: float | None = 1 if whole or not span else 10.0 ** math.floor(math.log10(span / 100))
        else:
            usual = 1 if whole else None
        return {
            "kind": "slider" if isinstance(component, Slider) else "number",
            "min": _text(component.minimum),
            "max": _text(component.maximum),
            "step": _text(component.step or usual),
        }

    def initial(self, interactive: bool) -> Any:
        if isinstance(self.component, Slider) and interactive and not self.component.optional:
            return self.component.check(self.component.example_value())
        return None

    def show(self, value: Any) -> Any:
        return "" if value is None else _text(value)

    def hear(self, data: Any) -> Any:
        if data is None or data == "":
            return None
        if not isinstance(data, str) or len(data) > 100:
            raise InputError("The page sent something that is not a number; try again.")
        return self.component.from_json(_number(data, bool(self.component.whole)))


def _text(number: float | None) -> str | None:
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return None if number is None else str(number)


def _number(text: str, whole: bool) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{shown(text)} is not a number.") from None
    if not math.isfinite(number):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]
    return int(number) if whole and number.is_integer() else number
