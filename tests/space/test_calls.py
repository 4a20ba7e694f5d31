"""Calling an endpoint without any view: results, streams, errors, cancellation, batches."""

import asyncio
import pickle
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest
from PIL import Image

from jupyter_spaces import Job, Progress, Session, Space, current_job
from jupyter_spaces.errors import CallError, InputError, JobCancelled, NameNotFoundError, ResultError
from jupyter_spaces.jobs import JobStatus, assign_device
from jupyter_spaces.space import current_session


def make(*functions, **options):
    return Space.from_namespace("test", functions, register=False, **options)


def add(a: int, b: int = 2) -> int:
    return a + b


def test_a_call_returns_the_python_value() -> None:
    space = make(add)
    assert space.call(a=1) == 3
    assert space.call("add", a=1, b=5) == 6
    job = space.submit("add", {"a": 1})
    assert isinstance(job, Job)
    assert (job.result(10), job.name) == (3, "add")
    assert space.submit(values={"a": 4}).result(10) == 6


def test_the_function_stays_an_ordinary_function() -> None:
    space = Space("test", register=False)

    @space.endpoint
    def double(x: int) -> int:
        return 2 * x

    @space.endpoint(name="twice", title="Twice!", live=True)
    def other(x: int) -> int:
        return 2 * x

    assert double(2) == other(2) == 4
    assert list(space.endpoints) == ["double", "twice"]
    assert space["twice"].title == "Twice!"
    assert space["twice"].live


def test_which_endpoint_is_meant() -> None:
    space = make(add)

    def subtract(a: int) -> int:
        return -a

    space.endpoint(subtract)
    with pytest.raises(
        NameNotFoundError, match=r"several endpoints, so say which: spaces\['test'\].call\('add', ...\)"
    ):
        space.call(a=1)
    with pytest.raises(NameNotFoundError, match=r"has no endpoint 'ad'\. Did you mean 'add'"):
        space.call("ad", a=1)
    with pytest.raises(NameNotFoundError, match=r"no endpoints yet\. Write @space\.endpoint above a function"):
        Space("empty", register=False).call(a=1)


def test_parameters_may_be_called_name_and_self() -> None:
    def greet(name: str, self: str = "me", values: str = "v") -> str:
        return f"{self}: hello {name} {values}"

    assert make(greet).call(name="Ada", self="you") == "you: hello Ada v"


def test_values_that_do_not_fit_are_refused_before_anything_runs() -> None:
    ran = []

    def f(x: int) -> int:
        ran.append(x)
        return x

    with pytest.raises(InputError, match=r"f\(\), x: .*whole number"):
        make(f).submit(values={"x": "a"})
    assert ran == []


