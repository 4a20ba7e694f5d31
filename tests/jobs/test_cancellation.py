"""Stopping: waiting jobs at once, running ones within a step, and those that do not listen by force."""

from __future__ import annotations

import asyncio
import random
import threading
import time

import pytest

from jupyter_spaces.errors import JobAbandoned, JobCancelled
from jupyter_spaces.jobs import DeviceQueue, Event, JobStatus, LightPool, Patience, current_job


def _steps() -> None:
    job = current_job()
    assert job is not None
    while True:
        time.sleep(0.002)
        job.check()


def test_a_waiting_job_ends_at_once_and_never_runs(queue: DeviceQueue, until):
    hold, ran = threading.Event(), threading.Event()
    gate = queue.submit(hold.wait, 10)
    waiting = queue.submit(ran.set)
    assert waiting.cancel("changed my mind") is True
    assert waiting.status is JobStatus.CANCELLED
    with pytest.raises(JobCancelled, match=r"Job 'set' was cancelled: changed my mind"):
        waiting.result(0)
    assert queue.stats().waiting == 0
    hold.set()
    gate.result(10)
    assert not ran.is_set()


def test_a_running_job_stops_at_its_next_check(queue: DeviceQueue, until):
    job = queue.submit(_steps)
    until(lambda: job.status is JobStatus.RUNNING)
    assert job.cancel("enough") is True
    assert job.cancel_requested
    began = time.monotonic()
    with pytest.raises(JobCancelled, match="enough"):
        job.result(10)
    assert time.monotonic() - began < 0.9, "it stopped by itself, before anybody had to force it"
    kinds = [event.kind for event in job.events.since() if event.kind != "queue"]
    assert kinds == ["status", "status", "cancel", "status"]
    assert queue.submit(int).result(10) == 0


def test_a_finished_job_cannot_be_cancelled(queue: DeviceQueue):
    job = queue.submit(int)
    job.result(10)
    assert job.cancel() is False
    assert job.status is JobStatus.DONE


def test_a_result_that_comes_in_spite_of_the_request_is_not_thrown_away(queue: DeviceQueue, until):
    hold = threading.Event()
    job = queue.submit(hold.wait, 10)
    until(lambda: job.status is JobStatus.RUNNING)
    job.cancel()
    hold.set()
    assert job.result(10) is True


def test_a_job_that_never_checks_gets_an_exception_raised_in_its_thread(queue: DeviceQueue, until):
    cleaned_up = threading.Event()

    def deaf() -> None:
        try:
            while True:
                pass
        finally:
            cleaned_up.set()

    job = queue.submit(deaf)
    until(lambda: job.status is JobStatus.RUNNING)
    job.cancel("enough")
    with pytest.raises(JobCancelled, match="Job 'deaf' was cancelled: enough"):
        job.result(10)
    assert cleaned_up.is_set()
    assert queue.stats().abandoned == 0
    assert queue.submit(int).result(10) == 0


def test_the_exception_comes_again_when_it_is_swallowed_once(queue: DeviceQueue, until):
    def stubborn() -> str:
        swallowed = 0
        while swallowed < 2:
            try:
                while True:
                    pass
            except JobCancelled:
                swallowed += 1
        return f"swallowed {swallowed}"

    job = queue.submit(stubborn)
    until(lambda: job.status is JobStatus.RUNNING)
    job.cancel()
    assert job.result(10) == "swallowed 2"


def test_the_exception_never_hits_a_listener_or_the_log(queue: DeviceQueue, until):
    """A deaf job spends nearly all its time in our own code: there the exception must wait until it is out again."""
    heard: list[Event] = []

    def chatty() -> None:
        job = current_job()
        assert job is not None
        while True:
            job.emit("note", "x" * 10)
            print("still here", end="")

    jobs = []
    for _ in range(4):
        job = queue.submit(chatty)
        job.subscribe(heard.append)
        until(lambda job=job: len(job.events) > 10)
        job.cancel()
        jobs.append(job)
        with pytest.raises(JobCancelled):
            job.result(10)
    assert not [event for event in heard if event.kind == "listener_error"]
    assert sum(event.data is JobStatus.CANCELLED for event in heard) == 4
    assert queue.stats().cancelled == 4


def test_a_job_stuck_in_a_native_call_is_abandoned_counted_and_its_worker_replaced(queue: DeviceQueue, until):
    stuck = threading.Event()

    job = queue.submit(stuck.wait, 30)
    neighbour = queue.submit(lambda: "not lost")
    until(lambda: job.status is JobStatus.RUNNING)
    job.cancel()
    with pytest.raises(JobAbandoned, match=r"Job 'wait' did not stop within 2\.5 s.*replaced.*job\.check\(\)"):
        job.result(10)
    assert job.status is JobStatus.CANCELLED
    assert neighbour.result(10) == "not lost"
    assert (queue.stats().abandoned, queue.stats().abandoned_alive) == (1, 1)
    # When the native call returns after all, its thread ends without a trace.
    stuck.set()
    until(lambda: queue.stats().abandoned_alive == 0)
    assert queue.submit(int).result(10) == 0
    assert (queue.stats().running, queue.stats().done) == (0, 2)


def test_a_job_that_waits_inside_for_an_abandoned_one_is_not_left_behind(queue: DeviceQueue, until):
    stuck = threading.Event()

    def outer() -> None:
        queue.submit(stuck.wait, 30)

    job = queue.submit(outer)
    until(lambda: job.status is JobStatus.RUNNING)
    time.sleep(0.05)
    job.cancel()
    assert isinstance(job.exception(10), JobAbandoned)
    stuck.set()
    assert queue.submit(int).result(10) == 0


