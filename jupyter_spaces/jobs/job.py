"""A job: anything that takes time, as everybody sees it.

A job has a status, an ordered log that any number of views replay and follow, a progress, a way to stop it, and in
the end a result or an exception. It does not know how it is scheduled: its owner (a queue or a pool) runs it and
settles it. Status and log change under one lock, so that an event never contradicts the job it is about; listeners,
callbacks and the owner are called with no lock held.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Hashable, Iterator
from contextvars import Context
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from jupyter_spaces.errors import JobAbandoned, JobCancelled
from jupyter_spaces.hosts import has_host, host
from jupyter_spaces.jobs import following
from jupyter_spaces.jobs.event import Event, JobStatus, Printed, QueueState
from jupyter_spaces.jobs.event_log import EventLog, Listener
from jupyter_spaces.jobs.execution import shielded
from jupyter_spaces.jobs.failures import cleaned
from jupyter_spaces.jobs.line_buffer import LineBuffer, Stream
from jupyter_spaces.jobs.progress import EtaClock, ProgressState

if TYPE_CHECKING:
    from jupyter_spaces.jobs.background_loop import AsyncCall, Inbox
    from jupyter_spaces.jobs.execution import Execution
    from jupyter_spaces.jobs.owner import Owner

T = TypeVar("T")


class Job(Generic[T]):
    """Work on its way. Made by `submit` of a queue or pool, never directly.

    `created`, `started` and `ended` are unix seconds. `session` says on whose behalf it runs (queues are fair between
    sessions), `device` where.
    """

    __slots__ = (
        "__weakref__", "_arguments", "_async_call", "_callbacks", "_cancel_hooks", "_cancel_reason", "_context",
        "_error", "_eta_clock", "_execution", "_function", "_host", "_inbox", "_lines", "_lock", "_owner",
        "_queue_state", "_status", "_traceback", "_value", "created", "ended", "events", "id", "name", "priority",
        "progress", "session", "started",
    )  # fmt: skip

    def __init__(
        self,
        owner: Owner,
        function: Callable[..., T],
        arguments: tuple[tuple[Any, ...], dict[str, Any]],
        context: Context,
        *,
        name: str,
        session: str = "",
        priority: int = 0,
    ) -> None:
        self.id = secrets.token_urlsafe(12)
        self.name = name
        self.session = session
        self.priority = priority
        self.created = time.time()
        self.started: float | None = None
        self.ended: float | None = None
        self.progress: ProgressState | None = None
        self._lock = threading.Lock()
        self.events = EventLog(self._lock)
        self._owner = owner
        self._function: Callable[..., T] | None = function
        self._arguments: tuple[tuple[Any, ...], dict[str, Any]] | None = arguments
        self._context: Context | None = context
        self._status = JobStatus.WAITING
        self._value: T | None = None
        self._error: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._callbacks: list[Callable[[Job[T]], object]] | None = None
        self._cancel_hooks: list[Callable[[], object]] | None = None
        self._cancel_reason: str | None = None
        self._eta_clock: EtaClock | None = None
        self._queue_state: QueueState | None = None
        self._lines: LineBuffer | None = None
        self._execution: Execution | None = None  # the thread that runs it
        self._host: Job[Any] | None = None  # the job inside which it runs inline
        self._inbox: Inbox | None = None  # of an async job: what its slot can run meanwhile
        self._async_call: AsyncCall | None = None
        self.events.append_locked("status", JobStatus.WAITING, "status")

    # What it is and how it stands

    @property
    def status(self) -> JobStatus:
        return self._status

    @property
    def device(self) -> str | None:
        """The device whose queue runs it; None for the light pool."""
        return self._owner.device

    @property
    def batch_key(self) -> Hashable:
        """Jobs of one key may run together in a micro-batch; None for an ordinary job."""
        return None

    @property
    def position(self) -> int | None:
        """Its place in the queue, 1 for the next to start; None when it does not wait."""
        state = self._owner.queue_state(self) if self._status is JobStatus.WAITING else None
        return state.position if state else None

    @property
    def eta(self) -> float | None:
        """Seconds until it starts while it waits, until it ends while it runs; None while unknown."""
        if self._status is JobStatus.WAITING:
            state = self._owner.queue_state(self)
            return state.eta if state else None
        if self._status is JobStatus.RUNNING and self.progress is not None:
            return self.progress.eta
        return None

    @property
    def cancel_requested(self) -> bool:
        """True from the moment somebody asked it to stop."""
        return self._cancel_reason is not None

    def __repr__(self) -> str:
        done = self.progress.fraction if self.progress and self._status is JobStatus.RUNNING else None
        return f"<Job {self.name} {self._status}{'' if done is None else f' {done:.0%}'} {self.id}>"

    def _ipython_display_(self) -> None:
        if not has_host("job"):
            raise NotImplementedError  # IPython then shows the repr
        host("job")(self)

    # Its log

    def subscribe(self, listener: Listener, since: int = 0) -> Callable[[], None]:
        """Replay the events after `since` to `listener`, then follow. Returns the function that unsubscribes.

        Listeners run on the thread that emits, in order, and must return soon. One that raises is dropped and recorded.
        """
        with shielded():
            return self.events.subscribe(listener, since)

    def follow(self, since: int = 0) -> Iterator[Event]:
        """Walk the events after `since`, waiting for new ones, until the job has ended."""
        return following.follow(self, since)

    def afollow(self, since: int = 0) -> AsyncIterator[Event]:
        """`follow` for `async for`, on any event loop."""
        return following.afollow(self, since)

    def emit(self, kind: str, data: Any, *, series: str | None = None) -> Event:
        """Append an event to the log and hand it to the listeners."""
        with shielded():
            return self.events.append(kind, data, series=series)

    def set_progress(
        self, fraction: float | None = None, text: str = "", *, step: int | None = None, total: int | None = None
    ) -> None:
        """Say how far it is: a fraction in [0, 1] (taken from step and total when left out) and a short text."""
        if fraction is None and step is not None and total:
            fraction = step / total
        if fraction is not None:
            fraction = min(1.0, max(0.0, fraction))
        if self._eta_clock is None:
            self._eta_clock = EtaClock()
        eta = self._eta_clock.update(fraction, time.monotonic())
        self.progress = ProgressState(fraction, text, eta, step, total)
        self.emit("progress", self.progress, series="progress")

    # Stopping it

    def cancel(self, reason: str = "") -> bool:
        """Ask it to stop. A waiting job ends at once, a running one at its next `check()`. False if it had already
        ended.
        """
        with shielded():
            return self._cancel(reason)

    def _cancel(self, reason: str) -> bool:
        with self._lock:
            if self._status.final:
                return False
            again = self._cancel_reason is not None
            self._cancel_reason = self._cancel_reason or reason
            waiting = self._status is JobStatus.WAITING
            if not waiting and not again:
                self.events.append_locked("cancel", reason, None)
            hooks = tuple(self._cancel_hooks or ())
        # A waiting job with a request cannot begin any more, so it is settled here or by another who asks just now.
        if waiting and self._settle(JobStatus.CANCELLED, error=self._cancellation()):
            return True
        if not again:
            self.events.deliver()
            self._owner.stop(self)
        for hook in hooks:
            hook()
        return True

    def check(self) -> None:
        """Raise JobCancelled when somebody asked the job (or the one that runs it inline) to stop. Call it once a
        step.
        """
        job: Job[Any] | None = self
        while job is not None:
            if job._cancel_reason is not None:
                raise job._cancellation()
            job = job._host

    def yield_device(self) -> None:
        """Let the jobs that wait now run before this one goes on. For long jobs, between steps; checks as well."""
        self.check()
        execution = self._execution
        if execution is not None and execution.ident == threading.get_ident():
            with execution.shield():
                self._owner.yield_slot(self, execution)
            self.check()

    def wait_aside(self, ready: threading.Event, timeout: float | None = None) -> None:
        """Wait for an event with the device given away, on the job's own thread: others run meanwhile. Checks."""
        following.block(self, ready, timeout)

    # Its outcome

    def done(self) -> bool:
        """True once it has ended, whichever way."""
        return self._status.final

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result and return it, or raise what the job raised. JobTimeout after `timeout` seconds."""
        following.wait(self, timeout)
        return self._outcome()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the end and return the exception, None if there was none."""
        following.wait(self, timeout)
        return self._error

    def add_done_callback(self, callback: Callable[[Job[T]], object]) -> None:
        """Call `callback(job)` when it ends (at once if it has), on the thread that ends it, in an empty context."""
        with self._lock:
            if not self._status.final:
                self._callbacks = [*(self._callbacks or ()), callback]
                return
        self._call_back(callback)

    def remove_done_callback(self, callback: Callable[[Job[T]], object]) -> None:
        """Forget a callback."""
        with self._lock:
            self._callbacks = [c for c in self._callbacks or () if c is not callback]

    def __await__(self) -> Generator[Any, None, T]:
        """Wait on any event loop. Giving up the wait does not stop the job."""
        if not self.done():
            yield from following.wait_async(self).__await__()
        return self._outcome()

    def _outcome(self) -> T:
        if self._error is not None:
            # With the traceback of the job alone: each raise adds to it, and a result may be asked for many times.
            raise self._error.with_traceback(self._traceback)
        return cast(T, self._value)

    # For the owner

    def _begin(self, execution: Execution | None) -> bool:
        """Go from waiting to running; False when it was cancelled before."""
        with self._lock:
            if self._status is not JobStatus.WAITING or self._cancel_reason is not None:
                return False
            self._status = JobStatus.RUNNING
            self.started = time.time()
            self._execution = execution
            self.events.append_locked("status", JobStatus.RUNNING, "status")
        self.events.deliver()
        return True

    def _settle(
        self,
        status: JobStatus,
        *,
        value: T | None = None,
        error: BaseException | None = None,
    ) -> bool:
        """Go to a final status, once: the first to settle it wins. Tells everybody; False when it was too late."""
        if error is not None:
            error = cleaned(error)
        with self._lock:
            if self._status.final:
                return False
            for stream, text in self._lines.rest() if self._lines else ():
                self.events.append_locked("print", Printed(stream, text), None)
            self._status, self._value, self._error = status, value, error
            self._traceback = error.__traceback__ if error is not None else None
            self.ended = time.time()
            callbacks = self._callbacks
            # A finished job is kept by its views: it must not keep the models and images that it was called with.
            self._function = self._arguments = self._context = self._callbacks = self._cancel_hooks = None
            self._execution = self._host = self._inbox = self._async_call = self._lines = None
            self.events.append_locked("status", status, "status")
        self._owner.settled(self)
        self.events.deliver()
        for callback in callbacks or ():
            self._call_back(callback)
        return True

    def _settle_error(self, error: BaseException) -> bool:
        status = JobStatus.CANCELLED if isinstance(error, JobCancelled | JobAbandoned) else JobStatus.FAILED
        if isinstance(error, JobCancelled) and not error.args:
            error = self._cancellation()  # raised from outside, where no words could be given
        return self._settle(status, error=error)

    def _call_back(self, callback: Callable[[Job[T]], object]) -> None:
        try:
            Context().run(callback, self)
        except Exception as error:
            self.events.append("listener_error", f"A done callback failed: {type(error).__name__}: {error}")

    def _cancellation(self) -> JobCancelled:
        return JobCancelled(
            f"Job {self.name!r} was cancelled{f': {self._cancel_reason}' if self._cancel_reason else '.'}"
        )

    def _on_cancel(self, hook: Callable[[], object]) -> None:
        """Call `hook` when the job is asked to stop, at once if it was."""
        with self._lock:
            self._cancel_hooks = [*(self._cancel_hooks or ()), hook]
            asked = self._cancel_reason is not None
        if asked:
            hook()

    def _off_cancel(self, hook: Callable[[], object]) -> None:
        with self._lock:
            self._cancel_hooks = [h for h in self._cancel_hooks or () if h is not hook]

    def _tell_position(self, state: QueueState) -> None:
        """Record where it waits, unless it has stopped waiting or stands where it stood."""
        with self._lock:
            before = self._queue_state
            if self._status is not JobStatus.WAITING or (before is not None and before.position == state.position):
                return
            self._queue_state = state
            self.events.append_locked("queue", state, "queue")
        self.events.deliver()

    def record_print(self, stream: Stream, text: str, *, flush: bool = False) -> None:
        """Put printed text into the log."""
        with shielded():
            with self._lock:
                if self._status.final:
                    return
                if self._lines is None:
                    self._lines = LineBuffer()
                text = self._lines.add(stream, text, flush=flush)
                if not text:
                    return
                self.events.append_locked("print", Printed(stream, text), None)
            self.events.deliver()

    def call(self) -> tuple[Callable[..., T], tuple[tuple[Any, ...], dict[str, Any]]]:
        """The function to call, and its positional and keyword arguments."""
        assert self._function is not None
        assert self._arguments is not None
        return self._function, self._arguments

    def _conclude(self, value: T | None, error: BaseException | None) -> None:
        if error is None:
            self._settle(JobStatus.DONE, value=value)
        else:
            self._settle_error(error)
