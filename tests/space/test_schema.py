"""Canonical JSON: the same schema gives the same bytes, on every machine and in every version."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.space.schema import canonical_json, schema_hash

# RFC 8785, appendix B, and the corners of ECMAScript's Number::toString.
NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (5e-324, "5e-324"),
    (-5e-324, "-5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (-1.7976931348623157e308, "-1.7976931348623157e+308"),
    (9007199254740992.0, "9007199254740992"),
    (-9007199254740992.0, "-9007199254740992"),
    (295147905179352830000.0, "295147905179352830000"),
    (9.999999999999997e22, "9.999999999999997e+22"),
    (1e23, "1e+23"),
    (1.0000000000000001e23, "1.0000000000000001e+23"),
    (999999999999999700000.0, "999999999999999700000"),
    (999999999999999900000.0, "999999999999999900000"),
    (1e21, "1e+21"),
    (9.999999999999997e-7, "9.999999999999997e-7"),
    (0.000001, "0.000001"),
    (333333333.33333329, "333333333.3333333"),
    (-0.0000033333333333333333, "-0.0000033333333333333333"),
    (1424953923781206.2, "1424953923781206.2"),
    (20.0, "20"),
    (0.1, "0.1"),
    (1e-7, "1e-7"),
    (123.456, "123.456"),
]


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_numbers_are_spelt_as_ecmascript_spells_them(number: Any, text: Any) -> None:
    assert canonical_json(number) == text.encode()


def test_keys_are_sorted_by_utf16_and_strings_escape_as_little_as_possible() -> None:
    # The example of RFC 8785, section 3.2.3.
    given_object = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = list(json.loads(canonical_json(given_object)).values())
    assert order == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    assert canonical_json('\u20ac$\u000f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


def test_integers_beyond_the_doubles_are_written_as_doubles() -> None:
    assert canonical_json(2**53 - 1) == b"9007199254740991"
    assert canonical_json(10**21) == b"1e+21"
    assert canonical_json(True) == b"true"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, object(), {1: 2}, {"a": {1, 2}}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(value)


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SCALARS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_canonical_json_reads_back_as_the_same_value(value: Any) -> None:
    # As every reader of the RFC's does: numbers are doubles.
    assert json.loads(canonical_json(value), parse_int=float) == value


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert schema_hash({"a": 1, "b": [1.0, 2]}) == schema_hash({"b": [1, 2.0], "a": 1})
    assert schema_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
