"""Number and Slider: one number within limits.

A bool is not a number here although Python says so, `"3"` is text, and 3.0 is a whole number because JSON does not
distinguish it from 3.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import KW_ONLY, dataclass
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import MISSING, Component, refuse
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import opening, shown

_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def as_number(value: object, *, integer: bool | None = None, allow_nan: bool = False) -> int | float:
    """Return `value` as an int or a float; NumPy scalars and 0-d tensors are unpacked.

    `integer`: True gives an int and refuses fractions, False gives a float, None keeps what came.
    Raises InputError.
    """
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    accepted = "a whole number" if integer else "a number"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise refuse(value, accepted)
    try:
        number = float(value)
        if isinstance(value, numbers.Integral) and integer is not False:
            number = int(value)
    except OverflowError:
        # Also where an int is wanted: JSON numbers beyond a float's range are infinite to most readers.
        raise InputError(f"{opening(value)} is too large: the largest float is about 1.8e308.") from None
    if not math.isfinite(number):
        if allow_nan and not integer:
            return number
        raise InputError(f"{number} is not accepted here: give a finite number.")
    if integer and isinstance(number, float):
        if not number.is_integer():
            raise refuse(number, accepted)
        return int(number)
    return number


@register_component
@dataclass(frozen=True, eq=False)
class Number(Component[int | float]):
    """One number, typed in."""

    kind = "number"

    minimum: int | float | None = None
    maximum: int | float | None = None
    step: int | float | None = None  # of the arrows; other values in the range are accepted
    _: KW_ONLY
    integer: bool | None = None  # True: int; False: float; None: what came
    allow_nan: bool = False  # NaN and infinities, on the wire "NaN", "Infinity", "-Infinity"

    @property
    def whole(self) -> bool | None:
        """Whether the value is always an int (True), always a float (False), or what came (None)."""
        return self.integer

    @property
    def is_integer(self) -> bool:
        """Whether the value is always an int."""
        return bool(self.whole)

    def check_definition(self) -> None:
        name = type(self).__name__
        for option in ("minimum", "maximum", "step"):
            given = getattr(self, option)
            if given is not None:
                try:
                    as_number(given)
                except InputError as error:
                    raise DefinitionError(f"The {option} of this {name} is refused: {error}") from error
        if self.minimum is not None and self.maximum is not None:
            if self.minimum > self.maximum:
                raise DefinitionError(f"{name} has minimum={self.minimum} above maximum={self.maximum}.")
            if self.whole and math.ceil(self.minimum) > math.floor(self.maximum):
                raise DefinitionError(f"{name} has no whole number between {self.minimum} and {self.maximum}.")
        if self.step is not None and self.step <= 0:
            raise DefinitionError(f"{name} has step={self.step}; a step is above 0.")

    def check_value(self, value: object) -> int | float:
        number = as_number(value, integer=self.whole, allow_nan=self.allow_nan)
        if self.minimum is not None and number < self.minimum:
            raise InputError(f"{shown(number)} is below the minimum {self.minimum}{self._range()}.")
        if self.maximum is not None and number > self.maximum:
            raise InputError(f"{shown(number)} is above the maximum {self.maximum}{self._range()}.")
        return number

    def dump_value(self, value: int | float) -> Json:
        if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return value

    def load_value(self, data: Json) -> int | float:
        if self.allow_nan and isinstance(data, str) and data in _NOT_FINITE:
            return self.check_value(_NOT_FINITE[data])
        return self.check_value(data)

    def value_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        if self.minimum is not None:
            schema["minimum"] = self.minimum
        if self.maximum is not None:
            schema["maximum"] = self.maximum
        if self.allow_nan and not self.whole:
            names = [name for name, number in _NOT_FINITE.items() if self._in_range(number)]
            schema = {"anyOf": [schema, {"enum": names}]}
        return schema

    def example_value(self) -> int | float:
        low = self.minimum if self.minimum is not None else min(1, self.maximum if self.maximum is not None else 1)
        value = math.ceil(low) if self.whole else low
        return self.check_value(value)

    def text_of(self, value: int | float) -> str:
        return shown(value)

    def _in_range(self, number: float) -> bool:
        below = self.minimum is not None and number < self.minimum
        above = self.maximum is not None and number > self.maximum
        return not below and not above

    def _range(self) -> str:
        if self.minimum is None or self.maximum is None:
            return ""
        return f" (the range is {self.minimum} to {self.maximum})"


@register_component
@dataclass(frozen=True, eq=False)
class Slider(Number):
    """One number, chosen by dragging. Slider(1, 50) gives ints and Slider(0.0, 1.0) floats.

    A slider always has both ends. `integer=None` means: an int when minimum, maximum, step and default are all ints.
    """

    kind = "slider"

    minimum: int | float = 0
    maximum: int | float = 100

    @property
    def whole(self) -> bool:
        if self.integer is not None:
            return self.integer
        own = (self.minimum, self.maximum, self.step, self.default)
        return all(isinstance(each, numbers.Integral) for each in own if each is not None and each is not MISSING)

    def check_definition(self) -> None:
        if self.minimum is None or self.maximum is None:
            raise DefinitionError("Slider needs both a minimum and a maximum; a Number does without.")
        super().check_definition()
