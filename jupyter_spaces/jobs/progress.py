"""How far a job is: the state that views show, its ETA, and the `Progress` object that endpoints ask for by type."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_spaces.errors import InputError
from jupyter_spaces.jobs.current import current_job

if TYPE_CHECKING:
    from jupyter_spaces.jobs.job import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProgressState:
    """`fraction` in [0, 1], `eta` in seconds, each None while unknown. `step` counts finished steps of `total`."""

    fraction: float | None = None
    text: str = ""
    eta: float | None = None
    step: int | None = None
    total: int | None = None


class EtaClock:
    """Estimates the seconds left from the pace since the first report; a fraction that falls back starts it anew."""

    __slots__ = ("_first", "_last", "_started")

    def __init__(self) -> None:
        self._started: float | None = None
        self._first = 0.0
        self._last = 0.0

    def update(self, fraction: float | None, now: float) -> float | None:
        """Return the seconds left at time `now`, or None while there is no pace to judge by."""
        if fraction is None:
            return None
        if self._started is None or fraction < self._last:
            self._started, self._first = now, fraction
        self._last = fraction
        gained = fraction - self._first
        if gained <= 0.0:
            return None
        return (now - self._started) / gained * (1.0 - fraction)


class Progress:
    """Reports progress of the job at hand. Ask for it in an endpoint's signature: `def paint(prompt: str, progress:
    Progress)`.

    `progress(0.3, "painting")` gives a fraction, `progress(3, total=10)` a step of many. Outside a job it does
    nothing, so the function stays an ordinary function. Reporting is also the place where a cancelled job stops.
    """

    def __init__(self, job: Job[Any] | None = None) -> None:
        self._job = job

    def __call__(self, value: float | None = None, text: str = "", *, total: int | None = None) -> None:
        """Report a fraction in [0, 1], or with `total` the number of steps done. None: working, how far is unknown.

        Raises JobCancelled when somebody stopped the job, InputError for a number that fits neither form.
        """
        fraction, step = _read(value, total)
        job = self._job or current_job()
        if job is None:
            return
        job.check()
        job.set_progress(fraction, text, step=step, total=total)

    def tqdm(self, iterable: Iterable[T], desc: str = "", *, total: int | None = None) -> Iterator[T]:
        """Walk `iterable` and report each step. `total` is taken from its length where it has one."""
        if total is None and isinstance(iterable, Sized):
            total = len(iterable)
        self(0 if total else None, desc, total=total)
        reported = time.monotonic()
        for done, item in enumerate(iterable, start=1):
            yield item
            now = time.monotonic()
            # Ten reports a second are enough for an eye, and the last one is the one that matters.
            if now - reported >= 0.1 or done == total:
                reported = now
                self(done if total else None, desc, total=total)
            elif (job := self._job or current_job()) is not None:
                job.check()


def _read(value: float | None, total: int | None) -> tuple[float | None, int | None]:
    if value is None:
        return None, None
    if total is not None:
        if total <= 0 or not 0 <= value <= total:
            raise InputError(
                f"progress({value!r}, total={total!r}): the step must lie between 0 and the total, which is above 0."
            )
        return value / total, int(value)
    if not 0.0 <= value <= 1.0:
        raise InputError(
            f"progress({value!r}): give a fraction between 0 and 1, or also the total: progress({value!r}, total=100)."
        )
    return float(value), None
