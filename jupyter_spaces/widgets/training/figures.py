"""The numbers at the head of a run: how far, how fast, how long still."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_spaces.widgets.training.envelope import Rows

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

LOOK_BACK = 20  # steps that the speed is measured over: one that saved a checkpoint hardly shows

ENDED = ("done", "stopped", "failed")


@dataclass(frozen=True)
class Figures:
    """A run at a glance. What is not known, or makes no sense now, is None."""

    state: str
    step: int
    steps: int
    speed: float | None  # steps per second
    eta: float | None  # seconds
    elapsed: float  # seconds: since the job began; of a reopened run, what its steps took
    memory: float | None  # bytes
    lr: float | None


def figures(run: Run) -> Figures:
    """Read them from a run."""
    curve, steps = run.history.steps, run.config.steps
    recent = curve.rows(max(0, len(curve) - LOOK_BACK))
    last = curve.last() or {}
    fast = speed(recent[:, curve.columns.index("seconds")])
    return Figures(
        state=run.state,
        step=run.step,
        steps=steps,
        speed=fast,
        eta=max(0, steps - run.step) / fast if fast and run.state == "training" else None,
        elapsed=elapsed(run),
        memory=_known(last.get("memory")),
        lr=_known(run.learning_rate or last.get("lr")),
    )


def speed(seconds: Rows) -> float | None:
    """Steps per second of steps that took so long; None when nothing was measured."""
    known = seconds[seconds > 0]
    return float(len(known) / known.sum(dtype=float)) if len(known) else None


def elapsed(run: Run) -> float:
    """Seconds of wall clock that the run's job takes or took; without a job, the sum of its steps."""
    if run.job is None:
        return float(run.history["seconds"].sum(dtype=float))
    begun = run.job.started or run.job.created
    return max(0.0, (run.job.ended or time.time()) - begun)


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None
