"""Curves on paper: where they lie, and that both papers show the same."""

from __future__ import annotations

import io
import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from PIL import Image

from jupyter_spaces.train.history import History, ProbeRow, StepRow
from jupyter_spaces.widgets.training.drawing import Drawing, Stroke, Words, png, svg
from jupyter_spaces.widgets.training.plot import LEFT, PANELS, RIGHT, WIDTH, Scale, plot

SVG = "{http://www.w3.org/2000/svg}"


def history(steps: int, *, prior: bool = True, spike: float = 0.0) -> History:
    """A run whose loss falls in a straight line from 1 to 0.5."""
    made = History()
    for step in range(1, steps + 1):
        loss = 1.0 - 0.5 * step / steps + (spike if step == steps // 2 else 0.0)
        made.steps.append(StepRow(step, loss, loss, 0.2 if prior else math.nan, 1e-4, 1.0, 0.1, 0.0))
        if step % 10 == 0:
            made.probes.append(ProbeRow(step, 0.03, 0.3))
    return made


def strokes(drawing: Drawing, color: str) -> list[Stroke]:
    """The strong lines of one colour."""
    return [
        shape for shape in drawing.shapes if isinstance(shape, Stroke) and (shape.color, shape.width) == (color, 1.8)
    ]


def words(drawing: Drawing) -> list[str]:
    """All that is written."""
    return [shape.text for shape in drawing.shapes if isinstance(shape, Words)]


def test_a_point_lies_where_its_step_and_value_say() -> None:
    """Checked by the straight line of the learning rate, whose panel goes from 0 to a little more than it."""
    drawing = plot(history(100), 105)
    assert drawing is not None
    rate = PANELS[3]
    (line,) = strokes(drawing, rate.lines[0].color)
    left = [LEFT + step / 105 * (WIDTH - RIGHT - LEFT) for step in (1, 100)]
    assert [line.points[0][0], line.points[-1][0]] == pytest.approx(left)
    bottom = drawing.height - 22
    assert {round(y) for _, y in line.points} == {round(bottom - rate.height / 1.06)}


def test_a_run_without_a_class_has_no_prior_line_and_no_word_for_it() -> None:
    """NaN is "does not apply"."""
    drawing = plot(history(50, prior=False), 50)
    assert drawing is not None
    assert "prior" not in words(drawing)
    assert "instance" in words(drawing)


def test_one_spike_does_not_press_the_curve_to_the_ground() -> None:
    """It leaves the panel at its top."""
    calm, wild = plot(history(300), 300), plot(history(300, spike=50.0), 300)
    assert calm is not None
    assert wild is not None
    color = PANELS[0].lines[0].color
    height = [max(y for _, y in strokes(each, color)[0].points) - min(y for _, y in strokes(each, color)[0].points)
              for each in (calm, wild)]  # fmt: skip
    assert height[1] > 0.4 * height[0]


def test_nothing_measured_is_nothing_drawn() -> None:
    """A run that is still preparing has no picture."""
    assert plot(History(), 100) is None


def test_a_single_step_can_be_drawn() -> None:
    """The first second of a run."""
    drawing = plot(history(1), 100)
    assert drawing is not None
    assert png(drawing)
    assert "nan" not in svg(drawing, "t")


def test_a_run_whose_loss_overflowed_is_drawn_around_the_hole() -> None:
    """A line is interrupted where there is no number."""
    made = history(20)
    for step, loss in ((21, math.inf), (22, math.nan), (23, 0.5), (24, 0.5)):
        made.steps.append(StepRow(step, loss, loss, loss, 1e-4, 1.0, 0.1, 0.0))
    drawing = plot(made, 24)
    assert drawing is not None
    text = svg(drawing, "t")
    assert "nan" not in text
    assert "inf," not in text


def test_the_svg_is_a_document_without_script_whose_words_are_escaped() -> None:
    """It comes into a page as a picture, and names come from people."""
    drawing = Drawing(100, 50, [Words(5, 20, "<script>&", "#808080"), Stroke([(0, 0), (9, 9)], "#112233", dash=(2, 3))])
    root = ElementTree.fromstring(svg(drawing, "a < b"))
    assert [node.tag for node in root] == [f"{SVG}title", f"{SVG}text", f"{SVG}polyline"]
    assert [root[0].text, root[1].text] == ["a < b", "<script>&"]
    assert root[2].attrib["points"] == "0.0,0.0 9.0,9.0"


def test_both_papers_show_the_same_line() -> None:
    """The PNG, measured in its pixels."""
    drawing = Drawing(100, 50, [Stroke([(10, 10), (90, 40)], "#112233", 2.0)])
    image = Image.open(io.BytesIO(png(drawing, scale=2))).convert("RGB")
    assert image.size == (200, 100)
    dark = [(x, y) for x in range(200) for y in range(100) if sum(image.getpixel((x, y))) < 200]
    assert (min(dark)[0], max(dark)[0]) == pytest.approx((20, 180), abs=2)
    for x, y in dark:
        assert y == pytest.approx(20 + (x - 20) * 60 / 160, abs=3)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 800), (-3.2e-5, 4e-5), (17, 18), (0, 1e6)])
def test_ticks_are_few_and_round(low: float, high: float) -> None:
    """One or two digits each, inside the scale."""
    ticks = Scale(low, high, 0, 100).ticks(6)
    assert 2 <= len(ticks) <= 6
    assert all(low <= tick <= high for tick in ticks)
    gaps = {float(f"{b - a:.3g}") for a, b in pairwise(ticks)}
    assert len(gaps) == 1
    assert re.match(r"[125]\.?0*(e|$)", f"{gaps.pop():e}")
