"""Which job each endpoint of a session runs, or ran last: what views of the same session share.

A second view of a Space, or one that was rebuilt because its cell ran again, finds here the jobs that go on, and a job
that is started in one view appears in all. Nothing here knows widgets.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.jobs import Job
from jupyter_spaces.space import Endpoint, Session, Space


@dataclass(frozen=True)
class Run:
    """One call: the endpoint as it was when it was called, the values, the job."""

    endpoint: Endpoint
    values: Mapping[str, Any]
    job: Job[Any]


Listener = Callable[[Run], None]


class Runs:
    """The latest run of each endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[str, Run] = {}
        self._listeners: list[Listener] = []

    def start(self, run: Run) -> None:
        """Make this the latest run of its endpoint and tell every view."""
        with self._lock:
            self._latest[run.endpoint.name] = run
            listeners = list(self._listeners)
        for listener in listeners:
            listener(run)

    def latest(self, endpoint: str) -> Run | None:
        """The run that goes on, or the last one that ended."""
        return self._latest.get(endpoint)

    def forget_ended(self) -> None:
        """Drop the runs that are over, whose results belong to code that was replaced."""
        with self._lock:
            self._latest = {name: run for name, run in self._latest.items() if not run.job.done()}

    def follow(self, listener: Listener) -> Callable[[], None]:
        """Hear of every run that starts from now on. Returns what ends it."""
        with self._lock:
            self._listeners.append(listener)

        def leave() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return leave


_RUNS: weakref.WeakKeyDictionary[Session, weakref.WeakKeyDictionary[Space, Runs]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def runs_of(space: Space, session: Session) -> Runs:
    """The runs of this session in this Space."""
    with _lock:
        of_session = _RUNS.setdefault(session, weakref.WeakKeyDictionary())
        return of_session.setdefault(space, Runs())
