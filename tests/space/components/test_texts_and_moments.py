"""Textbox and its relatives, ColorPicker and DateTime."""

from __future__ import annotations

import datetime

import pytest

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import Code, ColorPicker, DateTime, Textbox


def test_text_has_a_shortest_and_a_longest_length() -> None:
    box = Textbox(min_length=2, max_length=4)
    with pytest.raises(InputError, match="The text has 5 characters; at most 4 are accepted"):
        box.check("abcde")
    with pytest.raises(InputError, match="The text has 1 characters; at least 2 are needed"):
        box.from_json("a")
    with pytest.raises(InputError, match=r"3 is not accepted here: give text \(a str\)"):
        box.check(3)
    with pytest.raises(InputError, match="at most 1000000 are accepted"):
        Code().check("x" * 1_000_001)


def test_half_a_character_is_refused_before_an_encoder_meets_it() -> None:
    with pytest.raises(InputError, match=r"half a character \(a lone surrogate\) at position 1"):
        Textbox().from_json("a\ud800")


def test_contradicting_text_options_are_refused() -> None:
    with pytest.raises(DefinitionError, match="Textbox has min_length=5 and max_length=4"):
        Textbox(min_length=5, max_length=4)
    with pytest.raises(DefinitionError, match="Textbox has lines=3 and max_lines=2"):
        Textbox(3, max_lines=2)
    with pytest.raises(DefinitionError, match=r"Textbox has an invalid pattern '\(': missing \)"):
        Textbox(pattern="(")


def test_a_password_is_never_written_as_text() -> None:
    assert "secret" not in Textbox(password=True).to_text("secret")


def test_a_colour_has_one_normal_form() -> None:
    assert ColorPicker().check("#FA0") == "#ffaa00"
    assert ColorPicker().from_json("#FFAA00") == "#ffaa00"
    for value in ("red", "#12345", "#ggg", "#fff\n", "rgb(1,2,3)"):
        with pytest.raises(InputError, match="is not a colour: write '#rrggbb'"):
            ColorPicker().from_json(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T10:00",
        "2026-01-31",
        "20260131T1000",
        "2026-W05-6T10:00",
        "now",
        "2026-01-31 10:00",
        "2026-01-31T25:00",
    ],
)
def test_text_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a date and time"):
        DateTime().from_json(text)


def test_a_time_zone_is_declared_and_never_guessed() -> None:
    with pytest.raises(
        InputError, match=r"has a time zone, which is not accepted here \(the author may write aware=True\)"
    ):
        DateTime().from_json("2026-01-31T10:00:00Z")
    with pytest.raises(InputError, match="has no time zone, which is needed here"):
        DateTime(aware=True).check(datetime.datetime(2026, 1, 31))
    assert DateTime(aware=True).from_json("2026-01-31T10:00:00Z").utcoffset() == datetime.timedelta(0)  # type: ignore[union-attr]
    with pytest.raises(DefinitionError, match="a day has no time zone"):
        DateTime(date=True, aware=True)


def test_moments_and_days_are_not_mixed_up() -> None:
    with pytest.raises(InputError, match=r"A datetime is not accepted here: give a datetime\.date"):
        DateTime(date=True).check(datetime.datetime(2026, 1, 31))
    with pytest.raises(InputError, match=r"A date is not accepted here: give a datetime\.datetime"):
        DateTime().check(datetime.date(2026, 1, 31))


def test_moments_have_limits() -> None:
    day = DateTime(date=True, minimum=datetime.date(2026, 1, 1), maximum=datetime.date(2026, 12, 31))
    assert day.example() == datetime.date(2026, 1, 1)
    with pytest.raises(InputError, match="2025-12-31 is before the minimum 2026-01-01"):
        day.from_json("2025-12-31")
    with pytest.raises(InputError, match="2027-01-01 is after the maximum 2026-12-31"):
        day.from_json("2027-01-01")
    with pytest.raises(DefinitionError, match="DateTime has minimum=2027-01-01 after maximum=2026-12-31"):
        day.replace(minimum=datetime.date(2027, 1, 1))
    with pytest.raises(DefinitionError, match="The minimum of this DateTime is refused"):
        DateTime(minimum=datetime.date(2026, 1, 1))
