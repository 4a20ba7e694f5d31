"""One run of a chain: step after step, each a Job, until the last condition is settled.

No thread waits for a chain. The end of a job starts the next step.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

from jupyter_spaces.errors import JobCancelled
from jupyter_spaces.jobs import Job
from jupyter_spaces.space.events import Chain, Condition, Step


class Runs(Protocol):
    """What a run needs from the page it belongs to."""

    def submit_step(self, run: ChainRun, step: Step, error: BaseException | None) -> Job[Any]: ...

    def run_finished(self, run: ChainRun) -> None: ...

    def run_failed(self, run: ChainRun, exc: BaseException) -> None: ...


class ChainRun:
    """One run of a chain. `jobs` are those of its steps so far; `error` is the failure that nothing handled."""

    def __init__(self, runtime: Runs, chain: Chain, depth: int) -> None:
        self.chain = chain
        self.depth = depth
        self.jobs: list[Job[Any]] = []
        self.error: BaseException | None = None
        self._runtime = runtime
        self._cancelled = False
        self._finished = threading.Event()

    def start(self) -> None:
        self._advance(0, None)

    def cancel(self) -> None:
        """Stop the step that runs and start no other."""
        self._cancelled = True
        for job in self.jobs[-1:]:
            job.cancel("stopped")

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the chain is through; False when the time ran out."""
        return self._finished.wait(timeout)

    def done(self) -> bool:
        return self._finished.is_set()

    def _advance(self, index: int, error: BaseException | None) -> None:
        """Start the next step whose condition holds, or finish."""
        for following in range(index, len(self.chain.steps)):
            step = self.chain.steps[following]
            fits = {
                Condition.ALWAYS: True,
                Condition.SUCCESS: error is None,
                Condition.ERROR: error is not None,
            }[step.condition]
            if fits and not self._cancelled:
                self._run(following, step, error)
                return
        self._finished.set()
        self._runtime.run_finished(self)

    def _run(self, index: int, step: Step, error: BaseException | None) -> None:
        try:
            job = self._runtime.submit_step(self, step, error)
        except Exception as exc:  # a value that its slot refuses, a queue that is full: the chain must not stay busy
            self._failed(index, exc)
            return
        self.jobs.append(job)
        job.add_done_callback(lambda finished: self._after(index, finished))

    def _after(self, index: int, job: Job[Any]) -> None:
        exc = job.exception()
        if exc is None:
            self._advance(index + 1, None)
        elif isinstance(exc, JobCancelled):
            self._cancelled = True
            self._advance(len(self.chain.steps), exc)
        else:
            self._failed(index, exc)

    def _failed(self, index: int, exc: BaseException) -> None:
        if not self.chain.handles_error_after(index):
            self.error = exc
            self._runtime.run_failed(self, exc)
        self._advance(index + 1, exc)
