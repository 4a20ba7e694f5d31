"""The engine under a device queue and the light pool: jobs in, at most `slots` of them running, nothing lost.

A *slot* is the right to run. It belongs to a thread while that thread runs a job, and moves whenever that thread has
no use for it: when the job ends, yields, or waits for another job. Whoever gives a slot back decides at once who has
it next, under the one lock (`_dispatch`): a thread in the middle of a job whose turn has come, else the next waiting
job, for which an idle worker is woken or a new one started. So no thread ever watches the queue, and none is needed
to keep it moving.

User code (functions, listeners, callbacks) never runs under the lock.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar, overload

from jupyter_spaces.errors import JobError, QueueFull
from jupyter_spaces.jobs import shutdown
from jupyter_spaces.jobs.announcements import Announcer
from jupyter_spaces.jobs.callers import name_of, session_of_caller
from jupyter_spaces.jobs.clock import news
from jupyter_spaces.jobs.current import current_job
from jupyter_spaces.jobs.estimates import Durations
from jupyter_spaces.jobs.event import JobStatus, QueueState
from jupyter_spaces.jobs.execution import Execution, shielded
from jupyter_spaces.jobs.following import regain
from jupyter_spaces.jobs.invocation import invoke
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.scheduling import FairLine
from jupyter_spaces.jobs.slots import Parked, Worker
from jupyter_spaces.jobs.stats import QueueStats
from jupyter_spaces.jobs.stopping import Patience, Stopper, abandoned

T = TypeVar("T")

_SPARE_WORKER = 2.0  # seconds that a worker beyond the number of slots stays idle
_LAST_WORKER = 60.0  # seconds that the others do


class Dispatcher:
    """Runs jobs on `slots` slots. At most `capacity` wait; more are refused with QueueFull."""

    device: str | None = None
    inlines = True  # a job that submits to its own queue has the new job run in its own slot

    def __init__(self, name: str, *, slots: int, capacity: int, patience: Patience | None = None) -> None:
        self.name = name
        self.capacity = capacity
        self._slots = self._free = slots
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._line: FairLine[Job[Any]] = FairLine()
        self._parked: list[Parked] = []
        self._idle: list[Worker] = []
        self._workers: dict[Execution, Worker] = {}
        self._running: dict[Execution, tuple[Job[Any], float]] = {}
        self._given_up: list[Worker] = []
        self._durations = Durations()
        self._counts: Counter[JobStatus] = Counter()
        self._refused = self._abandoned = self._batches = 0
        self._announcer = Announcer(self._lock, self._forecast)
        self._closed = False
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

    def _put(self, job: Job[Any]) -> None:
        """Put a job in line. Under the lock."""
        self._line.push(job)

    def _waiting(self) -> int:
        return len(self._line)

    def _in_line(self) -> Iterable[Job[Any]]:
        return self._line

    def _take(self) -> Job[Any] | None:
        """Take the next thing to run out of the line. Under the lock."""
        return self._line.pop()

    def _remove(self, job: Job[Any]) -> None:
        self._line.remove(job)

    # The slots

    def _dispatch(self, mine: Worker | None) -> Job[Any] | None:
        """Hand every free slot on; return the job for worker `mine`, which asks and is not idle. Under the lock."""
        for_me: Job[Any] | None = None
        while self._free > 0:
            if self._parked:
                first = next((p for p in self._parked if p.ahead <= 0), None)
                if first is None and not len(self._line):
                    first = self._parked[0]
                if first is not None:
                    self._parked.remove(first)
                    self._free -= 1
                    first.execution.holds_slot = True
                    first.wake()
                    continue
            job = self._take()
            if job is None:
                break
            for parked in self._parked:
                parked.ahead -= 1
            if mine is not None and for_me is None:
                for_me, worker = job, mine
            elif self._idle:
                worker = self._idle.pop()
            else:
                worker = Worker(self._work, f"jupyter-spaces-{self.name}")
                self._workers[worker.execution] = worker
            self._free -= 1
            worker.execution.holds_slot = True
            self._running[worker.execution] = (job, time.monotonic())
            if worker is not mine:
                # Only now: the thread does not wait for the lock, and a job that submits at once must hold its slot.
                worker.give(job)
                if worker.thread.ident is None:
                    worker.thread.start()
        if self._waiting():
            self._announcer.announce_soon()
        return for_me

    def _give_back(self, execution: Execution) -> None:
        """Take the slot of a thread. Under the lock; `_dispatch` follows."""
        if execution.holds_slot:
            execution.holds_slot = False
            self._free += 1

    def yield_slot(self, job: Job[Any], execution: Execution) -> None:
        if not len(self._line) and not self._parked:
            return
        granted = threading.Event()
        with self._lock:
            ahead = self._line.waiting_at_least(job.priority)
            if not execution.holds_slot or (not ahead and not self._parked):
                return
            self._give_back(execution)
            parked = Parked(execution, granted.set, ahead)
            self._parked.append(parked)
            self._dispatch(None)
        regain(job, granted, parked)

    def lend_slot(self, job: Job[Any], execution: Execution) -> bool:
        with self._lock:
            if not execution.holds_slot or (execution.jobs and execution.jobs[-1] is not job):
                return False
            self._give_back(execution)
            self._dispatch(None)
            return True

    def ask_slot(self, execution: Execution, wake: Callable[[], object]) -> Parked:
        parked = Parked(execution, wake)
        with self._lock:
            self._parked.append(parked)
            self._dispatch(None)
        return parked

    def withdraw(self, parked: Parked) -> None:
        with self._lock:
            if parked in self._parked:
                self._parked.remove(parked)

    # The workers

    def _work(self, worker: Worker) -> None:
        execution = worker.execution
        execution.ident = threading.get_ident()
        while True:
            job = worker.wait(_LAST_WORKER if len(self._workers) <= self._slots else _SPARE_WORKER)
            if job is None:
                if self._leaves(worker):
                    return
                continue
            while job is not None:
                outcome = self._perform(job, execution)
                with self._lock:
                    if execution.abandoned:
                        return
                    self._running.pop(execution, None)
                    self._give_back(execution)
                    next_job = self._dispatch(worker)
                    if next_job is None:
                        if self._closed:
                            del self._workers[execution]
                        else:
                            self._idle.append(worker)
                if outcome is not None:
                    job._conclude(*outcome)
                outcome, job = None, next_job  # an idle worker keeps no result alive

    def _leaves(self, worker: Worker) -> bool:
        """Let a worker go that found nothing to do; False when it was given something this very moment."""
        with self._lock:
            if worker not in self._idle:
                return not self._workers.get(worker.execution)
            self._idle.remove(worker)
            del self._workers[worker.execution]
            return True

    def _perform(self, job: Job[Any], execution: Execution) -> tuple[Any, BaseException | None] | None:
        """Run a job to its value or error; None when it was cancelled before it began."""
        if not job._begin(execution):
            return None
        context = job._context
        if context is None:
            return None  # settled from outside in this very moment
        try:
            return context.run(invoke, job, execution, self._run_inline), None
        except BaseException as error:
            # Whatever a job raises, KeyboardInterrupt and SystemExit included, is its outcome and not the worker's.
            return None, error

    def _run_inline(self, job: Job[Any], execution: Execution) -> None:
        outcome = self._perform(job, execution)
        if outcome is not None:
            job._conclude(*outcome)

    # Ends

    def settled(self, job: Job[Any]) -> None:
        with self._lock:
            self._counts[job.status] += 1
            if job.started is None:
                self._remove(job)
                self._announcer.announce_soon()
            elif job.status is JobStatus.DONE and job.ended is not None:
                self._durations.learn(job.name, job.ended - job.started)

    def stop(self, job: Job[Any]) -> None:
        Stopper(job, self._patience, self._abandon)

    def _abandon(self, job: Job[Any]) -> None:
        """Give up the thread of a job that does not stop, and go on with another."""
        error = abandoned(job, self._patience.abandon)
        execution = job._execution
        lost = [job]
        with self._lock:
            if job.done() or (execution is not None and execution.abandoned):
                return
            worker = self._workers.get(execution) if execution is not None else None
            if execution is not None and worker is not None:
                if execution not in self._running or job not in execution.jobs:
                    return  # its function has returned at last
                execution.abandoned = True
                lost = list(reversed(execution.jobs))  # the jobs that wait for this one on the same thread as well
                del self._workers[execution], self._running[execution]
                self._given_up.append(worker)
                self._give_back(execution)
                self._dispatch(None)
            self._abandoned += 1
        if job._inbox is not None:
            job._inbox.close()
        for each in lost:
            # Listeners hear of it, so it is not done on the clock that called this.
            news.call_later(0, partial(each._conclude, None, error))

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
