"""A field of the training config: its default, its meaning, and what it accepts, in one place.

The dataclass stays an ordinary one; the checks, the error messages and the table in the documentation are all read
from the same metadata, so that none of them can say something else than the others.
"""

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import ConfigError, did_you_mean


@dataclass(frozen=True)
class Knob:
    """What a field means and accepts. `types` are the accepted Python types; None is accepted where the field's
    annotation names it."""

    says: str
    types: tuple[type, ...]
    unit: str = ""
    source: str = ""
    choices: tuple[str, ...] = ()
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None

    @property
    def range(self) -> str:
        """What it accepts, in words: "a whole number, 1 or more", "0 to 1", "one of full, lora"."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        low = f"above {self.above:g}" if self.above is not None else None
        if self.at_least is not None:
            low = f"{self.at_least:g} or more"
        if self.at_most is not None:
            within = f"{low}, at most" if self.at_least is None else f"{self.at_least:g} to"
            low = f"{within} {self.at_most:g}"
        if low is not None:
            return f"a whole number, {low}" if self.types == (int,) else low
        names = {bool: "true or false", str: "text", int: "a whole number", float: "a number", tuple: "a list"}
        return " or ".join(names[kind] for kind in self.types if kind in names)


def knob(default: Any, says: str, *types: type, **limits: Any) -> Any:
    """A dataclass field that carries a `Knob`."""
    return dataclasses.field(default=default, metadata={"knob": Knob(says, types, **limits)})


def check(name: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    """The value as the field's own type. Raises `ConfigError` naming field, value and what it accepts."""
    rule: Knob = field.metadata["knob"]
    if value is None and "None" in str(field.type):
        return None
    if str in rule.types and isinstance(value, os.PathLike):
        value = os.fspath(value)  # YAML knows no paths
    if tuple in rule.types and isinstance(value, list | tuple):
        return tuple(value)
    if float in rule.types and isinstance(value, str):
        value = _number(value)  # YAML 1.1 reads 1e-4 as a text
    if float in rule.types and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if int in rule.types and bool not in rule.types and isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, rule.types) and not (isinstance(value, bool) and bool not in rule.types)
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise _refused(name, value, rule)
    if rule.choices and value not in rule.choices:
        raise _refused(name, value, rule, did_you_mean(str(value), rule.choices))
    if isinstance(value, int | float) and not isinstance(value, bool):
        low = rule.at_least if rule.at_least is not None else -math.inf
        above = rule.above if rule.above is not None else -math.inf
        high = rule.at_most if rule.at_most is not None else math.inf
        if not (low <= value <= high and value > above):
            raise _refused(name, value, rule)
    return value


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _refused(name: str, value: Any, rule: Knob, hint: str = "") -> ConfigError:
    unit = f" {rule.unit}" if rule.unit else ""
    return ConfigError(f"{name}: {value!r} does not fit. It takes {rule.range}{unit}.{hint}", field=name)
