"""The one event loop on which async endpoints run: a daemon thread of our own, never the kernel's loop.

A coroutine that blocks this loop holds up every other one, so the loop can be retired: new coroutines then get a
fresh loop while the old ones go on if it ever comes back.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import JobCancelled
from jupyter_spaces.jobs.execution import raise_in

if TYPE_CHECKING:
    from jupyter_spaces.jobs.job import Job


_this_thread = threading.local()


class AsyncCall:
    """A coroutine on its way on the loop, as seen from other threads."""

    def __init__(self, loop: BackgroundLoop) -> None:
        self.loop = loop
        self.task: asyncio.Task[Any] | None = None
        self._cancelled = False

    def start(self, coroutine: Coroutine[Any, Any, Any], context: Context, done: Callable[[], None]) -> None:
        """Start the coroutine in `context` and call `done` from the loop's thread when it has ended."""

        def begin() -> None:
            self.task = self.loop.loop.create_task(coroutine, context=context)
            self.task.add_done_callback(lambda _: done())
            if self._cancelled:
                self.task.cancel()

        self.loop.loop.call_soon_threadsafe(begin, context=Context())

    def cancel(self) -> None:
        """Ask the coroutine to stop: it sees asyncio.CancelledError where it awaits."""
        self._cancelled = True
        task = self.task
        if task is not None:
            self.loop.loop.call_soon_threadsafe(task.cancel)

    def outcome(self) -> Any:
        """Return what the ended coroutine returned, or raise what it raised."""
        assert self.task is not None
        if self.task.cancelled():
            raise JobCancelled
        return self.task.result()


class BackgroundLoop:
    """An asyncio loop on a daemon thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="jupyter-spaces-loop", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        _this_thread.runs_loop = True
        asyncio.set_event_loop(self.loop)
        while True:
            try:
                self.loop.run_forever()
            except JobCancelled:
                continue  # sent to a coroutine that blocked, and came a moment too late

    def interrupt(self) -> None:
        """Raise JobCancelled in whatever coroutine blocks the loop."""
        if self._thread.ident is not None:
            raise_in(self._thread.ident, JobCancelled)


class Inbox:
    """What the thread behind an async job waits for: the coroutine's end, and jobs to run in the job's own slot
    meanwhile.
    """

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def offer(self, job: Job[Any]) -> bool:
        """Leave a job to run; False once the coroutine has ended."""
        with self._lock:
            if self._closed:
                return False
            self._items.put(job)
            return True

    def close(self) -> None:
        """Nothing more comes: `take` returns None after what is there."""
        with self._lock:
            self._closed = True
            self._items.put(None)

    def take(self) -> Job[Any] | None:
        """Wait for the next job to run; None means that the coroutine has ended."""
        return self._items.get()


_lock = threading.Lock()
_current: BackgroundLoop | None = None


def background_loop() -> BackgroundLoop:
    """Return the loop for new coroutines, starting it on first use."""
    global _current
    with _lock:
        if _current is None:
            _current = BackgroundLoop()
        return _current


def retire(loop: BackgroundLoop) -> None:
    """Give new coroutines another loop than this one."""
    global _current
    with _lock:
        if _current is loop:
            _current = None


def on_background_loop() -> bool:
    """Say whether the calling thread is one that runs coroutines."""
    return getattr(_this_thread, "runs_loop", False)
