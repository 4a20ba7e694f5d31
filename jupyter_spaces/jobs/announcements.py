"""Telling waiting jobs where they stand, often enough for an eye and never more than a queue can afford."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from jupyter_spaces.jobs.clock import news
from jupyter_spaces.jobs.event import QueueState
from jupyter_spaces.jobs.job import Job

_EVERY = 0.1  # seconds between two rounds
_SHARE = 0.05  # of a processor, at most, when the line is so long that a round takes time


class Announcer:
    """Sends "queue" events to the jobs in line. `forecast` yields them with their places, under `lock`."""

    def __init__(self, lock: threading.Lock, forecast: Callable[[], Iterable[tuple[Job[Any], QueueState]]]) -> None:
        self._lock = lock
        self._forecast = forecast
        self._coming = False
        self._not_before = 0.0

    def announce_soon(self) -> None:
        """The line has changed. Under the lock."""
        if not self._coming:
            self._coming = True
            news.call_later(max(0.0, self._not_before - time.monotonic()), self._announce)

    def _announce(self) -> None:
        began = time.monotonic()
        with self._lock:
            self._coming = False
            states = list(self._forecast())
        for job, state in states:
            job._tell_position(state)
        ended = time.monotonic()
        self._not_before = ended + max(_EVERY, (ended - began) / _SHARE)
