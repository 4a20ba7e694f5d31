"""A thread while it runs jobs, and how an exception reaches it when a job ignores its cancellation.

CPython can raise an exception in another thread (PyThreadState_SetAsyncExc), but only "somewhere soon". The one idea
here: such an exception may surface in the user's function and nowhere else. The thread opens a window when it enters
the function (`enter`), closes it on return (`leave`), and shuts it for a while (`shield`) whenever the function calls
back into this package; closing takes back an exception that was sent and has not surfaced yet.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import JobCancelled
from jupyter_spaces.jobs.current import current_job

if TYPE_CHECKING:
    from jupyter_spaces.jobs.job import Job

_NOTHING = nullcontext()


class Execution:
    """One thread and the jobs on it: the one that the queue gave it, and those that it runs inline, innermost last.

    `holds_slot` says whether the thread has the device at the moment, `abandoned` that it was given up. Both belong
    to the queue and change under the queue's lock.
    """

    __slots__ = ("_lock", "_sent", "_shields", "_shut", "abandoned", "holds_slot", "ident", "jobs")

    def __init__(self) -> None:
        self.ident = 0  # set by the thread itself
        self.jobs: list[Job[Any]] = []
        self.holds_slot = False
        self.abandoned = False
        self._lock = threading.Lock()
        self._shields: list[int] = []  # shields around each job that is open; none is open when the list is empty
        self._shut = 1  # shields around the code that runs now; 0 means that an exception may be sent
        self._sent = False

    @classmethod
    def of_this_thread(cls) -> Execution:
        """For a thread that is not a queue's worker. It holds no slot of its own."""
        execution = cls()
        execution.ident = threading.get_ident()
        return execution

    def enter(self, job: Job[Any]) -> None:
        """Open the window: the job's function comes next."""
        with self._lock:
            self.jobs.append(job)
            self._shields.append(self._shut)
            self._shut = 0

    def leave(self, job: Job[Any]) -> None:
        """Close the window. Safe to call again when an exception from outside interrupted it."""
        with self._lock:
            if self.jobs and self.jobs[-1] is job:
                self.jobs.pop()
                self._shut = self._shields.pop()
            self._take_back()

    def shield(self) -> Shield:
        """`with execution.shield():` around our own code that a job's function calls."""
        return Shield(self)

    def interrupt(self, job: Job[Any]) -> bool:
        """Raise JobCancelled in the thread if it is inside the function of `job` (or of one that `job` runs inline)."""
        with self._lock:
            if self._shut or job not in self.jobs:
                return False
            self._sent = True
            raise_in(self.ident, JobCancelled)
            return True

    def _shut_window(self) -> None:
        with self._lock:
            self._take_back()  # it is sent again while the job does not stop
            self._shut += 1

    def _open_window(self) -> None:
        with self._lock:
            self._shut -= 1

    def _take_back(self) -> None:
        if self._sent:
            raise_in(self.ident, None)
            self._sent = False


class Shield:
    """Keeps an exception from outside away from the block."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def __enter__(self) -> None:
        self._execution._shut_window()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._execution._open_window()


def shielded() -> AbstractContextManager[None]:
    """Keep an exception from outside away from the block, if the calling thread is running a job at all."""
    job = current_job()
    execution = job._execution if job is not None else None
    if execution is None or execution.ident != threading.get_ident():
        return _NOTHING
    return execution.shield()


def raise_in(ident: int, kind: type[BaseException] | None) -> None:
    exception = ctypes.py_object(kind) if kind is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), exception)
