"""What a run has measured so far: one row per step, and the probes in between.

Rows are kept as float32 columns, so that a view takes the whole curve as bytes and a table costs nothing. One thread
writes (the one that trains), any number read; a reader gets a copy up to the row that it asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One optimizer step. What does not apply is NaN (`prior_loss` without a class)."""

    step: int  # 1 for the first
    loss: float  # instance_loss + prior_loss_weight * prior_loss
    instance_loss: float
    prior_loss: float
    lr: float  # of the denoiser
    grad_norm: float  # before clipping
    seconds: float  # of this step, wall clock
    memory: float  # bytes: the device's peak on CUDA, the process's resident set elsewhere


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """Losses on fixed pictures with fixed noise, which tell what the training loss does not (see `probes`)."""

    step: int
    class_loss: float  # rises when the class collapses
    photo_loss: float  # on the held-out photo; rises when the photos are learned by heart


class Curve:
    """Rows of one kind. `columns` are their names, in order."""

    def __init__(self, kind: type[StepRow] | type[ProbeRow]) -> None:
        self.columns = tuple(field.name for field in fields(kind))
        self._rows = np.zeros((256, len(self.columns)), np.float32)
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def append(self, row: StepRow | ProbeRow) -> None:
        """Add a row. Its step is above that of the last one."""
        with self._lock:
            if self._count == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._rows[self._count] = list(asdict(row).values())
            self._count += 1

    def cut(self, step: int) -> None:
        """Forget what came after this step: the run goes on from there."""
        with self._lock:
            steps = self._rows[: self._count, 0]
            self._count = int(np.searchsorted(steps, step, side="right"))

    def rows(self, since: int = 0) -> Rows:
        """A copy of the rows from index `since` on, (n, columns)."""
        with self._lock:
            return self._rows[since : self._count].copy()

    def column(self, name: str) -> Rows:
        """One column by its name, (n,)."""
        return np.ascontiguousarray(self.rows()[:, self.columns.index(name)])

    def last(self) -> dict[str, float] | None:
        """The newest row by column name."""
        with self._lock:
            if not self._count:
                return None
            return dict(zip(self.columns, map(float, self._rows[self._count - 1]), strict=True))


class History:
    """The curves of a run: `steps` and `probes`. Reads as a table: `run.history["loss"]`, `run.history.frame()`."""

    def __init__(self) -> None:
        self.steps = Curve(StepRow)
        self.probes = Curve(ProbeRow)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, column: str) -> Rows:
        curve = self.steps if column in self.steps.columns else self.probes
        return curve.column(column)

    def __iter__(self) -> Iterator[str]:
        return iter((*self.steps.columns, *self.probes.columns[1:]))

    def cut(self, step: int) -> None:
        """Forget what came after this step."""
        self.steps.cut(step)
        self.probes.cut(step)

    def frame(self) -> Any:
        """The steps as a pandas frame, one row per step; the probes joined in where there are some. Needs pandas."""
        import pandas as pd

        steps = pd.DataFrame(self.steps.rows(), columns=self.steps.columns)
        probes = pd.DataFrame(self.probes.rows(), columns=self.probes.columns)
        return steps.merge(probes, on="step", how="left").astype({"step": int}).set_index("step")
