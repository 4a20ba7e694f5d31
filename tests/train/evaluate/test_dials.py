"""Percentages with two measured ends, and the knee of made curves whose best point is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jupyter_spaces.errors import InputError
from jupyter_spaces.train.evaluate import class_kept_percent, fidelity_percent, knee, percent_of_base

STEPS = list(range(100, 1100, 100))


def test_fidelity_runs_from_the_untrained_model_to_the_photos() -> None:
    """0 at the base, 100 at the mark, and beyond either end it says so."""
    assert fidelity_percent(0.3, base=0.3, mark=0.8) == 0
    assert fidelity_percent(0.8, base=0.3, mark=0.8) == pytest.approx(100)
    assert fidelity_percent(0.9, base=0.3, mark=0.8) == pytest.approx(120)
    assert fidelity_percent(0.2, base=0.3, mark=0.8) == pytest.approx(-20)


def test_the_class_is_kept_as_long_as_its_measure_has_not_risen() -> None:
    """100 at the base or below, 0 at the mark or above."""
    assert class_kept_percent(0.25, base=0.3, mark=0.8) == 100
    assert class_kept_percent(0.55, base=0.3, mark=0.8) == pytest.approx(50)
    assert class_kept_percent(0.95, base=0.3, mark=0.8) == 0


def test_an_embedder_that_cannot_tell_gives_no_number() -> None:
    """Where the photos are no more alike than the untrained model's pictures are to them, a percentage is noise."""
    assert math.isnan(fidelity_percent(0.5, base=0.8, mark=0.8))
    assert math.isnan(class_kept_percent(0.5, base=0.9, mark=0.8))


def test_percent_of_the_base_needs_a_base() -> None:
    """Of nothing there is no percentage."""
    assert percent_of_base(0.15, 0.30) == pytest.approx(50)
    assert percent_of_base(-0.1, 0.30) == 0
    assert math.isnan(percent_of_base(0.1, 0.0))
    assert math.isnan(percent_of_base(math.nan, math.nan))


def test_the_knee_of_two_crossing_lines_is_where_they_cross() -> None:
    """Fidelity rises as the class falls: with x and 100 - x the harmonic mean is highest at x = 50."""
    fidelity = [10.0 * i for i in range(1, 11)]
    kept = [100 - one for one in fidelity]
    assert knee(STEPS, fidelity, kept, tolerance=0) == 500


def test_a_plateau_is_entered_as_early_as_it_is_worth_it() -> None:
    """With the class kept, fidelity saturates: the first step within the tolerance of the best is enough."""
    fidelity = [100 * (1 - math.exp(-step / 150)) for step in STEPS]
    kept = [95.0] * len(STEPS)
    assert knee(STEPS, fidelity, kept) == 500  # 95.7 of at most 97.4; step 400 has 94.0
    assert knee(STEPS, fidelity, kept, tolerance=0) == 1000


def test_a_collapsed_class_does_not_win_by_fidelity() -> None:
    """Without a prior the subject is learned soon and the class is lost soon after: the middle is used."""
    fidelity = [30, 60, 85, 95, 100, 110, 120, 130, 140, 150]
    kept = [98, 90, 60, 20, 5, 0, 0, 0, 0, 0]
    assert knee(STEPS, fidelity, kept) == 200


def test_copied_photos_are_no_better_than_well_learned_ones() -> None:
    """Fidelity above 100 counts as 100."""
    assert knee([100, 200], [100, 180], [90, 90]) == 100


def test_the_order_of_the_checkpoints_does_not_matter() -> None:
    """The earliest step, not the first in the list."""
    order = np.random.default_rng(1).permutation(len(STEPS))
    fidelity = [min(90.0, 20.0 * i) for i in range(1, 11)]
    shuffled = [[values[i] for i in order] for values in (STEPS, fidelity, [100.0] * 10)]
    assert knee(*shuffled) == 500  # type: ignore[arg-type]


def test_nothing_is_recommended_when_nothing_serves() -> None:
    """No step has both, or none could be measured; a step that could not is passed over."""
    assert knee([100, 200], [-5, 0], [100, 100]) is None
    assert knee([100, 200], [80, 90], [0, 0]) is None
    assert knee([100], [math.nan], [50]) is None
    assert knee([], [], []) is None
    assert knee([100, 200], [math.nan, 40], [90, 90]) == 200
    with pytest.raises(InputError, match="2 steps, 1 of fidelity"):
        knee([1, 2], [1], [1, 2])
