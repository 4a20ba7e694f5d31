"""Micro-batches: calls that wait run together, and nobody notices but the device."""

from __future__ import annotations

import contextvars
import threading
import time

import pytest

from jupyter_spaces.errors import JobCancelled, ResultError
from jupyter_spaces.jobs import DeviceQueue, JobStatus, Printed, current_job


class Doubler:
    """A batch function that notes down what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        return [2 * item for item in items]


@pytest.fixture
def busy(queue: DeviceQueue, until):
    """Hold the device until the test lets go."""
    let_go = threading.Event()
    job = queue.submit(let_go.wait, 10)
    until(lambda: job.status is JobStatus.RUNNING)
    return let_go


def test_calls_that_wait_run_together_with_their_results_in_order(queue: DeviceQueue, busy: threading.Event):
    double = Doubler()
    jobs = [queue.submit_batched(double, n, max_batch_size=4) for n in range(10)]
    busy.set()
    assert [job.result(10) for job in jobs] == [2 * n for n in range(10)]
    assert [len(batch) for batch in double.batches] == [4, 4, 2]
    assert queue.stats().batches == 3
    assert queue.stats().done == 11


def test_an_idle_device_waits_for_nobody(queue: DeviceQueue):
    double = Doubler()
    began = time.monotonic()
    assert queue.submit_batched(double, 1).result(10) == 2
    assert time.monotonic() - began < 0.5
    assert double.batches == [[1]]


def test_with_leave_to_wait_a_batch_gathers_for_a_while(queue: DeviceQueue):
    double = Doubler()
    began = time.monotonic()
    jobs = [queue.submit_batched(double, n, max_wait=0.1) for n in range(3)]
    assert [job.result(10) for job in jobs] == [0, 2, 4]
    assert double.batches == [[0, 1, 2]]
    assert time.monotonic() - began >= 0.09


def test_a_full_batch_does_not_wait_any_longer(queue: DeviceQueue):
    double = Doubler()
    began = time.monotonic()
    jobs = [queue.submit_batched(double, n, max_wait=30, max_batch_size=3) for n in range(3)]
    assert [job.result(10) for job in jobs] == [0, 2, 4]
    assert time.monotonic() - began < 10


def test_when_the_first_of_a_gathering_batch_leaves_the_others_still_run(queue: DeviceQueue):
    double = Doubler()
    jobs = [queue.submit_batched(double, n, max_wait=0.1) for n in range(3)]
    assert jobs[0].cancel()
    assert [job.result(10) for job in jobs[1:]] == [2, 4]
    assert double.batches == [[1, 2]]
    assert queue.stats().waiting == 0


def test_a_batch_mixes_sessions_but_not_keys(queue: DeviceQueue, busy: threading.Event):
    double, other = Doubler(), Doubler()
    jobs = [queue.submit_batched(double if n % 2 else other, n, session=str(n)) for n in range(6)]
    busy.set()
    assert [job.result(10) for job in jobs] == [0, 2, 4, 6, 8, 10]
    assert (double.batches, other.batches) == ([[1, 3, 5]], [[0, 2, 4]])


def test_an_exception_object_fails_its_own_item_only(queue: DeviceQueue, busy: threading.Event):
    def roots(items: list[float]) -> list[object]:
        return [item**0.5 if item >= 0 else ValueError(f"no root of {item}") for item in items]

    jobs = [queue.submit_batched(roots, n) for n in (4, -1, 9)]
    busy.set()
    assert (jobs[0].result(10), jobs[2].result(10)) == (2.0, 3.0)
    with pytest.raises(ValueError, match="no root of -1"):
        jobs[1].result(10)


def test_a_batch_function_that_raises_fails_the_bad_item_only(queue: DeviceQueue, busy: threading.Event):
    def inverses(items: list[int]) -> list[float]:
        return [1 / item for item in items]

    jobs = [queue.submit_batched(inverses, n) for n in (1, 0, 2)]
    busy.set()
    assert (jobs[0].result(10), jobs[2].result(10)) == (1.0, 0.5)
    assert isinstance(jobs[1].exception(10), ZeroDivisionError)


def test_an_async_batch_function_works_the_same(queue: DeviceQueue, busy: threading.Event):
    async def inverses(items: list[int]) -> list[float]:
        return [1 / item for item in items]

    jobs = [queue.submit_batched(inverses, n) for n in (1, 0, 2)]
    busy.set()
    assert (jobs[0].result(10), jobs[2].result(10)) == (1.0, 0.5)
    assert isinstance(jobs[1].exception(10), ZeroDivisionError)


@pytest.mark.parametrize(("returned", "told"), [([1], "returned 1 results"), (None, "returned a NoneType")])
def test_a_wrong_number_of_results_is_explained(queue: DeviceQueue, busy: threading.Event, returned, told: str):
    def wrong(items: list[int]) -> object:
        return returned

    jobs = [queue.submit_batched(wrong, n) for n in range(2)]
    busy.set()
    for job in jobs:
        with pytest.raises(ResultError, match=f"wrong was given a list of 2 items and {told}.*one result per item"):
            job.result(10)


def test_a_member_that_leaves_ends_at_once_and_the_others_get_their_results(queue: DeviceQueue, until):
    began, let_go = threading.Event(), threading.Event()

    def slow(items: list[int]) -> list[int]:
        began.set()
        let_go.wait(10)
        return items

    let_gate = threading.Event()
    queue.submit(let_gate.wait, 10)
    jobs = [queue.submit_batched(slow, n) for n in range(3)]
    let_gate.set()
    began.wait(10)
    assert jobs[1].cancel("no longer needed")
    with pytest.raises(JobCancelled, match="no longer needed"):
        jobs[1].result(0)
    let_go.set()
    assert (jobs[0].result(10), jobs[2].result(10)) == (0, 2)
    assert (queue.stats().cancelled, queue.stats().done) == (1, 3)


def test_a_batch_that_everybody_left_stops_at_its_next_check(queue: DeviceQueue):
    began, stopped = threading.Event(), threading.Event()

    def slow(items: list[int]) -> list[int]:
        job = current_job()
        assert job is not None
        began.set()
        try:
            while True:
                time.sleep(0.002)
                job.check()
        finally:
            stopped.set()

    job = queue.submit_batched(slow, 1)
    began.wait(10)
    job.cancel()
    assert stopped.wait(10)
    assert queue.submit(int).result(10) == 0


def test_what_a_batch_reports_and_prints_reaches_every_member(queue: DeviceQueue, busy: threading.Event, capsys):
    def chatty(items: list[int]) -> list[int]:
        job = current_job()
        assert job is not None
        job.set_progress(0.5, "halfway")
        print("hello")
        return items

    jobs = [queue.submit_batched(chatty, n) for n in range(2)]
    busy.set()
    for job in jobs:
        job.result(10)
        assert job.progress is not None
        assert job.progress.text == "halfway"
        assert [event.data for event in job.events.since() if event.kind == "print"] == [Printed("stdout", "hello\n")]
    assert capsys.readouterr().out == "hello\n"


def test_a_batch_runs_in_nobodys_context(queue: DeviceQueue):
    visitor: contextvars.ContextVar[str] = contextvars.ContextVar("visitor", default="nobody")
    visitor.set("alice")
    job = queue.submit_batched(lambda items: [visitor.get() for _ in items], 1)
    assert job.result(10) == "nobody"


def test_a_batched_call_from_inside_a_job_runs_inline(queue: DeviceQueue):
    double = Doubler()
    assert queue.submit(lambda: queue.submit_batched(double, 4).result()).result(10) == 8
    assert double.batches == [[4]]
