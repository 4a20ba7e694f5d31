"""JSON values: what may travel on the wire, and the check that something is one.

`as_json` is used in both directions, for what a function returns and for what a client sends: a dict that came from a
client's JSON can still hold NaN (Python's parser accepts it) or be nested a million deep.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.wording import opening, shown

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 100


def as_json(value: object, *, where: str = "", depth: int = 0) -> Json:
    """Return a copy of `value` made of JSON types only; tuples become lists, NumPy scalars and arrays Python ones.

    Raises InputError that names the place of what JSON cannot say: NaN, other keys than strings, other types.
    """
    if depth > MAX_DEPTH:
        raise InputError(f"The value is nested more than {MAX_DEPTH} levels deep (or contains itself).")
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return as_text(str(value))
    if isinstance(value, int):
        if value.bit_length() > 1024:
            raise InputError(f"{opening(int(value))}{_at(where)} is too large: JSON numbers are read as floats.")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{shown(float(value))}{_at(where)} has no form in JSON; use None or a string instead.")
        return float(value)
    if isinstance(value, (list, tuple)):
        return [as_json(item, where=f"{where}[{index}]", depth=depth + 1) for index, item in enumerate(value)]
    if isinstance(value, dict):
        copy: dict[str, Json] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise InputError(f"The key {shown(key)}{_at(where)} is not a string; keys in JSON are strings.")
            copy[as_text(str(key))] = as_json(item, where=f"{where}[{shown(key)}]", depth=depth + 1)
        return copy
    raise InputError(
        f"{opening(value)}{_at(where)} is not a JSON value: "
        "give dicts with string keys, lists, strings, numbers, booleans or None."
    )


def as_text(value: str) -> str:
    """Return `value` unless it holds half a character (a lone surrogate), which no encoder accepts later."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"The text holds half a character (a lone surrogate) at position {error.start}.") from None
    return value


def _at(where: str) -> str:
    return f" at {where}" if where else ""
