"""Jobs in, at most `slots` of them running, nothing lost: what a device queue and the light pool have in common.

The engine below decides who runs; this is the part that callers see: submitting (or running inline, from inside a job
of the same queue), refusing, stopping, counting, telling positions.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from contextvars import copy_context
from typing import Any, TypeVar, overload

from jupyter_spaces.errors import JobError, QueueFull
from jupyter_spaces.jobs import shutdown
from jupyter_spaces.jobs.announcements import Announcer
from jupyter_spaces.jobs.callers import name_of, session_of_caller
from jupyter_spaces.jobs.current import current_job
from jupyter_spaces.jobs.engine import Engine
from jupyter_spaces.jobs.estimates import Durations
from jupyter_spaces.jobs.event import JobStatus, QueueState
from jupyter_spaces.jobs.execution import Execution, shielded
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.stats import QueueStats
from jupyter_spaces.jobs.stopping import Patience, Stopper, abandoned

T = TypeVar("T")


class Dispatcher(Engine):
    """Runs jobs on `slots` slots. At most `capacity` wait; more are refused with QueueFull."""

    device: str | None = None
    inlines = True  # a job that submits to its own queue has the new job run in its own slot

    def __init__(self, name: str, *, slots: int, capacity: int, patience: Patience | None = None) -> None:
        super().__init__(name, slots)
        self.capacity = capacity
        self._patience = patience or Patience()
        self._durations = Durations()
        self._counts: Counter[JobStatus] = Counter()
        self._refused = self._abandoned = self._batches = 0
        self._announcer = Announcer(self._lock, self._forecast)
        shutdown.register(self)

    # Jobs in

    @overload
    def submit(
        self,
        function: Callable[..., Coroutine[Any, Any, T]],
        /,
        *args: Any,
        name: str = ...,
        session: str = ...,
        priority: int = ...,
        inline: bool = ...,
        **kwargs: Any,
    ) -> Job[T]: ...

    @overload
    def submit(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        name: str = ...,
        session: str = ...,
        priority: int = ...,
        inline: bool = ...,
        **kwargs: Any,
    ) -> Job[T]: ...

    def submit(
        self,
        function: Callable[..., Any],
        /,
        *args: Any,
        name: str = "",
        session: str = "",
        priority: int = 0,
        inline: bool = True,
        **kwargs: Any,
    ) -> Job[Any]:
        """Run `function(*args, **kwargs)` (plain or `async def`) when its turn comes, in a copy of the caller's
        context.

        Sessions take turns; a higher `priority` goes first. From inside a job of this queue the function runs at once
        in the job's own slot, unless `inline` is False. Raises QueueFull.
        """
        job: Job[Any] = Job(
            self,
            function,
            (args, kwargs),
            copy_context(),
            name=name or name_of(function),
            session=session or session_of_caller(),
            priority=priority,
        )
        with shielded():
            self._accept(job, inline)
        return job

    def _accept(self, job: Job[Any], inline: bool) -> None:
        """Take a new job: into the line, or at once in the slot of the job that submits it."""
        parent = current_job()
        execution = parent._execution if parent is not None else None
        if (
            parent is None
            or execution is None
            or not (inline and self.inlines and parent._owner is self and execution.holds_slot)
        ):
            self._enqueue(job)
            return
        job._host = parent
        if execution.ident == threading.get_ident():
            self._run_inline(job, execution)
        elif parent._inbox is None:
            # From a thread that the parent started in its own context: it shares the parent's slot.
            self._run_inline(job, Execution.of_this_thread())
        elif not parent._inbox.offer(job):
            # From a coroutine, the thread behind it would have run it; but the coroutine has just ended.
            job._host = None
            self._enqueue(job)

    def _enqueue(self, job: Job[Any]) -> None:
        with self._lock:
            self._refuse_when_closed()
            waiting = self._waiting()
            if waiting >= self.capacity:
                self._refused += 1
                raise QueueFull(
                    f"The queue of {self.name} is full: {waiting} jobs wait, which is its capacity. Try again when "
                    "some have ended, or stop some with job.cancel()."
                )
            self._put(job)
            self._dispatch(None)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise JobError(f"The queue of {self.name} is closed and takes no more jobs.")

    # Ends

    def settled(self, job: Job[Any]) -> None:
        with self._lock:
            self._counts[job.status] += 1
            if job.started is None:
                self._remove(job)
                self._line_changed()
            elif job.status is JobStatus.DONE and job.ended is not None:
                self._durations.learn(job.name, job.ended - job.started)

    def stop(self, job: Job[Any]) -> None:
        Stopper(job, self._patience, self._abandon)

    def _abandon(self, job: Job[Any]) -> None:
        """Give up the thread of a job that does not stop, and go on with another."""
        error = abandoned(job, self._patience.abandon)
        with self._lock:
            lost = self._give_up(job) if not job.done() else []
            self._abandoned += bool(lost)
        if not lost:
            return
        if job._inbox is not None:
            job._inbox.close()

        def tell() -> None:
            for each in lost:
                each._conclude(None, error)

        # Listeners hear of it, so it is not done on the clock that called this: one of them may block.
        threading.Thread(target=tell, name="jupyter-spaces-abandoned", daemon=True).start()

    def close(self) -> None:
        """Take no more jobs, cancel those that wait, ask the running ones to stop, and let the threads end."""
        with self._lock:
            self._closed = True
            jobs = [*self._in_line(), *(job for job, _ in self._running.values())]
            for worker in self._idle:
                del self._workers[worker.execution]
                worker.give(None)
            self._idle.clear()
        for job in jobs:
            job.cancel(f"the queue of {self.name} was closed")

    @property
    def closed(self) -> bool:
        """True once `close()` was called."""
        return self._closed

    # What others see

    def queue_state(self, job: Job[Any]) -> QueueState | None:
        with self._lock:
            return next((state for each, state in self._forecast() if each is job), None)

    def _line_changed(self) -> None:
        self._announcer.announce_soon()

    def _forecast(self) -> Iterable[tuple[Job[Any], QueueState]]:
        now = time.monotonic()
        elapsed = [(job.name, now - began) for job, began in self._running.values()]
        return self._durations.forecast(self._in_line(), elapsed, self._slots)

    def _running_count(self) -> int:
        return self._slots - self._free

    def stats(self) -> QueueStats:
        """Count what waits, runs and has ended."""
        with self._lock:
            self._given_up = [worker for worker in self._given_up if worker.thread.is_alive()]
            return QueueStats(
                name=self.name,
                capacity=self.capacity,
                slots=self._slots,
                waiting=self._waiting(),
                running=self._running_count(),
                parked=len(self._parked),
                workers=len(self._workers),
                done=self._counts[JobStatus.DONE],
                failed=self._counts[JobStatus.FAILED],
                cancelled=self._counts[JobStatus.CANCELLED],
                refused=self._refused,
                abandoned=self._abandoned,
                abandoned_alive=len(self._given_up),
                batches=self._batches,
            )

    def __repr__(self) -> str:
        stats = self.stats()
        return f"<{type(self).__name__} {self.name}: {stats.waiting} waiting, {stats.running} running>"
