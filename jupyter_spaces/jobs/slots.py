"""The threads of a queue: those that work, and those that stand aside until the device is theirs again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.jobs.execution import Execution
from jupyter_spaces.jobs.job import Job


@dataclass(eq=False, slots=True)
class Parked:
    """A thread in the middle of a job that waits for the device. `ahead` jobs may still go first."""

    execution: Execution
    wake: Callable[[], object]
    ahead: int = 0


class Worker:
    """A thread that runs the jobs it is given, one after the other."""

    __slots__ = ("_given", "execution", "job", "thread")

    def __init__(self, work: Callable[[Worker], None], name: str) -> None:
        self.execution = Execution()
        self.job: Job[Any] | None = None
        # A bare lock is the cheapest way to wake one thread: held while there is nothing to do.
        self._given = threading.Lock()
        self._given.acquire()
        self.thread = threading.Thread(target=work, args=(self,), name=name, daemon=True)

    def give(self, job: Job[Any] | None) -> None:
        """Hand over a job to an idle worker; None only wakes it."""
        self.job = job
        self._given.release()

    def wait(self, timeout: float) -> Job[Any] | None:
        """Wait for a job; None when none came in time."""
        if not self._given.acquire(timeout=timeout):
            return None
        job, self.job = self.job, None
        return job
