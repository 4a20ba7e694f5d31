"""Raw measures as percentages that a person can read, and which checkpoint they recommend.

A similarity of 0.68 says nothing by itself: it depends on the embedder, the subject and the backgrounds. So each dial
has two ends that were measured: what the untrained model reaches (0 %, or 100 % of what it could do before), and how
alike the photos are among themselves (the mark, 100 % of the subject). What cannot be told is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from jupyter_spaces.errors import InputError

# Between the untrained model's level and the mark; with less, the embedder does not tell the subject from its class,
# and a dial would show noise, enlarged.
LEAST_GAP = 0.01


def fidelity_percent(value: float, base: float, mark: float) -> float:
    """Subject fidelity: 0 is the untrained model's `base`, 100 the photos' mutual similarity `mark`.

    Not clipped: below 0 is farther from the subject than before, and well above 100 the pictures are more alike to the
    photos than these are to each other, a sign of photos learned by heart.
    """
    return 100 * (value - base) / (mark - base) if mark - base >= LEAST_GAP else math.nan


def class_kept_percent(prior: float, base: float, mark: float) -> float:
    """How much of the class is left: 100 while PRES is the untrained model's `base`, 0 once it has risen to `mark`."""
    return 100 - min(100.0, max(0.0, fidelity_percent(prior, base, mark))) if mark - base >= LEAST_GAP else math.nan


def percent_of_base(value: float, base: float) -> float:
    """A measure in percent of the untrained model's, not below 0; NaN where that is nothing to compare with."""
    return math.nan if math.isnan(value) or not base > 0 else max(0.0, 100 * value / base)


def knee(
    steps: Sequence[int], fidelity: Sequence[float], class_kept: Sequence[float], tolerance: float = 2.0
) -> int | None:
    """The step to use: the best harmonic mean of fidelity and class kept, the earliest one that comes close to it.

    fidelity and class_kept: percent, one per step. The harmonic mean is low when either is, so neither a model that
    learned nothing nor one that lost the class wins by the other half. Fidelity counts up to 100, where photos begin
    to be copied. tolerance: percent points of the mean that more training has to gain to be worth it. None when no
    checkpoint has any of both, or nothing could be told.
    """
    if not len(steps) == len(fidelity) == len(class_kept):
        raise InputError(
            f"{len(steps)} steps, {len(fidelity)} of fidelity and {len(class_kept)} of class_kept do not fit. Give one "
            "of each per checkpoint."
        )
    means = {
        step: harmonic_mean(min(100.0, new), kept)
        for step, new, kept in sorted(zip(steps, fidelity, class_kept, strict=True))
        if not (math.isnan(new) or math.isnan(kept))
    }
    best = max(means.values(), default=0.0)
    if best <= 0:
        return None
    return next(step for step, mean in means.items() if mean > 0 and mean >= best - tolerance)


def harmonic_mean(one: float, other: float) -> float:
    """2ab / (a + b), and 0 where one of them is 0 or less."""
    return 2 * one * other / (one + other) if one > 0 and other > 0 else 0.0
