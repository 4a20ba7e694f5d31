"""Envelopes against what they stand for, computed the slow way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_spaces.widgets.training.envelope import Envelope, Rows, Smoothing

values = st.one_of(st.floats(-100, 100, width=32), st.just(math.nan))


def rows_of(columns: list[list[float]]) -> Rows:
    """Rows of these values, with steps 1, 2, ..."""
    return np.array([[step, *row] for step, row in enumerate(columns, 1)], np.float32).reshape(len(columns), -1)


def slow_average(series: list[float], decay: float) -> float:
    """The weighted mean that an exponential average stands for, from its definition."""
    finite = [value for value in series if math.isfinite(value)]
    weights = [decay ** (len(finite) - 1 - place) for place in range(len(finite))]
    return float(np.dot(weights, finite) / sum(weights)) if finite else math.nan


@given(st.lists(st.tuples(values, values).map(list), min_size=1, max_size=120), st.data())
@settings(deadline=None)
def test_a_bucket_holds_exactly_its_rows(columns: list[list[float]], data: st.DataObject) -> None:
    """Whatever the pieces in which the rows arrive, and however often neighbours were merged."""
    rows, most = rows_of(columns), data.draw(st.integers(1, 20))
    envelope = Envelope(2, most=most, decay=0.9)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=6)))
    for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        envelope.extend(rows[start:stop])

    assert len(envelope.table) <= most
    covered: list[float] = []
    for first, last, *rest in envelope.table:
        inside = rows[(rows[:, 0] >= first) & (rows[:, 0] <= last)]
        covered += inside[:, 0].tolist()
        for series in (0, 1):
            finite = [value for value in inside[:, 1 + series].tolist() if math.isfinite(value)]
            low, high, smooth = rest[3 * series : 3 * series + 3]
            assert [low, high] == [min(finite), max(finite)] if finite else np.isnan([low, high]).all()
            history = rows[rows[:, 0] <= last][:, 1 + series].tolist()
            assert smooth == pytest.approx(slow_average(history, 0.9), rel=1e-4, abs=1e-4, nan_ok=True)
    assert covered == rows[:, 0].tolist()


def test_a_single_spike_of_a_long_run_is_seen() -> None:
    """That is what an envelope is for; a mean, or every hundredth row, would lose it."""
    rows = rows_of([[0.1]] * 100_000)
    rows[54_321, 1] = 9.0
    envelope = Envelope(1)
    envelope.extend(rows)
    assert 500 <= len(envelope.table) <= 1000
    assert envelope.table[:, 3].max() == 9.0


def test_the_smoothed_curve_of_a_constant_is_that_constant_from_the_first_step() -> None:
    """An average that starts at zero without correction would climb for a hundred steps."""
    smooth = Smoothing(1).extend(np.full((50, 1), 0.25, np.float32))
    assert smooth == pytest.approx(np.full((50, 1), 0.25))


def test_a_loss_that_is_not_finite_leaves_the_average_alone() -> None:
    """One overflow must not blank the curve for the rest of the run."""
    smooth = Smoothing(1).extend(np.array([[1.0], [math.nan], [math.inf], [1.0]], np.float32))
    assert smooth.ravel().tolist() == pytest.approx([1.0] * 4)
