"""A growing curve as two byte strings, so that little travels when a row is added.

`base` holds the envelope's buckets that are full, `tail` the last few: a page draws one after the other. A new row
sends only the tail again; the base follows when the tail has grown, or when the curve was cut (a run that rolled back)
and starts again. Together they are the whole curve at any moment, so a page that is opened or reloaded late needs
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from jupyter_spaces.train.history import Curve
from jupyter_spaces.widgets.training.envelope import Envelope, Rows, halved

LONGEST_TAIL = 64  # buckets; with five series 4 KiB, ten times a second


class Feed:
    """Follows the columns of the curve that `curve()` returns, another one when its run was read again.

    Only one thread updates it.
    """

    def __init__(self, curve: Callable[[], Curve], series: Sequence[str], *, most: int = 1000) -> None:
        self._curve = curve
        self._columns = [curve().columns.index(name) for name in ("step", *series)]
        self._most = most
        self._restart()

    def _restart(self) -> None:
        self.envelope = Envelope(len(self._columns) - 1, most=self._most)
        self._newest: Rows | None = None
        self._width = 1
        self._sealed = 0  # buckets in the base

    def update(self) -> tuple[bytes, bytes]:
        """Take in what the curve has got since, and return base and tail as little-endian float32 (see `Envelope`)."""
        curve, seen = self._curve(), self.envelope.count
        rows = curve.rows(max(0, seen - 1))
        if self._newest is not None:
            # A curve that was cut and has grown again may be as long as before: its rows tell.
            if len(rows) and np.array_equal(rows[0], self._newest, equal_nan=True):
                rows = rows[1:]
            else:
                self._restart()
                rows = curve.rows()
        if len(rows):
            self._newest = rows[-1]
            self.envelope.extend(rows[:, self._columns])
        return self._parts()

    def _parts(self) -> tuple[bytes, bytes]:
        envelope = self.envelope
        if envelope.width != self._width or len(envelope.table) - self._sealed > LONGEST_TAIL:
            self._width = envelope.width
            self._sealed = max(0, len(envelope.table) - 1)  # the last one may still change
        table = envelope.table.astype("<f4", copy=False)
        return table[: self._sealed].tobytes(), table[self._sealed :].tobytes()


def window(curve: Curve, series: Sequence[str], first: float, last: float, *, most: int = 1000) -> bytes:
    """A part of a curve, as fine as `most` buckets allow: what a page asks for when somebody looks closer."""
    rows = curve.rows()[:, [curve.columns.index(name) for name in ("step", *series)]]
    rows = rows[rows[:, 0] <= last]
    whole = Envelope(len(series), most=max(1, len(rows)))
    whole.extend(rows)  # from the start, since the smoothed curve remembers
    table = whole.table[whole.table[:, 0] >= first]
    while len(table) > most:
        table = halved(table)
    return table.astype("<f4", copy=False).tobytes()
