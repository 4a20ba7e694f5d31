"""A job as everybody sees it: status, log, outcome."""

from __future__ import annotations

import asyncio
import gc
import re
import threading
import time
import weakref

import pytest

from jupyter_spaces.errors import JobTimeout
from jupyter_spaces.jobs import DeviceQueue, Event, Job, JobStatus, current_job


def test_a_job_goes_from_waiting_to_done_and_says_when(queue: DeviceQueue):
    job = queue.submit(lambda a, b: a + b, 1, b=2, name="add")
    assert job.result(10) == 3
    assert (job.name, job.status, job.done()) == ("add", JobStatus.DONE, True)
    assert job.exception() is None
    assert job.started is not None
    assert job.ended is not None
    assert job.created <= job.started <= job.ended
    assert [event.data for event in job.events.since() if event.kind == "status"] == ["waiting", "running", "done"]


def test_ids_are_long_random_and_fit_into_a_url(queue: DeviceQueue):
    ids = {queue.submit(int).id for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16,}", id_) for id_ in ids)


def test_an_exception_is_raised_by_result_with_the_traceback_of_the_function_alone(queue: DeviceQueue):
    def broken() -> None:
        raise ValueError("no such colour")

    job = queue.submit(broken)
    for _ in range(3):
        with pytest.raises(ValueError, match="no such colour"):
            job.result(10)
    assert job.status is JobStatus.FAILED
    error = job.exception()
    assert error is not None
    assert job._traceback is not None
    assert job._traceback.tb_frame.f_code.co_name == "broken"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_whatever_a_job_raises_is_its_outcome_and_the_worker_lives(queue: DeviceQueue, kind: type[BaseException]):
    def leave() -> None:
        raise kind

    assert isinstance(queue.submit(leave).exception(10), kind)
    assert queue.submit(lambda: "next").result(10) == "next"


def test_a_timeout_says_that_the_job_goes_on(queue: DeviceQueue):
    release = threading.Event()
    job = queue.submit(release.wait, name="slow")
    with pytest.raises(JobTimeout, match=r"Job 'slow' has no result after 0\.01 s .* It goes on"):
        job.result(0.01)
    release.set()
    assert job.result(10) is True


def test_a_job_can_be_awaited_on_any_event_loop_and_by_many(queue: DeviceQueue):
    async def many(job: Job[int]) -> list[int]:
        return list(await asyncio.gather(*(asyncio.ensure_future(_wait(job)) for _ in range(5))))

    async def _wait(job: Job[int]) -> int:
        return await job

    release = threading.Event()

    def work() -> int:
        release.wait(10)
        return 42

    job = queue.submit(work)
    threading.Timer(0.05, release.set).start()
    assert asyncio.run(many(job)) == [42] * 5
    assert asyncio.run(many(job)) == [42] * 5  # another loop, after the end


def test_await_raises_what_the_job_raised(queue: DeviceQueue):
    async def wait() -> object:
        return await queue.submit(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(wait())


def test_giving_up_an_await_does_not_stop_the_job(queue: DeviceQueue):
    release = threading.Event()
    job = queue.submit(release.wait, 10)

    async def impatient() -> None:
        async def wait() -> object:
            return await job

        await asyncio.wait_for(wait(), 0.02)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    release.set()
    assert job.result(10) is True


def test_following_a_job_ends_with_the_job(queue: DeviceQueue):
    def work() -> None:
        job = current_job()
        assert job is not None
        for n in range(5):
            job.emit("partial", n, series="partial")
            time.sleep(0.002)

    job = queue.submit(work)
    events = list(job.follow())
    assert [event.data for event in events if event.kind == "partial"] == [0, 1, 2, 3, 4]
    assert events[-1].data is JobStatus.DONE
    assert list(job.follow(since=events[-2].seq)) == events[-1:]
    assert list(job.follow(since=events[-1].seq)) == []


def test_following_works_on_an_event_loop_too(queue: DeviceQueue):
    def work() -> None:
        job = current_job()
        assert job is not None
        for n in range(5):
            job.emit("partial", n, series="partial")
            time.sleep(0.002)

    async def follow() -> list[Event]:
        return [event async for event in queue.submit(work).afollow()]

    events = asyncio.run(follow())
    assert [event.data for event in events if event.kind == "partial"] == [0, 1, 2, 3, 4]
    assert events[-1].data is JobStatus.DONE


def test_a_view_opened_late_sees_the_job_from_its_start(queue: DeviceQueue):
    def work() -> None:
        job = current_job()
        assert job is not None
        job.emit("note", "first")

    job = queue.submit(work)
    job.result(10)
    heard: list[object] = []
    job.subscribe(lambda event: heard.append(event.data))
    assert [h for h in heard if h == "first" or isinstance(h, JobStatus)] == ["waiting", "running", "first", "done"]


def test_whoever_hears_of_the_end_finds_the_result_there(queue: DeviceQueue):
    seen: list[object] = []
    hold = threading.Event()

    def work() -> str:
        hold.wait(10)
        return "picture"

    job = queue.submit(work)
    job.subscribe(lambda event: seen.append(job.result(0)) if event.data is JobStatus.DONE else None)
    job.add_done_callback(lambda job: seen.append(job.result(0)))
    hold.set()
    job.result(10)
    assert seen == ["picture", "picture"]


def test_a_done_callback_that_fails_hurts_nobody(queue: DeviceQueue, until):
    hold = threading.Event()
    job = queue.submit(hold.wait, 10)
    called: list[str] = []

    def failing(job: Job[bool]) -> None:
        raise RuntimeError("the socket is closed")

    job.add_done_callback(failing)
    job.add_done_callback(lambda job: called.append("second"))
    hold.set()
    assert job.result(10) is True
    until(lambda: called)
    assert "the socket is closed" in job.events.since()[-1].data
    job.add_done_callback(lambda job: called.append("late"))
    assert called == ["second", "late"]


def test_a_finished_job_keeps_neither_its_function_nor_its_arguments(queue: DeviceQueue, until):
    class Picture:
        pass

    picture = Picture()
    gone = weakref.ref(picture)
    job = queue.submit(lambda given: None, picture)
    job.result(10)
    del picture
    until(lambda: gc.collect() is not None and gone() is None)


def test_a_job_that_ran_out_of_memory_lets_go_of_what_it_held(queue: DeviceQueue, until):
    class Activations:
        pass

    kept: list[weakref.ref[Activations]] = []

    def paint() -> None:
        activations = Activations()
        kept.append(weakref.ref(activations))
        raise MemoryError("CUDA out of memory")

    job = queue.submit(paint)
    assert isinstance(job.exception(10), MemoryError)
    until(lambda: gc.collect() is not None and kept[0]() is None)


def test_current_job_is_the_job_inside_and_none_outside(queue: DeviceQueue):
    assert current_job() is None
    job = queue.submit(current_job)
    assert job.result(10) is job
    assert current_job() is None


def test_repr_shows_name_status_and_id(queue: DeviceQueue):
    job = queue.submit(int, name="paint")
    job.result(10)
    assert repr(job) == f"<Job paint done {job.id}>"
