"""What the page computes, in the page's own language, against Python."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from jupyter_spaces.widgets import source
from jupyter_spaces.widgets.training.envelope import Envelope
from jupyter_spaces.widgets.training.plot import horizon
from jupyter_spaces.widgets.training.wording import duration_text, number_text

Compute = Callable[..., Any]

IMPORT = """async (text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.curves = await import(url);
  const floats = (numbers) => Float32Array.from(numbers, (number) => number ?? NaN);
  window.table = (names, numbers) => curves.tableOf(names, new DataView(floats(numbers).buffer));
}"""


@pytest.fixture(scope="module")
def compute(browser: Browser) -> Iterator[Compute]:
    """`compute(expression, arguments)`: the value of a JavaScript expression over `curves`, `table` and `given`."""
    page = browser.new_page()
    page.evaluate(IMPORT, source.script("training-curves"))
    yield lambda expression, given=None: page.evaluate(f"(given) => {expression}", given)
    page.close()


NUMBERS = [
    0,
    1,
    0.5,
    0.041234,
    12.345,
    999.95,
    1234.6,
    99999,
    123456,
    5e-6,
    1.2345e-5,
    0.0001,
    9.999999747378752e-05,
    -0.25,
    math.pi * 1e10,
]


def test_numbers_and_durations_are_written_as_python_writes_them(compute: Compute) -> None:
    """The static form and the live view say the same."""
    assert compute("given.map(curves.numberText)", NUMBERS) == [number_text(value) for value in NUMBERS]
    assert number_text(9.999999747378752e-05) == "0.0001"
    assert compute("[null, NaN, Infinity].map(curves.numberText)") == ["–", "–", "–"]
    seconds = [0.04, 1.26, 9.94, 42, 59.6, 61, 187, 3599, 3600, 86_401]
    assert compute("given.map(curves.timeText)", seconds) == [duration_text(each) for each in seconds]


def test_bytes_that_begin_anywhere_are_read(compute: Compute) -> None:
    """A trait's bytes are a view into the message, and floats want their place."""
    assert compute(
        """(() => {
            const buffer = new ArrayBuffer(15);
            new DataView(buffer, 3).setFloat32(0, 1.5, true);
            new DataView(buffer, 3).setFloat32(4, -2, true);
            return [...curves.floats(new DataView(buffer, 3, 8))];
        })()"""
    ) == [1.5, -2]


def test_the_bucket_of_a_step_is_the_nearest_one(compute: Compute) -> None:
    """Against looking at every bucket."""
    drawn = random.Random(0)
    envelope = Envelope(1, most=40)
    steps = sorted(drawn.sample(range(1, 500), 130))
    envelope.extend(np.array([[step, 0.5] for step in steps], np.float32))
    asked = [drawn.uniform(-10, 520) for _ in range(300)]
    found = compute(
        "((t) => given.asked.map((step) => curves.bucketAt(t, step)))(table(['loss'], given.numbers))",
        {"numbers": envelope.table.ravel().tolist(), "asked": asked},
    )

    def distance(bucket: int, step: float) -> float:
        first, last = envelope.table[bucket, :2]
        return float(max(0.0, first - step, step - last))

    for step, bucket in zip(asked, found, strict=True):
        assert distance(bucket, step) == min(distance(each, step) for each in range(len(envelope.table)))
    assert compute("curves.bucketAt(table(['loss'], []), 3)") == -1


def test_the_scale_follows_the_curve_and_not_a_spike(compute: Compute) -> None:
    """As on paper; a logarithmic one stays above zero."""
    rows = [[step, step, 0.1, 0.3, 0.2] for step in range(1, 101)]
    rows[50][3] = 80.0
    flat = [number for row in rows for number in row]
    call = "curves.valueRange([{table: table(['loss'], given), name: 'loss'}], {from: 0, to: 100}, LOG)"
    low, high = compute(call.replace("LOG", "false"), flat)
    assert (low, high) == (0, pytest.approx(0.318, abs=0.001))
    low, high = compute(call.replace("LOG", "true"), flat)
    assert (low, high) == (pytest.approx(0.0909, abs=0.001), pytest.approx(0.33, abs=0.001))
    nothing = compute(call.replace("LOG", "false"), [1, 1, None, None, None])
    assert nothing is None


def test_zooming_keeps_the_step_under_the_pointer_and_stays_inside(compute: Compute) -> None:
    """In, out, and out until everything is shown."""
    whole = {"from": 0, "to": 1000}
    closer = compute("curves.zoomed(given, 250, 0.5, given)", whole)
    assert closer == {"from": 125, "to": 625}
    assert (250 - closer["from"]) / (closer["to"] - closer["from"]) == 0.25
    at_the_edge = compute("curves.zoomed({from: 0, to: 100}, 0, 2, given)", whole)
    assert at_the_edge == {"from": 0, "to": 200}
    assert compute("curves.zoomed({from: 100, to: 900}, 500, 2, given)", whole) is None
    assert compute("curves.moved({from: 900, to: 950}, 500, given)", whole) == {"from": 950, "to": 1000}


@pytest.mark.parametrize("last", [0, 1, 19, 20, 21, 333, 799, 800, 1200])
def test_the_horizon_is_ahead_of_the_curve_and_not_far(compute: Compute, last: int) -> None:
    """A run that has just begun is no thin line at the left edge."""
    to = compute("curves.horizon(given, 800).to", last)
    assert max(last, 1) <= to <= max(20, 1.25 * last, 1)
    assert to == pytest.approx(horizon(last, 800))  # on paper as in the page


@pytest.mark.parametrize(("low", "high"), [(0.001, 2), (0.03, 0.05), (1e-6, 1e4), (0.5, 0.9)])
def test_logarithmic_ticks_are_round_and_inside(compute: Compute, low: float, high: float) -> None:
    """1, 2 and 5 where there is room, else powers of ten."""
    ticks = compute("curves.logTicks(given[0], given[1], 6)", [low, high])
    assert 1 <= len(ticks) <= 6
    assert all(low <= tick <= high for tick in ticks)
    assert all(f"{tick:.0e}"[0] in "125" for tick in ticks)


def test_the_csv_has_every_row_with_the_probes_at_their_steps(compute: Compute) -> None:
    """Read back by a CSV reader; what does not apply is empty."""
    text = compute(
        """curves.csvOf(["step", "loss", "prior_loss"], Float32Array.from([1, 0.5, NaN, 2, 0.1, NaN]),
            table(["class_loss"], [0, 0, 0.03, 0.03, 0.03, 2, 2, 0.04, 0.04, 0.04]))"""
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows == [
        {"step": "0", "loss": "", "prior_loss": "", "class_loss": "0.03"},
        {"step": "1", "loss": "0.5", "prior_loss": "", "class_loss": ""},
        {"step": "2", "loss": "0.1", "prior_loss": "", "class_loss": "0.04"},
    ]
