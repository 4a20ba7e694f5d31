"""Number, Slider and Checkbox: what counts as a number, and the limits."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import Checkbox, Number, Slider


@pytest.mark.parametrize("value", ["3", b"3", None.__class__, 1j, [3], np.array([3])])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="is not accepted here: give a number"):
        Number().check(value)


def test_a_bool_is_not_a_number() -> None:
    for value in (True, np.True_):
        with pytest.raises(InputError, match="True is not accepted here: give a whole number"):
            Number(integer=True).check(value)


def test_nan_and_infinity_are_refused_with_a_sentence_unless_allowed() -> None:
    for value in (math.nan, math.inf, np.float32("nan")):
        with pytest.raises(InputError, match="is not accepted here: give a finite number"):
            Number().check(value)
        with pytest.raises(InputError, match="is not accepted here: give a finite number"):
            Slider(0.0, 1.0).from_json(float(value))
    allowed = Number(allow_nan=True)
    assert allowed.to_json(-math.inf) == "-Infinity"
    assert math.isnan(allowed.from_json("NaN"))
    # An int is never NaN.
    with pytest.raises(InputError, match="finite"):
        Number(integer=True, allow_nan=True).check(math.nan)


def test_an_int_serves_as_float_and_a_whole_float_as_int() -> None:
    number: Any = Number(integer=False).check(3)
    assert (number, type(number)) == (3.0, float)
    number = Number(integer=True).from_json(3.0)
    assert (number, type(number)) == (3, int)
    assert Number(integer=True).check(np.int64(3)) == 3
    assert Number().check(Fraction(1, 2)) == 0.5
    with pytest.raises(InputError, match=r"3\.5 is not accepted here: give a whole number"):
        Number(integer=True).check(3.5)


def test_a_scalar_tensor_is_unpacked() -> None:
    assert Number().check(np.array(2.5)) == 2.5


def test_a_number_beyond_every_float_is_refused() -> None:
    for component in (Number(), Number(integer=True), Number(integer=False)):
        with pytest.raises(InputError, match="A whole number of 33220 bits is too large: the largest float is about"):
            component.check(10**10000)


def test_a_value_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(InputError, match=r"51 is above the maximum 50 \(the range is 1 to 50\)\."):
        Slider(1, 50).check(51)
    with pytest.raises(InputError, match=r"-1 is below the minimum 0\."):
        Number(minimum=0).check(-1)


def test_a_default_out_of_its_own_range_is_a_definition_error_that_names_the_numbers() -> None:
    with pytest.raises(
        DefinitionError,
        match=r"The default of this Slider is refused: 60 is above the maximum 50 \(the range is 1 to 50\)",
    ):
        Slider(1, 50, default=60)


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(DefinitionError, match="Slider has minimum=5 above maximum=1"):
        Slider(5, 1)
    with pytest.raises(DefinitionError, match="Number has step=0; a step is above 0"):
        Number(step=0)
    with pytest.raises(DefinitionError, match="The maximum of this Number is refused: inf is not accepted"):
        Number(maximum=math.inf)
    with pytest.raises(DefinitionError, match="Slider needs both a minimum and a maximum; a Number does without"):
        Slider(0, None)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"Number has no whole number between 0\.2 and 0\.8"):
        Number(0.2, 0.8, integer=True)


@pytest.mark.parametrize(
    ("slider", "whole"),
    [
        (Slider(1, 50), True),
        (Slider(1, 50, default=20), True),
        (Slider(0.0, 1), False),
        (Slider(0, 1, step=0.1), False),
        (Slider(0, 2, default=0.5), False),
        (Slider(0, 2, integer=False), False),
    ],
)
def test_a_slider_of_whole_numbers_gives_ints_and_any_other_floats(slider: Slider, whole: bool) -> None:
    assert slider.is_integer is whole
    assert type(slider.from_json(1)) is (int if whole else float)


def test_examples_lie_within_the_limits() -> None:
    assert Number().example() == 1
    assert Number(maximum=-3).example() == -3
    assert Number(0.5, 1.5, integer=True).example() == 1


def test_a_checkbox_takes_bools_and_nothing_that_resembles_one() -> None:
    assert Checkbox().check(np.False_) is False
    for value in (1, 0, "true", np.int64(1)):
        with pytest.raises(InputError, match="is not accepted here: give True or False"):
            Checkbox().check(value)
