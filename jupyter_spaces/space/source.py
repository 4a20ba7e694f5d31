"""Values as text: Python source that a reader can paste, and one short line for a message.

What has no literal (an image, an array, a file's content) is written as the call that a reader would fill in, such as
`Image.open("image.png")`.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

_LONGEST = 80  # characters of one value in a one-line rendering


def call_source(target: str, first: str | None, values: Mapping[str, Any]) -> str:
    """`target("first", name=value, ...)`, on one line while it fits, else one argument per line."""
    arguments = [] if first is None else [value_source(first)]
    arguments += [f"{name}={value_source(value, name)}" for name, value in values.items()]
    line = f"{target}({', '.join(arguments)})"
    if len(line) <= 100:
        return line
    body = "".join(f"    {argument},\n" for argument in arguments)
    return f"{target}(\n{body})"


def value_source(value: Any, name: str = "value") -> str:
    """Python source of a value. `name` names the file to open when the value has no literal."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, (bool, int, float)):
        return f'float("{value}")' if isinstance(value, float) and value - value != 0 else repr(value)
    if isinstance(value, PurePath):
        return f"Path({_quoted(str(value))})"
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return repr(value)
    if type(value) in (list, tuple):
        items = ", ".join(value_source(item, name) for item in value)
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    if type(value) is dict:
        return "{" + ", ".join(f"{value_source(k, name)}: {value_source(v, name)}" for k, v in value.items()) + "}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return call_source(type(value).__name__, None, fields)
    return _placeholder(value, name)


def one_line(value: Any) -> str:
    """A short, single-line rendering of any value for messages; never raises."""
    try:
        if isinstance(value, (str, bytes)) and len(value) > _LONGEST:
            text = f"{value[:_LONGEST]!r}..."
        elif hasattr(value, "shape") and hasattr(value, "dtype"):
            text = f"<{type(value).__name__} {'x'.join(map(str, value.shape))} {value.dtype}>"
        elif hasattr(value, "size") and hasattr(value, "mode"):
            text = f"<{type(value).__name__} {value.size[0]}x{value.size[1]} {value.mode}>"
        else:
            text = repr(value)
    except Exception:  # a repr of the user's own may do anything, and this line only decorates a message
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= 2 * _LONGEST else text[: 2 * _LONGEST] + "..."


def same_value(left: Any, right: Any) -> bool:
    """Equality that survives arrays and frames, which answer `==` with one of their own kind."""
    if left is right:
        return True
    try:
        return type(left) is type(right) and bool(left == right)
    except (ValueError, TypeError):
        return False


def _quoted(text: str) -> str:
    """repr with the double quotes of the docs where that needs no escape."""
    literal = repr(text)
    if literal[0] == "'" and '"' not in literal:
        return f'"{literal[1:-1]}"'
    return literal


def _placeholder(value: Any, name: str) -> str:
    kind = f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}"
    if kind.startswith("PIL."):
        return f'Image.open("{name}.png")'
    if kind == "numpy.ndarray":
        return f'np.load("{name}.npy")'
    if kind == "pandas.DataFrame":
        return f'pd.read_csv("{name}.csv")'
    if kind == "polars.DataFrame":
        return f'pl.read_csv("{name}.csv")'
    if isinstance(value, (bytes, bytearray)) and len(value) > _LONGEST:
        return f'Path("{name}").read_bytes()'
    return repr(value)
