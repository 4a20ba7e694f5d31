"""Waiting for a job: for its end or its next event, from a thread, from a coroutine, and from inside another job.

Inside a job the wait gives the device away, because what it waits for may need it: a job that waits for another one of
its own queue would otherwise wait for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import JobError, JobTimeout
from jupyter_spaces.jobs.background_loop import on_background_loop
from jupyter_spaces.jobs.current import current_job

if TYPE_CHECKING:
    from jupyter_spaces.jobs.event import Event
    from jupyter_spaces.jobs.job import Job
    from jupyter_spaces.jobs.slots import Parked


def wait(job: Job[Any], timeout: float | None) -> None:
    """Block until the job has ended. Raises JobTimeout; JobCancelled when the calling job is asked to stop."""
    if job.done():
        return
    ended = threading.Event()

    def end(_: object) -> None:
        ended.set()

    job.add_done_callback(end)
    try:
        block(job, ended, timeout)
    finally:
        job.remove_done_callback(end)
    if not job.done():
        raise JobTimeout(
            f"Job {job.name!r} has no result after {timeout} s (it is {job.status}). It goes on: wait again, or stop "
            "it with job.cancel()."
        )


def follow(job: Job[Any], since: int) -> Iterator[Event]:
    """Yield the events after `since` until the job has ended."""
    news = threading.Event()
    unsubscribe = job.subscribe(lambda _: news.set(), since=job.events.last_seq)
    try:
        while True:
            news.clear()
            ended = job.done()  # before reading: what comes after the end is not waited for
            for event in job.events.since(since):
                since = event.seq
                yield event
            if ended:
                return
            if not job.done():
                block(job, news, None)
    finally:
        unsubscribe()


async def afollow(job: Job[Any], since: int) -> AsyncIterator[Event]:
    """`follow` on the running event loop."""
    loop = asyncio.get_running_loop()
    news = asyncio.Event()
    unsubscribe = job.subscribe(lambda _: _on_loop(loop, news.set), since=job.events.last_seq)
    try:
        while True:
            news.clear()
            ended = job.done()
            for event in job.events.since(since):
                since = event.seq
                yield event
            if ended:
                return
            if not job.done():
                async with _slot_lent_async(job):
                    await news.wait()
    finally:
        unsubscribe()


async def wait_async(job: Job[Any]) -> None:
    """Wait for the end of the job on the running event loop."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def end(_: object) -> None:
        _on_loop(loop, ended.set)

    job.add_done_callback(end)
    try:
        async with _slot_lent_async(job):
            await ended.wait()
    finally:
        job.remove_done_callback(end)


def _on_loop(loop: asyncio.AbstractEventLoop, function: Any) -> None:
    # The loop of a waiter that is gone may be closed: nobody is left to tell.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function)


def block(job: Job[Any], ready: threading.Event, timeout: float | None) -> None:
    """Block until `ready` is set; inside a job with its slot given away. `job` is what the wait is about."""
    if on_background_loop():
        raise JobError(
            f"Waiting for job {job.name!r} here would block the loop that runs every async job. In an async function "
            "write `await job`, or `async for event in job.afollow()`."
        )
    caller = current_job()
    execution = caller._execution if caller is not None else None
    if caller is None or execution is None or execution.ident != threading.get_ident():
        ready.wait(timeout)
        return
    with execution.shield():
        chain = _chain(caller)
        for each in chain:
            each._on_cancel(ready.set)
        try:
            lent = caller._owner.lend_slot(caller, execution)
            try:
                ready.wait(timeout)
            finally:
                if lent:
                    granted = threading.Event()
                    regain(caller, granted, caller._owner.ask_slot(execution, granted.set))
        finally:
            for each in chain:
                each._off_cancel(ready.set)
    caller.check()


def regain(job: Job[Any], granted: threading.Event, parked: Parked) -> None:
    """Wait for the slot that `parked` queues for; a cancelled job goes on without it."""
    chain = _chain(job)
    for each in chain:
        each._on_cancel(granted.set)
    try:
        granted.wait()
        job._owner.withdraw(parked)
    finally:
        for each in chain:
            each._off_cancel(granted.set)


def _chain(job: Job[Any]) -> list[Job[Any]]:
    chain = [job]
    while (host := chain[-1]._host) is not None:
        chain.append(host)
    return chain


@contextlib.asynccontextmanager
async def _slot_lent_async(target: Job[Any]) -> AsyncIterator[None]:
    """Lend the slot of the async job that awaits, unless `target` is running in that very slot."""
    caller = current_job()
    execution = caller._execution if caller is not None else None
    if caller is None or execution is None or not on_background_loop() or target._host is caller:
        yield
        return
    lent = caller._owner.lend_slot(caller, execution)
    try:
        yield
    finally:
        if lent:
            loop = asyncio.get_running_loop()
            granted = asyncio.Event()
            parked = caller._owner.ask_slot(execution, lambda: _on_loop(loop, granted.set))
            try:
                await granted.wait()
            finally:
                caller._owner.withdraw(parked)
