"""The slots of a queue and the threads that fill them.

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
from collections.abc import Callable, Iterable
from typing import Any

from jupyter_spaces.jobs.execution import Execution
from jupyter_spaces.jobs.following import regain
from jupyter_spaces.jobs.invocation import invoke
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.scheduling import FairLine
from jupyter_spaces.jobs.slots import Parked, Worker

_SPARE_WORKER = 2.0  # seconds that a worker beyond the number of slots stays idle
_LAST_WORKER = 60.0  # seconds that the others do


class Engine:
    """A line of jobs, `slots` slots, and as many threads as that takes. What jobs mean is left to its subclass."""

    def __init__(self, name: str, slots: int) -> None:
        self.name = name
        self._slots = self._free = slots
        self._lock = threading.Lock()
        self._line: FairLine[Job[Any]] = FairLine()
        self._parked: list[Parked] = []
        self._idle: list[Worker] = []
        self._workers: dict[Execution, Worker] = {}
        self._running: dict[Execution, tuple[Job[Any], float]] = {}
        self._given_up: list[Worker] = []
        self._closed = False

    # The line. All under the lock.

    def _line_changed(self) -> None:
        """Jobs that wait stand somewhere else now."""

    def _put(self, job: Job[Any]) -> None:
        self._line.push(job)

    def _waiting(self) -> int:
        return len(self._line)

    def _in_line(self) -> Iterable[Job[Any]]:
        return self._line

    def _take(self) -> Job[Any] | None:
        """Take the next thing to run out of the line."""
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
            self._line_changed()
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
                    leaves = next_job is None and self._closed
                    if leaves:
                        del self._workers[execution]
                    elif next_job is None:
                        self._idle.append(worker)
                if outcome is not None:
                    job._conclude(*outcome)
                if leaves:
                    return
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

    def _give_up(self, job: Job[Any]) -> list[Job[Any]]:
        """Take the slot from a thread that is stuck in `job`, and never use the thread again.

        Returns the jobs that are lost with it: those that wait for this one on the same thread as well. Under the lock.
        """
        execution = job._execution
        worker = self._workers.get(execution) if execution is not None else None
        if execution is None or worker is None:
            return [job]  # not on a thread of this queue
        root = job
        while root._host is not None:
            root = root._host
        stack = list(reversed(execution.jobs))
        if self._running.get(execution, (None, 0.0))[0] is not root or (job is not root and job not in stack):
            return []  # it has returned at last
        execution.abandoned = True
        del self._workers[execution], self._running[execution]
        self._given_up.append(worker)
        self._give_back(execution)
        self._dispatch(None)
        return stack if root in stack else [*stack, root]