def test_a_function_that_raises() -> None:
    def divide(a: float, b: float) -> float:
        return a / b

    with pytest.raises(
        CallError, match=r"^divide\(a=1\.0, b=0\.0\) failed: ZeroDivisionError: float division by zero$"
    ) as caught:
        make(divide).call(a=1, b=0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.endpoint == "divide"
    assert pickle.loads(pickle.dumps(caught.value)).inputs == "a=1.0, b=0.0"


def test_a_result_of_the_wrong_type() -> None:
    def picture() -> Image.Image:
        return "not a picture"  # type: ignore[return-value]

    with pytest.raises(ResultError, match=r"picture\(\) returned a value that Image cannot show \(str\)"):
        make(picture).call()


def test_several_results_come_back_as_the_function_gave_them() -> None:
    class Pair(NamedTuple):
        name: str
        count: int

    def both() -> Pair:
        return Pair("a", 1)

    result = make(both).call()
    assert isinstance(result, Pair)


def test_a_generator_streams_and_its_last_value_is_the_result() -> None:
    def tell(words: int) -> Iterator[str]:
        text = ""
        for word in range(words):
            text += f"{word} "
            yield text

    job = make(tell).submit(values={"words": 3})
    partials = [event.data for event in job.follow() if event.kind == "partial"]
    assert partials[-1] == job.result(10) == "0 1 2 "


def test_a_generator_whose_values_are_wrong_or_missing() -> None:
    closed = []

    def wrong() -> Iterator[int]:
        try:
            yield 1
            yield "two"  # type: ignore[misc]
        finally:
            closed.append(True)

    def empty() -> Iterator[int]:
        yield from ()

    def breaks() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    space = make(wrong, empty, breaks)
    with pytest.raises(ResultError, match=r"wrong\(\) returned a value that Number cannot show"):
        space.call("wrong")
    assert closed == [True]
    with pytest.raises(ResultError, match=r"empty\(\) ended without yielding anything. Yield at least one value"):
        space.call("empty")
    with pytest.raises(CallError, match=r"breaks\(\) failed: ValueError: broken"):
        space.call("breaks")


def test_a_generator_that_never_ends_can_be_stopped() -> None:
    closed = threading.Event()

    def forever() -> Iterator[int]:
        number = 0
        try:
            while True:
                yield number
                number += 1
                time.sleep(0.001)
        finally:
            closed.set()

    job = make(forever).submit()
    while job.events.last("partial") is None:
        time.sleep(0.001)
    started = time.perf_counter()
    job.cancel("enough")
    with pytest.raises(JobCancelled):
        job.result(10)
    assert time.perf_counter() - started < 1
    assert closed.is_set()
    assert job.status is JobStatus.CANCELLED


def test_a_job_that_somebody_else_stopped_is_an_ordinary_failure():
    def forever() -> Iterator[int]:
        while True:
            yield 1
            time.sleep(0.001)

    def outer() -> int:
        job = space.submit("forever")
        job.cancel()
        return job.result()

    def impatient() -> int:
        job = space.submit("forever")
        try:
            return job.result(timeout=0.01)
        finally:
            job.cancel()

    space = make(forever, outer, impatient)
    with pytest.raises(CallError, match=r"outer\(\) failed: JobCancelled"):
        space.call("outer")
    with pytest.raises(CallError, match=r"impatient\(\) failed: JobTimeout"):
        space.call("impatient")


def test_async_endpoints_run_beside_each_other() -> None:
    arrived = []

    async def meet(name: str) -> str:
        arrived.append(name)
        while len(arrived) < 2:
            await asyncio.sleep(0.001)
        return f"{name} met"

    space = make(meet)
    jobs = [space.submit(values={"name": name}) for name in "ab"]
    assert [job.result(10) for job in jobs] == ["a met", "b met"]


def test_async_generators_stream_and_stop() -> None:
    closed = threading.Event()

    async def tell(count: int) -> AsyncIterator[int]:
        try:
            for number in range(count):
                yield number
                await asyncio.sleep(0.001)
        finally:
            closed.set()

    space = make(tell)
    assert space.call(count=3) == 2
    closed.clear()
    job = space.submit(values={"count": 10**9})
    while job.events.last("partial") is None:
        time.sleep(0.001)
    job.cancel()
    with pytest.raises(JobCancelled):
        job.result(10)
    assert closed.wait(5)


def test_an_async_function_that_raises() -> None:
    async def fail() -> str:
        raise RuntimeError("no")

    with pytest.raises(CallError, match=r"fail\(\) failed: RuntimeError: no"):
        make(fail).call()


def test_awaiting_a_call() -> None:
    async def main():
        return await make(add).submit(values={"a": 1})

    assert asyncio.run(main()) == 3


def test_a_call_in_the_main_thread_of_a_running_loop_blocks_and_returns():
    # The main thread of a kernel runs cells inside of its event loop.
    async def double(x: int) -> int:
        await asyncio.sleep(0.001)
        return 2 * x

    space = make(add, double)

    async def cell():
        return space.call("add", a=1) + space.call("double", x=2)

    assert asyncio.run(cell()) == 7


def test_what_is_injected() -> None:
    def inspect_call(x: int, progress: Progress, session: Session, job: Job) -> str:
        progress(0.5, "half")
        session.state["x"] = x
        assert current_session() is session
        assert job is current_job()
        return session.id

    space = make(inspect_call)
    assert current_session() is None
    assert space.call(x=1) == "notebook"
    visitor = space.sessions.open()
    job = space.submit(values={"x": 2}, session=visitor)
    assert job.result(10) == visitor.id
    assert job.progress.fraction == 0.5
    assert job.session == visitor.id
    assert (space.session().state, visitor.state) == ({"x": 1}, {"x": 2})


def test_a_call_from_inside_a_job_runs_and_keeps_the_session() -> None:
    def inner(x: int, session: Session) -> str:
        return f"{session.id} {x}"

    def outer(x: int) -> str:
        return space.call("inner", x=x + 1)

    space = make(inner, outer)
    visitor = space.sessions.open("v")
    assert space.submit("outer", {"x": 1}, session=visitor).result(10) == "v 2"


class FakeModel:
    """Stands where a pipeline stands: an object that the models room registered with its device."""


def test_a_call_on_the_same_device_runs_inline_and_never_waits_for_itself() -> None:
    model = FakeModel()
    assign_device(model, "test:0")

    def inner(x: int) -> int:
        assert model
        return threading.get_ident()

    def outer(x: int) -> int:
        assert model
        return int(space.call("inner", x=x) == threading.get_ident())

    space = make(inner, outer)
    assert space["outer"].device() == "test:0"
    assert space.submit("outer", {"x": 1}).result(10) == 1


def test_stopping_a_call_stops_what_it_runs_inline():
    model, inside = FakeModel(), threading.Event()
    assign_device(model, "test:0")

    def inner() -> Iterator[int]:
        assert model
        while True:
            inside.set()
            yield 1
            time.sleep(0.001)

    def outer() -> int:
        assert model
        return space.call("inner")

    space = make(inner, outer)
    job = space.submit("outer")
    assert inside.wait(10)
    job.cancel("enough")
    with pytest.raises(JobCancelled):
        job.result(10)
    assert job.status is JobStatus.CANCELLED


def test_light_calls_that_call_each_other_never_run_out_of_threads() -> None:
    def deep(n: int) -> int:
        return 0 if n == 0 else 1 + space.call(n=n - 1)

    space = make(deep)
    assert [job.result(20) for job in [space.submit(values={"n": 12}) for _ in range(4)]] == [12] * 4


def test_an_async_call_inside_of_an_async_endpoint_says_to_await() -> None:
    async def inner() -> int:
        return 1

    async def wrong() -> int:
        return space.call("inner")

    async def right() -> int:
        return await space.submit("inner")

    space = make(inner, wrong, right)
    assert space.call("right") == 1
    with pytest.raises(CallError, match=r"write `await space.submit\('inner', \{...\}\)` there"):
        space.call("wrong")


def test_batches_serve_several_callers_in_one_call() -> None:
    sizes = []
    gate = threading.Event()

    def square(x: list[int]) -> list[int]:
        sizes.append(len(x))
        gate.wait(10)
        return [ValueError("thirteen") if each == 13 else "wrong" if each == 14 else each * each for each in x]

    space = Space("test", register=False)
    space.endpoint(batch=True, max_batch_size=4)(square)
    first = space.submit(values={"x": 0})
    while not sizes:
        time.sleep(0.001)
    jobs = [space.submit(values={"x": x}) for x in (1, 13, 14, 2)]
    gate.set()
    assert (first.result(10), jobs[0].result(10), jobs[3].result(10)) == (0, 1, 4)
    with pytest.raises(CallError, match=r"square\(x=13\) failed: ValueError: thirteen"):
        jobs[1].result(10)
    with pytest.raises(ResultError, match=r"square\(\) returned a value that Number cannot show"):
        jobs[2].result(10)
    assert sizes == [1, 4]


def test_a_batch_that_fails_or_loses_items_tells_every_caller() -> None:
    space = Space("test", register=False)

    @space.endpoint(batch=True)
    def fail(x: list[int]) -> list[int]:
        raise RuntimeError("no")

    @space.endpoint(batch=True)
    def lose(x: list[int]) -> list[int]:
        return []

    with pytest.raises(CallError, match=r"fail\(x=1\) failed: RuntimeError: no"):
        space.call("fail", x=1)
    with pytest.raises(ResultError, match=r"lose\(\) got a batch of 1 and returned 0 results"):
        space.call("lose", x=1)


def test_an_interrupted_call_cancels_its_job() -> None:
    started = threading.Event()

    def forever(job: Job) -> Iterator[int]:
        jobs.append(job)
        started.set()
        while True:
            yield 1
            time.sleep(0.001)

    jobs: list[Job] = []
    space = make(forever)

    def interrupt():
        started.wait(10)
        time.sleep(0.2)  # until the main thread waits; a signal just before that is only seen after it
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        space.call()
    with pytest.raises(JobCancelled, match="interrupted"):
        jobs[0].result(10)
