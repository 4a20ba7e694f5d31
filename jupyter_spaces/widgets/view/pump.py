"""The one thread of a view that writes traits.

traitlets are not thread-safe, and a front end can take only so many updates. So workers, listeners and comm callbacks
never write a trait themselves: they post what is to be written, under a key (a widget, say), and the pump runs it on
its own thread. What waits under a key is replaced by what comes later under the same key. The first post after a quiet
moment leaves at once; those that follow wait until `interval` seconds have passed; a post that is the last of its
burst says `at_once`. Posts of different keys leave in the order in which they came.

The thread starts with the first post and ends when nothing came for `idle` seconds, so a view that rests costs none.
It runs in a copy of the context in which the pump was made: there widgets find their visitor's session and the cell
that prints belong to.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

log = logging.getLogger(__name__)

QUIET = 0.4  # seconds that a static form waits, so that it never competes with the result that somebody waits for


@dataclass
class _Waiting:
    """One thing to write, and when it may leave."""

    write: Callable[[], object]
    due: float


class Pump:
    """Runs posted writes on one thread, at most once per `interval` seconds and key."""

    def __init__(self, *, interval: float = 0.1, idle: float = 5.0) -> None:
        self.interval = interval
        self.idle = idle
        self._context = contextvars.copy_context()
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, _Waiting] = {}
        self._left: dict[Hashable, float] = {}  # when a write of this key last left
        self._thread: threading.Thread | None = None
        self._writing = False
        self._closed = False

    def post(self, key: Hashable, write: Callable[[], object], *, at_once: bool = False, wait: float = 0.0) -> None:
        """Have `write` run on the pump's thread, in place of what waits under `key`. A closed pump drops it.

        `at_once`: the last of a burst, which waits for nothing. `wait`: seconds before the first may leave, for what is
        less urgent than everything else.
        """
        with self._changed:
            if self._closed:
                return
            now = time.monotonic()
            due = now if at_once else max(now + wait, self._left.get(key, 0.0) + self.interval)
            earlier = self._waiting.get(key)
            if earlier is None:
                self._waiting[key] = _Waiting(write, due)
            else:
                earlier.write = write
                earlier.due = min(earlier.due, due)
            if self._thread is None:
                # Every thread gets its own copy: a context can be entered only once at a time.
                run = self._context.copy().run
                self._thread = threading.Thread(target=run, args=(self._loop,), name="jupyter-spaces-pump", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def forget(self, key: Hashable) -> None:
        """Drop what waits under `key`, whose widget goes away."""
        with self._changed:
            self._waiting.pop(key, None)
            self._left.pop(key, None)

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until everything posted so far has been written. False when that took longer than `timeout`."""
        if threading.current_thread() is self._thread:
            return False
        deadline = time.monotonic() + timeout
        with self._changed:
            for waiting in self._waiting.values():
                waiting.due = 0.0
            self._changed.notify_all()
            while self._waiting or self._writing:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    return False
        return True

    def close(self) -> None:
        """Drop what waits and end the thread."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._left.clear()
            self._changed.notify_all()

    def _loop(self) -> None:
        while True:
            with self._changed:
                key = self._next()
                if key is None:
                    self._thread = None
                    return
                write = self._waiting.pop(key).write
                self._left[key] = time.monotonic()
                self._writing = True
            try:
                write()
            except Exception:
                # A view that cannot be written must not stop the others; those who post report what matters to people.
                log.exception("a view could not be updated")
            finally:
                del write  # nothing of a closed view stays alive on a sleeping thread's stack
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()

    def _next(self) -> Hashable | None:
        """The key whose turn it is, after waiting for it; None when the thread may end. Called with the lock held."""
        quiet_since = time.monotonic()
        while not self._closed:
            now = time.monotonic()
            # The dict keeps the order of posting, so that of those that are due the first posted leaves first.
            for key, waiting in self._waiting.items():
                if waiting.due <= now:
                    return key
            if self._waiting:
                self._changed.wait(min(w.due for w in self._waiting.values()) - now)
            elif now - quiet_since >= self.idle:
                self._left.clear()
                return None
            else:
                self._changed.wait(self.idle - (now - quiet_since))
        return None
