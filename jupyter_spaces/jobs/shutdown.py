"""The end of the process: queues are closed, and running jobs get a moment to stop.

Worker threads are daemons, so that a job never keeps the interpreter from exiting; but a thread that is inside a
native library while the interpreter goes away can crash it, so those that do stop are waited for.
"""

from __future__ import annotations

import atexit
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_spaces.jobs.dispatcher import Dispatcher

_MOMENT = 1.0  # seconds

_open: weakref.WeakSet[Dispatcher] = weakref.WeakSet()


def register(dispatcher: Dispatcher) -> None:
    """Close this queue when the process ends."""
    _open.add(dispatcher)


def close_all() -> None:
    """Close every queue and wait a moment for the jobs that still run."""
    dispatchers = list(_open)
    for dispatcher in dispatchers:
        dispatcher.close()
    deadline = time.monotonic() + _MOMENT
    while any(d.stats().running for d in dispatchers) and time.monotonic() < deadline:
        time.sleep(0.01)


atexit.register(close_all)
