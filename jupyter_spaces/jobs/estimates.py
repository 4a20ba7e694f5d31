"""How long a job of a name usually takes, learnt from those that ended. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from jupyter_spaces.jobs.event import QueueState

_WEIGHT = 0.3  # of the latest duration in the running average
_NAMES = 512  # names kept

J = TypeVar("J", bound=Any)


class Durations:
    """Running averages of durations in seconds, by name."""

    def __init__(self) -> None:
        self._typical: dict[str, float] = {}

    def learn(self, name: str, seconds: float) -> None:
        before = self._typical.pop(name, seconds)
        self._typical[name] = before + _WEIGHT * (seconds - before)
        if len(self._typical) > _NAMES:
            del self._typical[next(iter(self._typical))]

    def typical(self, name: str) -> float | None:
        """Seconds that a job of this name takes, None when none has ended yet."""
        return self._typical.get(name)

    def forecast(
        self, waiting: Iterable[J], left: Iterable[tuple[str, float]], slots: int
    ) -> Iterator[tuple[J, QueueState]]:
        """Yield each waiting job with its place and the seconds until it starts.

        `left` holds name and elapsed seconds of each running job. The seconds are None from the first job on whose
        duration nobody knows.
        """
        ahead: float | None = 0.0
        for name, elapsed in left:
            typical = self.typical(name)
            ahead = None if ahead is None or typical is None else ahead + max(0.0, typical - elapsed)
        for position, job in enumerate(waiting, start=1):
            yield job, QueueState(position, None if ahead is None else ahead / slots)
            typical = self.typical(job.name)
            ahead = None if ahead is None or typical is None else ahead + typical
