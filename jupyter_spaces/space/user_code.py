"""Calling what the author wrote: plain, async, yielding, or all of it, with one rule for each.

What the author's code raises becomes a `CallError` with the original as its cause; the job's own signals pass through.
Between two yielded values the job is asked whether somebody stopped it, and a generator that is given up runs its
`finally` blocks at once, not when the collector comes by. So a generator that never ends can always be stopped.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from jupyter_spaces.errors import CallError, JobAbandoned, JobCancelled, JobError
from jupyter_spaces.jobs import current_job


class _Nothing:
    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()
"""A stream that has not given a value; None may be one."""

OnValue = Callable[[Any], None]


class Caller:
    """How one call is described when it fails: `paint(prompt='a boat') failed: ValueError: ...`."""

    def __init__(self, name: str, describe_inputs: Callable[[], str]) -> None:
        self.name = name
        self.describe_inputs = describe_inputs  # only called for a failure: rendering values takes time

    def error(self, exc: BaseException) -> CallError:
        text = str(exc)
        message = f"{type(exc).__name__}: {text}" if text else type(exc).__name__
        error = CallError(self.name, self.describe_inputs(), message)
        error.__cause__ = exc
        return error

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around the author's code and nothing else."""
        try:
            yield
        except Exception as exc:
            if is_signal(exc):
                raise
            raise self.error(exc) from exc


def is_signal(exc: BaseException) -> bool:
    """Whether an exception stops the job that runs here; that of another job, awaited here, is an ordinary failure."""
    if not isinstance(exc, (JobCancelled, JobAbandoned)):
        return False
    try:
        _check()  # asks the job in whose slot this one runs inline as well
    except JobError:
        return True
    return current_job() is None


def run(caller: Caller, invoke: Callable[[], Any], on_value: OnValue, *, streaming: bool | None = None) -> Any:
    """Call; hand each yielded value to `on_value`; return the last one (NOTHING if there was none), or the result.

    `streaming` says whether what comes back is walked; None means if it is a generator.
    """
    with caller.guard():
        returned = invoke()
        if not (inspect.isgenerator(returned) if streaming is None else streaming):
            return returned
        stream = iter(returned)
    last: Any = NOTHING
    try:
        while True:
            with caller.guard():
                value = next(stream, NOTHING)
            if value is NOTHING:
                return last
            last = value
            on_value(value)
            _check()
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


async def run_async(
    caller: Caller, invoke: Callable[[], Any], on_value: OnValue, *, streaming: bool | None = None
) -> Any:
    """`run` for coroutine functions and async generators."""
    with caller.guard():
        returned = invoke()
        if inspect.isawaitable(returned):
            returned = await returned
        if not (inspect.isasyncgen(returned) if streaming is None else streaming):
            return returned
        stream = aiter(returned)
    last: Any = NOTHING
    try:
        while True:
            with caller.guard():
                value = await anext(stream, NOTHING)
            if value is NOTHING:
                return last
            last = value
            on_value(value)
            _check()
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


def _check() -> None:
    job = current_job()
    if job is not None:
        job.check()
