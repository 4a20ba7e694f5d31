"""Canonical JSON and the hash that tells whether an interface changed.

A client that was written against an endpoint compares one short string (`X-Space-Schema`) instead of two documents.
For that the same schema must always give the same bytes: RFC 8785 (JSON Canonicalization Scheme) fixes the order of
the keys (UTF-16 code units), the escapes and the spelling of numbers (ECMAScript's `Number::toString`).
"""

from __future__ import annotations

import hashlib
import json
import math
from decimal import Decimal

# Beyond this an integer is not exactly a double, and RFC 8785 knows only doubles.
MAX_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value. Raises `ValueError` for NaN, infinities, and what JSON cannot hold."""
    return _write(value).encode("utf-8")


def schema_hash(schema: object) -> str:
    """SHA-256 of the canonical JSON, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_json(schema)).hexdigest()


def _write(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            return _number(float(value))
        return str(int(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        # json escapes exactly what RFC 8785 escapes once non-ASCII passes through, in the same spelling.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_write(item) for item in value) + "]"
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"JSON keys are strings, got the key {key!r}")
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_write(key)}:{_write(item)}" for key, item in pairs) + "}"
    raise ValueError(f"JSON has no form for {type(value).__name__}")


def _number(value: float) -> str:
    """ECMAScript's `Number::toString`: the shortest digits that round-trip (Python's repr), in its own layout."""
    if not math.isfinite(value):
        raise ValueError(f"JSON has no form for {value}")
    if value == 0:
        return "0"
    sign, digit_tuple, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)  # finite, checked above
    digits = "".join(map(str, digit_tuple))
    count = len(digits)
    point = count + exponent  # the position of the decimal point, counted from the first digit
    if 0 < point <= 21:
        text = digits.ljust(point, "0") if count <= point else f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
        text = f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return ("-" if sign else "") + text
