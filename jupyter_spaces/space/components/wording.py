"""How a value and a size are named in a sentence.

A refusal quotes what was given. Quoting must be safe: the `repr` of a frame, a tensor or a hostile object may be long,
slow or raise, so only plain scalars are quoted and everything else is named by its type.
"""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 60


def shown(value: object) -> str:
    """Return `value` as a sentence may quote it: short, on one line, and never through a foreign `repr`."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if type(value) is int:
        # The repr of a huge int raises (sys.set_int_max_str_digits).
        return repr(value) if value.bit_length() <= 128 else f"a whole number of {value.bit_length()} bits"
    if type(value) is float:
        return repr(value)
    if type(value) is str:
        return repr(value) if len(value) <= _LONGEST else repr(value[: _LONGEST - 1] + "…")
    name = type(value).__name__
    if isinstance(value, (list, tuple, dict, set)):
        return f"a {name} of {len(value)} item{'' if len(value) == 1 else 's'}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def opening(value: object) -> str:
    """Return `shown(value)` as the first words of a sentence."""
    text = shown(value)
    return text[:1].upper() + text[1:]


def size_text(size: float) -> str:
    """Return a number of bytes for people: 512 bytes, 1.5 KiB, 64 MiB."""
    if size < 1024:
        return f"{size:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024 or unit == "GiB":
            break
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"


def listed(items: Iterable[object], limit: int = 8) -> str:
    """Return 'a', 'b', 'c' and 4 more."""
    names = [shown(item) for item in items]
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
