"""What every job's function runs inside of, as others registered it.

This package knows no torch, yet each job needs torch's per-thread state set up (inference mode, autocast): whoever
knows about it registers a context here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from jupyter_spaces.jobs.job import Job

JobContext = Callable[[Job[Any]], AbstractContextManager[object]]

_registered: tuple[JobContext, ...] = ()


def register_job_context(factory: JobContext) -> Callable[[], None]:
    """Enter `factory(job)` around the function of every job, on the thread that runs it. Returns the function that
    undoes it.

    The bodies of coroutines are not covered: they share one thread, so a per-thread state would leak between them.
    """
    global _registered
    _registered = (*_registered, factory)

    def unregister() -> None:
        global _registered
        _registered = tuple(f for f in _registered if f is not factory)

    return unregister


def enter_job_contexts(job: Job[Any], stack: ExitStack) -> None:
    """Enter the registered contexts; `stack` leaves them."""
    for factory in _registered:
        stack.enter_context(factory(job))
