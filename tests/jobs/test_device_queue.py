"""The one queue in front of a device: turns, places, slots, contexts."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from jupyter_spaces.errors import JobCancelled, JobError, QueueFull
from jupyter_spaces.jobs import (
    DeviceQueue,
    Job,
    JobStatus,
    LightPool,
    QueueState,
    assign_device,
    current_job,
    device_of,
    device_queue,
    light_pool,
    register_job_context,
)


class Gate:
    """A job that holds the device until it is let go."""

    def __init__(self, queue: DeviceQueue, until: Callable[[Callable[[], object]], None], **options: object) -> None:
        self._open = threading.Event()
        self.job: Job[bool] = queue.submit(self._open.wait, 30, name="gate", **options)  # type: ignore[arg-type]
        until(lambda: self.job.status is JobStatus.RUNNING)

    def open(self) -> None:
        self._open.set()
        self.job.result(10)


def test_one_job_at_a_time_runs_on_a_device(queue: DeviceQueue):
    running: list[int] = []
    most: list[int] = []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.001)
        running.pop()

    for job in [queue.submit(work) for _ in range(30)]:
        job.result(10)
    assert max(most) == 1


def test_a_heavy_session_does_not_starve_another(queue: DeviceQueue, until):
    gate = Gate(queue, until)
    order: list[str] = []
    heavy = [queue.submit(order.append, "heavy", session="heavy") for _ in range(50)]
    light = queue.submit(order.append, "light", session="light")
    gate.open()
    light.result(10)
    for job in heavy:
        job.result(10)
    assert order.index("light") <= 1


def test_a_higher_priority_goes_first(queue: DeviceQueue, until):
    gate = Gate(queue, until)
    order: list[str] = []
    jobs = [queue.submit(order.append, name, priority=p) for name, p in [("low", -1), ("normal", 0), ("high", 1)]]
    gate.open()
    for job in jobs:
        job.result(10)
    assert order == ["high", "normal", "low"]


def test_a_full_queue_refuses_with_a_sentence_and_recovers(until):
    queue = DeviceQueue("small", capacity=2)
    gate = Gate(queue, until)
    waiting = [queue.submit(int) for _ in range(2)]
    with pytest.raises(QueueFull, match=r"queue of small is full: 2 jobs wait.*Try again when.*job\.cancel\(\)"):
        queue.submit(int)
    assert queue.stats().refused == 1
    waiting[0].cancel()  # makes room at once
    replacement = queue.submit(int)
    gate.open()
    assert replacement.result(10) == 0
    queue.close()


def test_position_and_eta_are_visible_while_waiting(queue: DeviceQueue, until):
    for _ in range(3):
        queue.submit(time.sleep, 0.05, name="paint").result(10)  # from these the queue learns how long one takes
    gate = Gate(queue, until)
    jobs = [queue.submit(time.sleep, 0.05, name="paint") for _ in range(3)]
    assert [job.position for job in jobs] == [1, 2, 3]
    assert gate.job.position is None
    assert [job.eta for job in jobs] == [None] * 3  # nobody knows how long the gate takes
    until(lambda: all(job.events.last("queue") for job in jobs))
    event = jobs[2].events.last("queue")
    assert event is not None
    assert event.data == QueueState(3, None)
    jobs[0].cancel()
    assert [job.position for job in jobs] == [None, 1, 2]
    until(lambda: (last := jobs[2].events.last("queue")) is not None and last.data.position == 2)
    gate.open()
    for job in jobs[1:]:
        job.result(10)


def test_the_eta_adds_up_what_is_ahead(queue: DeviceQueue, until):
    release = threading.Event()
    queue.submit(time.sleep, 0.2, name="paint").result(10)
    running = queue.submit(release.wait, 30, name="paint")
    until(lambda: running.status is JobStatus.RUNNING)
    first, second = queue.submit(time.sleep, 0, name="paint"), queue.submit(time.sleep, 0, name="paint")
    assert first.eta is not None
    assert second.eta is not None
    assert first.eta <= 0.25
    assert second.eta - first.eta == pytest.approx(0.2, abs=0.1)
    release.set()
    second.result(10)


def test_a_submit_from_inside_a_job_runs_inline_in_its_slot(queue: DeviceQueue):
    def outer() -> tuple[int, bool, bool]:
        me, thread = current_job(), threading.get_ident()
        inner = queue.submit(lambda: (current_job(), threading.get_ident()))
        job, inner_thread = inner.result()
        return inner_thread == thread, job is inner, current_job() is me  # type: ignore[return-value]

    assert queue.submit(outer).result(10) == (True, True, True)


def test_inline_jobs_nest_deeply_without_a_deadlock(queue: DeviceQueue):
    def count(n: int) -> int:
        return 0 if n == 0 else 1 + queue.submit(count, n - 1).result()

    assert queue.submit(count, 30).result(20) == 30


def test_an_inline_job_that_fails_leaves_its_parent_alone(queue: DeviceQueue):
    def outer() -> str:
        inner = queue.submit(lambda: 1 / 0)
        return type(inner.exception()).__name__

    assert queue.submit(outer).result(10) == "ZeroDivisionError"


def test_a_thread_that_a_job_started_shares_its_slot(queue: DeviceQueue):
    def outer() -> int:
        results: list[int] = []
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: results.append(context.run(queue.submit, int, "7").result(5)))  # type: ignore[arg-type]
        thread.start()
        thread.join()
        return results[0]

    assert queue.submit(outer).result(10) == 7


def test_a_job_may_wait_for_one_behind_it_because_waiting_lends_the_device(queue: DeviceQueue, until):
    started = threading.Event()
    others: list[Job[str]] = []

    def first() -> str:
        started.set()
        until(lambda: others)
        return "first, " + others[0].result(10)

    job = queue.submit(first)
    started.wait(10)
    others.append(queue.submit(lambda: "second"))
    assert job.result(10) == "first, second"
    assert queue.stats().running == 0


def test_queues_that_wait_for_each_other_do_not_lock_up(queue: DeviceQueue):
    other = DeviceQueue("other")
    both = threading.Barrier(2)

    def here() -> int:
        both.wait(10)
        return other.submit(int, "1").result(10)

    def there() -> int:
        both.wait(10)
        return queue.submit(int, "2").result(10)

    jobs = [queue.submit(here), other.submit(there)]
    assert [job.result(10) for job in jobs] == [1, 2]
    other.close()


def test_a_long_job_lets_short_ones_run_between_its_steps(queue: DeviceQueue, until):
    order: list[object] = []
    go = threading.Event()

    def training() -> None:
        job = current_job()
        assert job is not None
        for step in range(6):
            order.append(step)
            if step == 2:
                go.wait(10)
            job.yield_device()

    long = queue.submit(training)
    until(lambda: 2 in order)
    short = [queue.submit(order.append, name) for name in "ab"]
    go.set()
    long.result(10)
    for job in short:
        job.result(10)
    assert order == [0, 1, 2, "a", "b", 3, 4, 5]


def test_a_yielding_job_is_not_starved_by_a_steady_stream(queue: DeviceQueue):
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            queue.submit(time.sleep, 0.001).result(10)

    def training() -> int:
        job = current_job()
        assert job is not None
        for _ in range(20):
            job.yield_device()
        return 20

    callers = [threading.Thread(target=keep_busy) for _ in range(3)]
    for thread in callers:
        thread.start()
    assert queue.submit(training).result(10) == 20
    stop.set()
    for thread in callers:
        thread.join()


def test_two_yielding_jobs_take_turns(queue: DeviceQueue):
    order: list[str] = []
    both = threading.Event()

    def training(name: str) -> None:
        job = current_job()
        assert job is not None
        both.wait(10)
        for _ in range(4):
            order.append(name)
            job.yield_device()

    jobs = [queue.submit(training, "a"), queue.submit(training, "b")]
    both.set()
    for job in jobs:
        job.result(10)
    assert "".join(order) in {"abababab", "aabababb", "ababab ab".replace(" ", "")}


def test_jobs_of_lower_priority_do_not_interrupt_a_yielding_one(queue: DeviceQueue, until):
    order: list[object] = []
    go = threading.Event()

    def training() -> None:
        job = current_job()
        assert job is not None
        order.append("training")
        go.wait(10)
        job.yield_device()
        order.append("training")

    long = queue.submit(training)
    until(lambda: order)
    short = queue.submit(order.append, "later", priority=-1)
    go.set()
    long.result(10)
    short.result(10)
    assert order == ["training", "training", "later"]


def test_a_job_sees_the_context_of_its_submitter_and_changes_nothing_in_it(queue: DeviceQueue):
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nobody")

    def work() -> str:
        seen = variable.get()
        variable.set("the job")
        return seen

    variable.set("the caller")
    first, second = queue.submit(work), queue.submit(work)
    variable.set("later")
    assert [first.result(10), second.result(10)] == ["the caller", "the caller"]
    assert variable.get() == "later"


def test_registered_contexts_surround_each_function_on_its_thread(queue: DeviceQueue):
    seen: list[tuple[str, str | None, int]] = []

    @contextmanager
    def around(job: Job[object]) -> Iterator[None]:
        seen.append(("enter", job.device, threading.get_ident()))
        yield
        seen.append(("exit", job.device, threading.get_ident()))

    unregister = register_job_context(around)
    ident = queue.submit(threading.get_ident).result(10)
    unregister()
    queue.submit(int).result(10)
    assert seen == [("enter", "test", ident), ("exit", "test", ident)]


def test_async_functions_run_on_a_loop_of_our_own_in_the_devices_slot(queue: DeviceQueue):
    async def answer() -> tuple[str, int]:
        return threading.current_thread().name, queue.stats().running

    assert queue.submit(answer).result(10) == ("jupyter-spaces-loop", 1)


def test_an_async_job_submits_to_its_own_device_without_a_deadlock(queue: DeviceQueue):
    async def inner(n: int) -> int:
        return n + 1

    async def outer() -> list[int]:
        sync, coroutine = queue.submit(int, "1"), queue.submit(inner, 1)
        return [await sync, await coroutine]

    assert queue.submit(outer).result(10) == [1, 2]


def test_an_async_job_may_await_one_behind_it(queue: DeviceQueue, until):
    others: list[Job[str]] = []
    started = threading.Event()

    async def first() -> str:
        started.set()
        until(lambda: others)
        return "first, " + await others[0]

    job = queue.submit(first)
    started.wait(10)
    others.append(queue.submit(lambda: "second"))
    assert job.result(10) == "first, second"


def test_blocking_in_an_async_job_is_refused_with_the_word_to_write(queue: DeviceQueue):
    async def blocking() -> object:
        return queue.submit(time.sleep, 0.01).result()

    with pytest.raises(JobError, match=r"would block the loop.*write `await job`"):
        queue.submit(blocking).result(10)


def test_a_closed_queue_cancels_what_it_has_and_takes_no_more(until):
    queue = DeviceQueue("closing")
    gate = Gate(queue, until)
    waiting = queue.submit(int)
    queue.close()
    assert waiting.status is JobStatus.CANCELLED
    with pytest.raises(JobCancelled, match="the queue of closing was closed"):
        waiting.result(10)
    with pytest.raises(JobError, match="queue of closing is closed"):
        queue.submit(int)
    gate.open()
    until(lambda: queue.stats().workers == 0)


def test_each_device_has_one_queue_and_cuda_means_the_first_card():
    assert device_queue("cpu") is device_queue("CPU")
    assert device_queue("cuda") is device_queue("cuda:0")
    assert device_queue("cuda:1") is not device_queue("cuda:0")
    assert device_queue("cpu").device == "cpu"


def test_a_device_is_found_by_identity_and_forgotten_with_the_object():
    class Pipeline:
        __hash__ = None  # type: ignore[assignment]

    pipe = Pipeline()
    assert device_of(pipe) is None
    assign_device(pipe, "cuda")
    assert device_of(pipe) == "cuda:0"
    assert device_of(Pipeline()) is None
    del pipe
    assert device_of(Pipeline()) is None


def test_assigning_a_device_to_a_plain_value_is_refused():
    with pytest.raises(Exception, match="was given a int, which cannot be referred to weakly"):
        assign_device(3, "cpu")


def test_light_jobs_run_beside_each_other_and_not_behind_the_device(pool: LightPool):
    both = threading.Barrier(2)
    jobs = [pool.submit(both.wait, 10) for _ in range(2)]
    assert sorted(job.result(10) for job in jobs) == [0, 1]
    assert light_pool() is light_pool()
    assert light_pool().submit(int).device is None


def test_a_pool_full_of_jobs_that_wait_for_each_other_still_moves(pool: LightPool):
    def outer(n: int) -> int:
        return pool.submit(int, str(n)).result(10)

    assert [job.result(10) for job in [pool.submit(outer, n) for n in range(10)]] == list(range(10))


def test_light_coroutines_run_side_by_side(pool: LightPool):
    import asyncio

    arrived: list[int] = []

    async def meet(n: int) -> int:
        arrived.append(n)
        while len(arrived) < 50:
            await asyncio.sleep(0.001)
        return n

    jobs = [pool.submit(meet, n) for n in range(50)]
    assert [job.result(10) for job in jobs] == list(range(50))
    assert pool.stats().running == 0


def test_a_coroutine_called_wrongly_fails_its_job_and_nothing_else(pool: LightPool):
    async def answer() -> int:
        return 42

    with pytest.raises(TypeError, match="positional argument"):
        pool.submit(answer, "too", "many").result(10)
    assert pool.submit(answer).result(10) == 42


def test_jobs_inherit_the_session_of_the_job_that_submits_them(queue: DeviceQueue, pool: LightPool):
    job = queue.submit(lambda: pool.submit(int).session, session="visitor")
    assert job.result(10) == "visitor"
