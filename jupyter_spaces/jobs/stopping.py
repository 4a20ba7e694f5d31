"""What happens to a running job that was asked to stop and does not.

Asking is polite: the job finds the request at its next `check()`, a coroutine sees CancelledError. From 2 s on, an
exception is raised in its thread, once a second, since one may be swallowed. After 10 s (a call into C that never
returns) its thread is given up.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import JobAbandoned
from jupyter_spaces.jobs.background_loop import retire
from jupyter_spaces.jobs.clock import clock
from jupyter_spaces.jobs.job import Job


@dataclass(frozen=True)
class Patience:
    """Seconds after a cancellation."""

    interrupt: float = 2.0  # until an exception is raised in the thread
    again: float = 1.0  # between two such exceptions
    abandon: float = 10.0  # until the thread is given up


class Stopper:
    """Sees one cancelled job to its end. `abandon(job)` is called when nothing else helped."""

    def __init__(self, job: Job[Any], patience: Patience, abandon: Callable[[Job[Any]], None]) -> None:
        self._job = job
        self._patience = patience
        self._abandon = abandon
        self._deadline = time.monotonic() + patience.abandon
        self._loop_answered = threading.Event()
        self._ask_coroutine()
        clock.call_later(patience.interrupt, self._insist)

    def _ask_coroutine(self) -> None:
        call = self._job._async_call
        if call is not None:
            self._loop_answered.clear()
            call.cancel()
            call.loop.loop.call_soon_threadsafe(self._loop_answered.set)

    def _insist(self) -> None:
        job, call, execution = self._job, self._job._async_call, self._job._execution
        if job.done():
            return
        blocks_loop = (
            call is not None and not self._loop_answered.is_set() and asyncio.current_task(call.loop.loop) is call.task
        )
        if time.monotonic() >= self._deadline:
            if call is not None and blocks_loop:
                retire(call.loop)
            self._abandon(job)
            return
        if call is not None and blocks_loop:
            call.loop.interrupt()
        elif call is not None:
            self._ask_coroutine()
        elif execution is not None:
            execution.interrupt(job)
        clock.call_later(min(self._patience.again, max(0.01, self._deadline - time.monotonic())), self._insist)


def abandoned(job: Job[Any], seconds: float) -> JobAbandoned:
    """The error of a job whose thread was given up."""
    return JobAbandoned(
        f"Job {job.name!r} did not stop within {seconds:g} s of being cancelled, so its worker was given up and "
        "replaced. It may still keep the device busy. Call job.check() once a step in long loops."
    )
