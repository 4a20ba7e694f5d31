"""What travels of a curve: little at a time, and always enough for a page that opens now."""

from __future__ import annotations

import math

import numpy as np

from jupyter_spaces.train.history import Curve, StepRow
from jupyter_spaces.widgets.training.envelope import Envelope, Rows
from jupyter_spaces.widgets.training.feed import Feed, window

SERIES = ("loss", "lr")


def row(step: int, loss: float) -> StepRow:
    """A row in which only the loss differs."""
    return StepRow(step, loss, loss, math.nan, 1e-4, 1.0, 0.1, 0.0)


def grown(curve: Curve, first: int, last: int, *, loss: float = 0.5) -> None:
    """Append the steps from `first` to `last`."""
    for step in range(first, last + 1):
        curve.append(row(step, loss + step / 1e5))


def table_of(parts: tuple[bytes, bytes]) -> Rows:
    """What a page draws: the base, then the tail."""
    return np.frombuffer(b"".join(parts), "<f4").reshape(-1, 2 + 3 * len(SERIES))


def drawn_anew(curve: Curve, **options: int) -> Rows:
    """The envelope of the whole curve, made in one piece."""
    envelope = Envelope(len(SERIES), **options)
    envelope.extend(curve.rows()[:, [0, curve.columns.index("loss"), curve.columns.index("lr")]])
    return envelope.table


def test_base_and_tail_are_the_whole_curve_at_any_moment() -> None:
    """Also when neighbours were merged and the base was sent long ago."""
    curve = Curve(StepRow)
    feed = Feed(lambda: curve, SERIES, most=100)
    for last in range(7, 700, 7):
        grown(curve, last - 6, last)
        np.testing.assert_array_equal(table_of(feed.update()), drawn_anew(curve, most=100))


def test_a_step_sends_only_the_tail() -> None:
    """The base stays the same object's worth of bytes for dozens of steps, so its trait does not travel."""
    curve = Curve(StepRow)
    feed = Feed(lambda: curve, SERIES)
    grown(curve, 1, 500)
    bases, longest = set(), 0
    for step in range(501, 801):
        grown(curve, step, step)
        base, tail = feed.update()
        bases.add(base)
        longest = max(longest, len(tail))
    assert len(bases) <= 6
    assert longest <= 65 * 8 * 4


def test_a_curve_that_was_cut_starts_again() -> None:
    """Noticed too when it has grown beyond its earlier length before anybody looked."""
    curve = Curve(StepRow)
    feed = Feed(lambda: curve, SERIES)
    grown(curve, 1, 100)
    feed.update()
    curve.cut(40)
    np.testing.assert_array_equal(table_of(feed.update()), drawn_anew(curve))
    curve.cut(30)
    grown(curve, 31, 200, loss=0.9)
    np.testing.assert_array_equal(table_of(feed.update()), drawn_anew(curve))
    curve.cut(0)
    assert feed.update() == (b"", b"")


def test_a_run_that_was_read_again_goes_on() -> None:
    """A resumed run has another history, with the same rows up to its checkpoint."""
    curves = [Curve(StepRow)]
    feed = Feed(lambda: curves[-1], SERIES)
    grown(curves[-1], 1, 50)
    feed.update()
    curves.append(Curve(StepRow))
    grown(curves[-1], 1, 40)
    np.testing.assert_array_equal(table_of(feed.update()), drawn_anew(curves[-1]))


def test_an_empty_curve_is_no_bytes() -> None:
    """A page that opens before the first step has nothing to draw."""
    assert Feed(lambda: Curve(StepRow), SERIES).update() == (b"", b"")


def test_a_closer_look_is_finer_and_remembers_what_came_before() -> None:
    """Every step of a short part of a long run, with the smoothed curve as it is in the whole."""
    curve = Curve(StepRow)
    grown(curve, 1, 5000)
    part = table_of((window(curve, SERIES, 3000, 3100), b""))
    assert part[:, 0].tolist() == list(range(3000, 3101))
    everything = drawn_anew(curve, most=10_000)
    np.testing.assert_array_equal(part, everything[2999:3100])
    assert len(table_of((window(curve, SERIES, 0, 5000, most=100), b""))) <= 100
