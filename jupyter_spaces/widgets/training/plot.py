"""The curves of a run as a drawing: panels over one axis of steps, each with its own scale.

Of a series the envelope is faint and the smoothed line is strong. The scale follows what matters: a spike of a single
step leaves the panel at its top instead of pressing everything else to the ground. Colours are in the middle between
light and dark, so that the same drawing is read on both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jupyter_spaces.train.history import Curve, History
from jupyter_spaces.widgets.training.drawing import Drawing, Point, Stroke, Words
from jupyter_spaces.widgets.training.envelope import Envelope, Rows
from jupyter_spaces.widgets.training.wording import number_text

INK, GRID = "#808080", "#8e8e8e"
WIDTH, LEFT, RIGHT, BOTTOM, TITLE, GAP = 720, 58, 12, 22, 18, 6
MOST = 300  # buckets, each two pixels wide


@dataclass(frozen=True)
class Line:
    """One series of a panel."""

    name: str
    label: str
    color: str


@dataclass(frozen=True)
class Panel:
    """Series that share a scale. `fine`: their values are drawn as they are, not smoothed."""

    title: str
    height: int
    lines: tuple[Line, ...]
    probe: bool = False
    fine: bool = False


PANELS = (
    Panel("Loss", 150, (Line("loss", "total", "#4385d6"), Line("instance_loss", "instance", "#dc8220"),
                        Line("prior_loss", "prior", "#2f9d6a"))),
    Panel("Probe loss", 100, (Line("class_loss", "class", "#b457b4"), Line("photo_loss", "photo", "#d3543c")),
          probe=True, fine=True),
    Panel("Gradient norm", 54, (Line("grad_norm", "gradient norm", "#8a7a55"),)),
    Panel("Learning rate", 54, (Line("lr", "learning rate", "#6f7f8f"),), fine=True),
)  # fmt: skip


def plot(history: History, steps: int, marks: Sequence[int] = ()) -> Drawing | None:
    """Draw what a run with a goal of `steps` has measured, with a dashed line at each of `marks`; None for nothing."""
    panels = [(panel, _tables(history, panel)) for panel in PANELS]
    panels = [(panel, tables) for panel, tables in panels if tables]
    if not panels:
        return None
    last = max(table[-1, 1] for _, tables in panels for _, table in tables)
    drawing = Drawing(WIDTH, sum(TITLE + panel.height + GAP for panel, _ in panels) - GAP + BOTTOM)
    across = Scale(0.0, horizon(float(last), float(steps)), LEFT, WIDTH - RIGHT)
    top = TITLE
    for panel, tables in panels:
        drawing.shapes += _panel(panel, tables, across, top, marks)
        top += panel.height + GAP + TITLE
    for step in across.ticks(8):
        at_end = across(step) > WIDTH - 2 * RIGHT
        place = WIDTH if at_end else across(step)
        drawing.shapes.append(Words(place, drawing.height - 7, f"{step:g}", INK, "end" if at_end else "middle"))
    return drawing


@dataclass(frozen=True)
class Scale:
    """A straight map from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, part)) * (self.end - self.start)

    def ticks(self, most: int) -> list[float]:
        """At most so many round numbers inside."""
        span = self.high - self.low
        power = 10.0 ** math.floor(math.log10(span / most))
        step = next(power * factor for factor in (1, 2, 5, 10, 20) if span / (power * factor) <= most - 1)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(place * step, 12) for place in range(first, last + 1)]


def horizon(last: float, goal: float) -> float:
    """The step at the right edge: ahead of the curve, in jumps, up to the goal."""
    end = 20.0
    while end < last:
        end *= 1.25
    return max(1.0, last if last > goal else min(goal, end))


def span(tables: Sequence[tuple[Line, Rows]]) -> tuple[float, float]:
    """The range of values that a panel shows: all of the smoothed lines, all but the rare spikes of the raw ones."""
    columns = np.concatenate([table for _, table in tables])
    low, high, smooth = (column[np.isfinite(column)] for column in columns[:, 2:5].T)
    top = max(float(smooth.max()), float(np.quantile(high, 0.98)))
    bottom = min(float(smooth.min()), float(low.min()))
    flat = top - bottom <= 1e-3 * abs(top)  # as far as float32 can tell
    if bottom >= 0 and (flat or bottom < 0.5 * top):
        bottom = 0.0
    margin = 0.06 * (top - bottom) or abs(top) or 1.0
    return (bottom if bottom == 0 else bottom - margin), top + margin


def _tables(history: History, panel: Panel) -> list[tuple[Line, Rows]]:
    curve = history.probes if panel.probe else history.steps
    tables = [(line, _table(curve, line.name)) for line in panel.lines]
    return [(line, table) for line, table in tables if np.isfinite(table[:, 2]).any()]


def _table(curve: Curve, name: str) -> Rows:
    envelope = Envelope(1, most=MOST)
    rows = curve.rows()[:, [0, curve.columns.index(name)]]
    rows[~np.isfinite(rows)] = math.nan
    envelope.extend(rows)
    return envelope.table


def _panel(
    panel: Panel, tables: Sequence[tuple[Line, Rows]], across: Scale, top: int, marks: Sequence[int]
) -> Iterator[Stroke | Words]:
    low, high = span(tables)
    up = Scale(low, high, top + panel.height, top)
    for value in up.ticks(max(3, panel.height // 28)):
        yield Stroke([(LEFT, up(value)), (WIDTH - RIGHT, up(value))], GRID, 1, 0.25)
        yield Words(LEFT - 6, up(value) + 4, number_text(value), INK, "end")
    for mark in marks:
        yield Stroke([(across(mark), top), (across(mark), top + panel.height)], INK, 1, 0.6, (2, 3))
    if not panel.fine:
        for line, table in tables:
            yield Stroke(list(_raw(table, across, up)), line.color, 1, 0.35)
    for line, table in tables:
        column = 2 if panel.fine else 4
        places = [across(step) for step in table[:, 1].tolist()]
        heights = [up(value) if math.isfinite(value) else math.nan for value in table[:, column].tolist()]
        yield Stroke(list(zip(places, heights, strict=True)), line.color, 1.8)
    x = float(LEFT)
    for place, text in enumerate((panel.title, *(line.label for line, _ in tables))):
        if place and len(panel.lines) == 1:
            return
        yield Words(x, top - 6, text, tables[place - 1][0].color if place else INK)
        x += 6.3 * len(text) + 12


def _raw(table: Rows, across: Scale, up: Scale) -> Iterator[Point]:
    """Through the lowest and the highest value of each bucket."""
    for step, low, high in table[:, 1:4].tolist():
        yield across(step), up(high) if math.isfinite(high) else math.nan
        if low < high:
            yield across(step), up(low)
