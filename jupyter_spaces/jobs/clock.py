"""Timers for many jobs on one daemon thread, which exists only while something is due.

Two clocks are kept apart: `clock` wakes what keeps the queues alive (cancellations that are ignored, batches that
ripen) and calls nothing of the user's; `news` tells listeners about queue positions and may be held up by a slow one
without harm.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

_LINGER = 2.0  # seconds that the thread stays after its last timer


class Clock:
    """Calls functions after a delay, in order, on one thread. Thread-safe."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition(threading.Lock())
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def call_later(self, delay: float, function: Callable[[], None]) -> None:
        """Call `function` in `delay` seconds. It returns soon, and finds out whether it is still wanted."""
        with self._changed:
            heapq.heappush(self._timers, (time.monotonic() + delay, next(self._numbers), function))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            else:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._timers and not self._changed.wait(_LINGER) and not self._timers:
                    self._thread = None
                    return
                if not self._timers:
                    continue
                wait = self._timers[0][0] - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                function = heapq.heappop(self._timers)[2]
            function()


clock = Clock("jupyter-spaces-clock")
news = Clock("jupyter-spaces-news")
