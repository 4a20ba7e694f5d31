"""What a queue finds out about a call by itself: a name to show, and on whose behalf it is made."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.jobs.current import current_job


def name_of(function: Any) -> str:
    """The name to show for a function, a partial of one, or a callable object."""
    function = getattr(function, "func", function)
    return str(getattr(function, "__name__", type(function).__name__))


def session_of_caller() -> str:
    """The session of the job that submits, "" outside of one."""
    parent = current_job()
    return parent.session if parent is not None else ""
