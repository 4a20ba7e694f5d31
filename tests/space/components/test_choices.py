"""Radio, Dropdown and CheckboxGroup: which values there are to choose from."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import CheckboxGroup, Dropdown, Radio


class Style(enum.Enum):
    OIL = "oil"
    INK = ("complex", "value")


def test_a_value_that_is_no_choice_is_refused_with_the_nearest_and_all_of_them() -> None:
    with pytest.raises(
        InputError, match=r"'waterclour' is not one of the choices\. Did you mean 'watercolour'\? The choices are"
    ):
        Radio(["oil", "watercolour"]).check("waterclour")
    with pytest.raises(InputError, match="'k' is not accepted: there is nothing to choose from"):
        Dropdown().check("k")


def test_one_true_and_text_are_three_different_choices() -> None:
    radio = Radio([1, True, "1"])
    assert [type(radio.from_json(wire)) for wire in (1, True, "1")] == [int, bool, str]
    assert Radio([1, 2]).from_json(1.0) == 1
    with pytest.raises(InputError):
        Radio([1]).check(True)


def test_enum_members_travel_by_value_or_by_name() -> None:
    dropdown = Dropdown(Style)
    assert dropdown.to_json(Style.OIL) == "oil"
    assert dropdown.to_json(Style.INK) == "INK"
    assert dropdown.from_json("INK") is Style.INK
    # A caller may write what the form would send.
    assert dropdown.check("oil") is Style.OIL


def test_any_object_can_be_a_choice_under_a_label() -> None:
    dropdown = Dropdown([("fast", len), ("slow", sorted)])
    assert dropdown.from_json("slow") is sorted
    assert dropdown.value_schema() == {"enum": ["fast", "slow"]}
    with pytest.raises(
        DefinitionError, match=r"is neither text, a number nor an Enum member: write it as \(label, value\)"
    ):
        Dropdown([len])


def test_labels_stand_in_the_schema_as_titles() -> None:
    assert Radio([("Small", 1), ("Large", 2)]).value_schema() == {
        "oneOf": [{"const": 1, "title": "Small"}, {"const": 2, "title": "Large"}]
    }


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (["a", "b", "a"], "Radio has the choice 'a' twice"),
        ([1, 1.0], r"Radio has the choice 1\.0 twice"),
        ("abc", r"Radio takes a list of choices, for example \['small', 'large'\]; it was given 'abc'"),
        (3, "it was given 3"),
        ([float("nan")], "is neither text, a number"),
    ],
)
def test_choices_that_cannot_work_are_refused(choices: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        Radio(choices)


def test_several_choices_are_a_list_without_repetition() -> None:
    group = CheckboxGroup(["a", "b", "c"], min_choices=1, max_choices=2)
    assert group.check(("a", "c")) == ["a", "c"]
    for value, message in (
        (["a", "a"], "'a' is chosen twice"),
        ([], "0 chosen; at least 1 are needed"),
        (["a", "b", "c"], "3 chosen; at most 2 are accepted"),
        ("a", "give a list of choices"),
    ):
        with pytest.raises(InputError, match=message):
            group.check(value)
    with pytest.raises(DefinitionError, match="CheckboxGroup has min_choices=3 and max_choices=2"):
        group.replace(min_choices=3)


def test_a_dropdown_may_take_other_text() -> None:
    dropdown = Dropdown(["a", ("B", len)], allow_custom=True, multiple=True)
    assert dropdown.from_json(["a", "other", "B"]) == ["a", "other", len]
    with pytest.raises(InputError, match="Other text is accepted too"):
        dropdown.from_json([3])
    with pytest.raises(InputError, match="at most 10000 are accepted"):
        dropdown.from_json(["x" * 10_001])
    assert Dropdown(allow_custom=True).example() == "something"


def test_a_dropdown_without_choices_yet_has_no_example() -> None:
    with pytest.raises(InputError, match="No example of its own fits this Dropdown: There are no choices yet"):
        Dropdown().example()
