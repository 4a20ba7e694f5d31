"""A curve of any length in at most so many points, kept up to date row by row.

Steps are put into buckets of the same width; of a bucket the lowest and the highest value of each series are kept,
which is all that a plot of that width can show, and the smoothed value at its end. When there are too many buckets,
neighbours are merged in pairs. So a step costs the same however long the run is, no spike is ever lost, and drawing
costs the page at most `2 * most` points per series.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]

DECAY = 0.98  # of the smoothed curve: it looks back about 50 steps, as many as a noisy diffusion loss needs


class Smoothing:
    """An exponential moving average per series, corrected for its start as in Adam (arXiv 1412.6980, section 3).

    A value that is not finite leaves the average where it is; before the first finite one it is NaN.
    """

    def __init__(self, series: int, decay: float = DECAY) -> None:
        self.decay = decay
        self._sums = [0.0] * series
        self._weights = [0.0] * series

    def extend(self, values: Rows) -> Wide:
        """The averages after each of these rows (n, series), which follow those of the call before."""
        smooth = np.empty(values.shape, np.float64)
        for series in range(values.shape[1]):
            total, weight = self._sums[series], self._weights[series]
            averages = []
            for value, finite in zip(values[:, series].tolist(), np.isfinite(values[:, series]).tolist(), strict=True):
                if finite:
                    total = self.decay * total + (1 - self.decay) * value
                    weight = self.decay * weight + (1 - self.decay)
                averages.append(total / weight if weight else np.nan)
            smooth[:, series] = averages
            self._sums[series], self._weights[series] = total, weight
        return smooth


class Envelope:
    """At most `most` buckets over rows (step, value of each series), with ascending steps.

    `table` is (buckets, 2 + 3 * series) in float32: first and last step, then low, high and smoothed value of each
    series. NaN in a series is "no value"; low and high are NaN where a bucket has none.
    """

    def __init__(self, series: int, *, most: int = 1000, decay: float = DECAY) -> None:
        self.most = most
        self.width = 1  # rows in a full bucket
        self.count = 0  # rows so far
        self.table: Rows = np.empty((0, 2 + 3 * series), np.float32)
        self._smoothing = Smoothing(series, decay)

    def extend(self, rows: Rows) -> None:
        """Add rows (n, 1 + series) after those so far."""
        if not len(rows):
            return
        smooth = self._smoothing.extend(rows[:, 1:])
        bucket = np.arange(self.count, self.count + len(rows)) // self.width
        starts = np.flatnonzero(np.diff(bucket, prepend=-1))
        ends = np.append(starts[1:], len(rows)) - 1
        fresh = np.empty((len(starts), self.table.shape[1]), np.float32)
        fresh[:, 0], fresh[:, 1] = rows[starts, 0], rows[ends, 0]
        fresh[:, 2::3] = np.fmin.reduceat(rows[:, 1:], starts, axis=0)
        fresh[:, 3::3] = np.fmax.reduceat(rows[:, 1:], starts, axis=0)
        fresh[:, 4::3] = smooth[ends]
        before = self.table
        if self.count % self.width:  # the last bucket was open
            fresh[0] = _merged(before[-1:], fresh[:1])[0]
            before = before[:-1]
        self.table = np.concatenate([before, fresh])
        self.count += len(rows)
        while len(self.table) > self.most:
            self.table = halved(self.table)
            self.width *= 2


def halved(table: Rows) -> Rows:
    """A table in which neighbours are merged in pairs; one that is left over stays."""
    even = len(table) // 2 * 2
    return np.concatenate([_merged(table[:even:2], table[1:even:2]), table[even:]])


def _merged(left: Rows, right: Rows) -> Rows:
    """Each bucket of `left` with the one of `right` that follows it."""
    merged = right.copy()
    merged[:, 0] = left[:, 0]
    merged[:, 2::3] = np.fmin(left[:, 2::3], right[:, 2::3])
    merged[:, 3::3] = np.fmax(left[:, 3::3], right[:, 3::3])
    return merged
