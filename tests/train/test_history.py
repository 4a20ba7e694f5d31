"""The curves: rows in order, of which a reader gets a copy while one thread writes."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest

from jupyter_spaces.train.history import Curve, History, ProbeRow, StepRow


def row(step: int, **more: Any) -> StepRow:
    usual: dict[str, Any] = {
        "loss": 1 / step, "instance_loss": 0.5, "prior_loss": math.nan, "lr": 1e-4, "grad_norm": 2.0, "seconds": 0.1,
        "memory": 3e9,
    }  # fmt: skip
    return StepRow(step, **{**usual, **more})


def history(steps: int = 6) -> History:
    made = History()
    for step in range(1, steps + 1):
        made.steps.append(row(step))
        if step % 2 == 0:
            made.probes.append(ProbeRow(step, 0.1 * step, math.nan))
    return made


def test_rows_are_float32_columns() -> None:
    """By name or as a table, in the order in which they came."""
    made = history()
    assert len(made) == 6
    assert made["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert made["loss"].dtype == np.float32
    assert made["class_loss"] == pytest.approx([0.2, 0.4, 0.6])
    assert np.isnan(made["prior_loss"]).all()
    assert made.steps.rows(4).shape == (2, 8)
    assert made.steps.last() == pytest.approx(dict(zip(made.steps.columns, made.steps.rows()[-1], strict=True)),
                                              nan_ok=True)  # fmt: skip
    assert Curve(ProbeRow).last() is None
    assert list(made) == [*made.steps.columns, "class_loss", "photo_loss"]


def test_a_run_is_as_long_as_it_is() -> None:
    """The columns grow; a step number stays exact."""
    curve = Curve(ProbeRow)
    for step in range(1, 1001):
        curve.append(ProbeRow(step * 10_000, 0.0, float(step)))
    assert len(curve) == 1000
    assert curve.column("step").tolist() == [step * 10_000 for step in range(1, 1001)]
    assert curve.column("photo_loss").tolist() == list(range(1, 1001))


@pytest.mark.parametrize(("step", "left", "probes"), [(0, 0, 0), (3, 3, 1), (4, 4, 2), (6, 6, 3), (99, 6, 3)])
def test_a_cut_forgets_what_came_after(step: int, left: int, probes: int) -> None:
    """In both curves, and the run writes on from there."""
    made = history()
    made.cut(step)
    assert (len(made.steps), len(made.probes)) == (left, probes)
    made.steps.append(row(left + 1, loss=9.0))
    assert made["step"].tolist() == list(range(1, left + 2))
    assert made["loss"][-1] == 9


def test_a_reader_has_a_copy() -> None:
    """What is written later does not change what somebody draws, and nobody can write into the curve."""
    made = history()
    rows = made.steps.rows()
    rows[:] = 0
    assert made["step"].tolist() == [1, 2, 3, 4, 5, 6]


def test_a_frame_has_the_probes_joined_in() -> None:
    """One row per step, NaN where nothing was probed; an empty run gives an empty frame."""
    frame = history().frame()
    assert frame.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert frame["class_loss"].dropna().index.tolist() == [2, 4, 6]
    assert History().frame().empty


def test_one_thread_writes_and_others_read() -> None:
    """A reader sees whole rows only, as many as there were."""
    curve = Curve(ProbeRow)
    over = threading.Event()
    torn: list[Any] = []

    def read() -> None:
        while not over.is_set():
            rows = curve.rows()
            torn.extend(each for each in rows if each[0] != each[1] or each[0] != each[2])

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for step in range(1, 3000):
        curve.append(ProbeRow(step, float(step), float(step)))
    over.set()
    for reader in readers:
        reader.join()
    assert not torn
    assert len(curve) == 2999
