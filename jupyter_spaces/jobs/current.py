"""Which job is running here. A ContextVar, so that it is right in threads, inline jobs and coroutines alike."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_spaces.jobs.job import Job

running: ContextVar[Job[Any] | None] = ContextVar("jupyter_spaces_job", default=None)


def current_job() -> Job[Any] | None:
    """Return the job that the calling code runs in, or None."""
    return running.get()
