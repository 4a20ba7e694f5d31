"""Where everything runs that needs no device: event handlers, light endpoints, coroutines.

Plain functions share a few threads. A function that waits for another job gives its thread's place away, so a pool
full of waiting functions still moves. Coroutine functions take no place at all: they run side by side on the
background loop.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from jupyter_spaces.errors import QueueFull
from jupyter_spaces.jobs.background_loop import AsyncCall, background_loop
from jupyter_spaces.jobs.capture import capture
from jupyter_spaces.jobs.current import running
from jupyter_spaces.jobs.dispatcher import Dispatcher
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.stopping import Patience

T = TypeVar("T")


class LightPool(Dispatcher):
    """`submit` of a device queue, for what needs no device. Jobs submitted from inside its jobs run beside them."""

    inlines = False

    def __init__(
        self, name: str = "light", *, threads: int = 4, capacity: int = 1024, patience: Patience | None = None
    ) -> None:
        super().__init__(name, slots=threads, capacity=capacity, patience=patience)
        self._coroutines: set[Job[Any]] = set()

    def _accept(self, job: Job[Any], inline: bool) -> None:
        if not _is_async(job.call()[0]):
            super()._accept(job, inline)
            return
        with self._lock:
            if len(self._coroutines) >= self.capacity:
                self._refused += 1
                raise QueueFull(
                    f"The pool {self.name} is full: {len(self._coroutines)} async jobs run, which is its capacity. Try "
                    "again when some have ended, or stop some with job.cancel()."
                )
            self._refuse_when_closed()
            self._coroutines.add(job)
        self._start(job)

    def _start(self, job: Job[Any]) -> None:
        function, (args, kwargs) = job.call()
        context = job._context
        assert context is not None
        context.run(running.set, job)
        call = job._async_call = AsyncCall(background_loop())

        def end() -> None:
            capture.__exit__(None, None, None)
            with self._lock:
                self._coroutines.discard(job)
            try:
                value = call.outcome()
            except BaseException as error:
                job._conclude(None, error)
            else:
                job._conclude(value, None)

        async def body() -> Any:
            return await function(*args, **kwargs)

        job._begin(None)
        capture.__enter__()
        call.start(body(), context, end)

    def close(self) -> None:
        super().close()
        with self._lock:
            jobs = list(self._coroutines)
        for job in jobs:
            job.cancel(f"the pool {self.name} was closed")

    def _running_count(self) -> int:
        return super()._running_count() + len(self._coroutines)


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


_lock = threading.Lock()
_pool: LightPool | None = None


def light_pool() -> LightPool:
    """Return the process's pool."""
    global _pool
    with _lock:
        if _pool is None or _pool.closed:
            _pool = LightPool()
        return _pool
