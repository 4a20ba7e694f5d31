"""One call of a job's function, on the thread and in the context where it belongs."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from jupyter_spaces.errors import JobCancelled
from jupyter_spaces.jobs import tqdm_bridge
from jupyter_spaces.jobs.background_loop import AsyncCall, Inbox, background_loop
from jupyter_spaces.jobs.capture import capture
from jupyter_spaces.jobs.current import running
from jupyter_spaces.jobs.execution import Execution
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.job_context import enter_job_contexts

RunInline = Callable[[Job[Any], Execution], None]


def invoke(job: Job[Any], execution: Execution, run_inline: RunInline) -> Any:
    """Run the job's function here, its coroutine on the background loop; return its value or raise what it raised.

    Called in the job's context. `run_inline` runs the jobs that a coroutine submits, in this job's slot.
    """
    running.set(job)
    function, (args, kwargs) = job.call()
    tqdm_bridge.install()
    with contextlib.ExitStack() as stack:
        stack.enter_context(capture)
        enter_job_contexts(job, stack)
        try:
            execution.enter(job)
            value = function(*args, **kwargs)
            if inspect.iscoroutine(value):
                value = _on_loop(job, execution, value, run_inline)
        finally:
            _leave(job, execution)
        return value


def _leave(job: Job[Any], execution: Execution) -> None:
    try:
        execution.leave(job)
    except JobCancelled:
        # An exception from outside arrived on the threshold; it was the only one on its way.
        execution.leave(job)


def _on_loop(job: Job[Any], execution: Execution, coroutine: Any, run_inline: RunInline) -> Any:
    with execution.shield():
        inbox = job._inbox = Inbox()
        call = job._async_call = AsyncCall(background_loop())
        call.start(coroutine, copy_context(), inbox.close)
        if job.cancel_requested:
            call.cancel()
        while (inner := inbox.take()) is not None:
            run_inline(inner, execution)
        if execution.abandoned:
            raise JobCancelled
        return call.outcome()
