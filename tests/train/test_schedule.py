"""The learning rate is a pure function of the step, so that nothing about it is saved or can start over."""

from __future__ import annotations

from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.train.schedule import factor


def test_constant_is_constant() -> None:
    """The peak at every step, also past the last one."""
    assert [factor("constant", step, 10, 0) for step in range(12)] == [1.0] * 12


def test_linear_goes_down_in_a_line() -> None:
    """From the peak at the first step to one part of it at the last."""
    assert [factor("linear", step, 10, 0) for step in range(10)] == pytest.approx([1 - step / 10 for step in range(10)])


def test_cosine_is_half_a_period() -> None:
    """Loshchilov and Hutter, 2017, equation 5, without restarts."""
    found = [factor("cosine", step, 8, 0) for step in range(8)]
    assert found == pytest.approx([(1 + cos(pi * step / 8)) / 2 for step in range(8)])


@pytest.mark.parametrize("kind", ["constant", "linear", "cosine"])
def test_warmup_rises_in_a_line_and_then_starts_at_the_peak(kind: str) -> None:
    """The first step is not wasted on a rate of zero."""
    found = [factor(kind, step, 20, 4) for step in range(20)]
    assert found[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert max(found) == found[4]


@given(st.sampled_from(["constant", "linear", "cosine"]), st.integers(1, 500), st.integers(0, 499))
def test_the_factor_is_above_0_and_at_most_1(kind: str, steps: int, warmup: int) -> None:
    """At every step of a run, whatever its length; a step with a rate of zero would be a wasted one."""
    warmup = min(warmup, steps - 1)
    found = [factor(kind, step, steps, warmup) for step in range(steps)]
    assert all(0 < each <= 1 for each in found)
    after = found[warmup:]
    assert after == sorted(after, reverse=True)