def test_cancelling_a_job_stops_what_runs_inline_in_it(queue: DeviceQueue, until):
    inner_began = threading.Event()

    def inner() -> None:
        inner_began.set()
        _steps()

    def outer() -> None:
        queue.submit(inner).result()

    job = queue.submit(outer)
    inner_began.wait(10)
    job.cancel("both")
    with pytest.raises(JobCancelled):
        job.result(10)


def test_cancelling_a_job_that_waits_for_another_wakes_it(queue: DeviceQueue, pool: LightPool, until):
    hold = threading.Event()
    other = pool.submit(hold.wait, 10)
    job = queue.submit(other.result)
    until(lambda: job.status is JobStatus.RUNNING)
    job.cancel()
    with pytest.raises(JobCancelled):
        job.result(0.9)
    hold.set()
    assert other.result(10) is True, "the other job was not touched"


def test_a_job_cancelled_while_it_stands_aside_stops_at_once(queue: DeviceQueue, until):
    hold, yielding = threading.Event(), threading.Event()

    def training() -> None:
        job = current_job()
        assert job is not None
        yielding.wait(10)
        job.yield_device()

    long = queue.submit(training)
    short = queue.submit(hold.wait, 10)
    yielding.set()
    until(lambda: short.status is JobStatus.RUNNING)
    long.cancel()
    with pytest.raises(JobCancelled):
        long.result(0.9)
    assert short.status is JobStatus.RUNNING
    hold.set()
    assert short.result(10) is True
    assert (queue.stats().running, queue.stats().parked) == (0, 0)


@pytest.mark.parametrize("where", ["queue", "pool"])
def test_a_coroutine_sees_its_cancellation_where_it_awaits(where: str, request: pytest.FixtureRequest, until):
    owner: DeviceQueue | LightPool = request.getfixturevalue(where)
    seen: list[str] = []

    async def chat() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            seen.append("told")
            raise

    job = owner.submit(chat)
    until(lambda: job.status is JobStatus.RUNNING)
    time.sleep(0.02)
    job.cancel("enough")
    with pytest.raises(JobCancelled, match="Job 'chat' was cancelled: enough"):
        job.result(0.9)
    assert seen == ["told"]


@pytest.mark.parametrize("where", ["queue", "pool"])
def test_a_coroutine_that_blocks_the_loop_is_interrupted(where: str, request: pytest.FixtureRequest, until):
    owner: DeviceQueue | LightPool = request.getfixturevalue(where)
    began = threading.Event()

    async def blocking() -> None:
        began.set()
        while True:
            pass

    async def innocent() -> str:
        await asyncio.sleep(0.01)
        return "not lost"

    job = owner.submit(blocking)
    began.wait(10)
    neighbour = LightPool("other").submit(innocent)
    job.cancel()
    with pytest.raises(JobCancelled):
        job.result(10)
    assert neighbour.result(10) == "not lost"


@pytest.mark.parametrize("where", ["queue", "pool"])
def test_a_loop_stuck_in_a_native_call_is_replaced(where: str, request: pytest.FixtureRequest, until):
    owner: DeviceQueue | LightPool = request.getfixturevalue(where)
    stuck, began = threading.Event(), threading.Event()

    async def blocking() -> None:
        began.set()
        stuck.wait(30)

    async def answer() -> int:
        return 42

    job = owner.submit(blocking)
    began.wait(10)
    behind = LightPool("other").submit(answer)
    job.cancel()
    assert isinstance(job.exception(10), JobAbandoned)
    assert owner.stats().abandoned == 1
    assert owner.submit(answer).result(10) == 42, "new coroutines have a fresh loop"
    stuck.set()
    assert behind.result(10) == 42, "those on the old one go on when it comes back"


def test_done_callbacks_hear_of_a_cancelled_waiting_job(queue: DeviceQueue):
    hold = threading.Event()
    queue.submit(hold.wait, 10)
    waiting = queue.submit(int)
    heard: list[JobStatus] = []
    waiting.add_done_callback(lambda job: heard.append(job.status))
    waiting.cancel()
    hold.set()
    assert heard == [JobStatus.CANCELLED]


def test_exceptions_fired_at_random_moments_break_nothing():
    """Deaf jobs that spend their time inside this package, interrupted every millisecond at whatever they are doing."""
    queue = DeviceQueue("under fire", patience=Patience(interrupt=0.0, again=0.001, abandon=60))
    variety = random.Random(0)

    def busy() -> None:
        job = current_job()
        assert job is not None
        while True:
            job.emit("note", 1)
            print("x", end="")
            job.set_progress(0.5)
            inner = queue.submit(lambda: [n**2 for n in range(20)])
            inner.add_done_callback(lambda job: None)
            inner.exception()

    def swallowing() -> int:
        for attempt in range(1000):
            try:
                busy()
            except JobCancelled:
                if attempt == 3:
                    return attempt
        return -1

    heard: list[Event] = []
    jobs = []
    for n in range(200):
        job = queue.submit(busy if n % 3 else swallowing)
        job.subscribe(heard.append)
        other = queue.submit(int)
        deadline = time.monotonic() + 20
        while len(job.events) < variety.randint(3, 40) and time.monotonic() < deadline:
            time.sleep(0)
        job.cancel()
        job.exception(30)
        assert other.result(30) == 0
        jobs.append(job)
    assert {job.status for job in jobs} <= {JobStatus.CANCELLED, JobStatus.DONE}
    assert not [event for event in heard if event.kind == "listener_error"]
    assert sum(event.kind == "status" and event.data.final for event in heard) == 200
    stats = queue.stats()
    assert (stats.running, stats.waiting, stats.parked, stats.abandoned) == (0, 0, 0, 0)
    assert stats.failed == 0
    queue.close()
