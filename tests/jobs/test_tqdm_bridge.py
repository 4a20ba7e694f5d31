"""tqdm bars inside a job report to the job; outside they are what they were."""

from __future__ import annotations

import asyncio
import io
import threading
import time

import pytest
import tqdm.auto
import tqdm.notebook
import tqdm.std
from tqdm.asyncio import tqdm_asyncio

from jupyter_spaces.errors import JobCancelled
from jupyter_spaces.jobs import DeviceQueue, Job, ProgressState


def _states(job: Job[object]) -> list[ProgressState]:
    return [event.data for event in job.events.since() if event.kind == "progress"]


KINDS = [tqdm.std.tqdm, tqdm.auto.tqdm, tqdm.notebook.tqdm_notebook, tqdm_asyncio]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_bar_reports_to_the_job_and_draws_nothing(queue: DeviceQueue, kind, capsys):
    def work() -> list[int]:
        bar = kind(range(4), desc="denoising")
        assert isinstance(bar, kind)
        return list(bar)

    job = queue.submit(work)
    assert job.result(10) == [0, 1, 2, 3]
    assert _states(job)[0] == ProgressState(0.0, "denoising", None, 0, 4)
    last = _states(job)[-1]
    assert (last.fraction, last.text, last.step, last.total) == (1.0, "denoising", 4, 4)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_the_ways_of_using_a_bar_all_work(queue: DeviceQueue, kind):
    def work() -> int:
        with kind(total=10) as bar:  # as diffusers does
            for _ in range(10):
                bar.update()
            bar.set_description("decoding")
            bar.set_postfix(loss=0.5)
            bar.refresh()
            bar.clear()
            bar.reset(total=5)
            bar.update(5)
        return int(bar.n)

    job = queue.submit(work)
    assert job.result(10) == 5
    assert _states(job)[-1].fraction == 1.0
    assert _states(job)[-1].text == "decoding"


def test_an_async_bar_reports_too(queue: DeviceQueue):
    async def work() -> list[int]:
        seen = [n async for n in tqdm.auto.tqdm(range(3))]
        seen += await tqdm.auto.tqdm.gather(*(asyncio.sleep(0, n) for n in range(2)))
        return seen

    job = queue.submit(work)
    assert job.result(10) == [0, 1, 2, 0, 1]


def test_a_bar_inside_a_bar_moves_the_outer_one_along(queue: DeviceQueue):
    def work() -> None:
        for _ in tqdm.auto.tqdm(range(2), desc="images"):
            for _ in tqdm.auto.tqdm(range(5), desc="steps", mininterval=0):
                pass

    job = queue.submit(work)
    job.result(10)
    fractions = [state.fraction for state in _states(job)]
    assert fractions == sorted(fractions)
    assert 0.1 in fractions  # one of ten steps
    assert fractions[-1] == 1.0


def test_bars_that_nobody_closes_do_not_confuse_those_that_follow(queue: DeviceQueue):
    """As transformers does while diffusers counts the parts of a pipeline."""

    def work() -> None:
        for _ in tqdm.auto.tqdm(range(3), desc="parts"):
            weights = tqdm.auto.tqdm(total=2, desc="weights", mininterval=0)
            weights.update(2)
        for _ in tqdm.auto.tqdm(range(2), desc="steps", mininterval=0):
            pass

    job = queue.submit(work)
    job.result(10)
    states = _states(job)
    assert {(state.text, state.total) for state in states} == {("parts", 3), ("weights", 3), ("steps", 2)}
    loading = [state.fraction for state in states if state.text != "steps"]
    assert loading == sorted(loading)


def test_a_disabled_bar_stays_silent(queue: DeviceQueue):
    job = queue.submit(lambda: list(tqdm.auto.tqdm(range(3), disable=True)))
    assert job.result(10) == [0, 1, 2]
    assert _states(job) == []


def test_a_bar_without_a_total_reports_its_step(queue: DeviceQueue):
    job = queue.submit(lambda: list(tqdm.auto.tqdm(iter("abc"), desc="reading")))
    job.result(10)
    last = _states(job)[-1]
    assert (last.fraction, last.text, last.step, last.total) == (None, "reading", 3, None)


def test_arguments_of_a_subclass_do_not_stop_its_bar(queue: DeviceQueue):
    """huggingface_hub's bars take a `name` that tqdm itself does not know."""

    class NamedBar(tqdm.auto.tqdm):
        def __init__(self, *args, **kwargs):
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs)

    job = queue.submit(lambda: list(NamedBar(range(2), name="huggingface_hub.download")))
    assert job.result(10) == [0, 1]
    assert _states(job)[-1].fraction == 1.0


def test_each_step_of_a_bar_is_a_place_where_a_cancelled_job_stops(queue: DeviceQueue):
    began = threading.Event()

    def work() -> None:
        for _ in tqdm.auto.tqdm(range(10_000)):
            began.set()
            time.sleep(0.002)

    job = queue.submit(work)
    began.wait(10)
    job.cancel()
    with pytest.raises(JobCancelled):
        job.result(0.9)


def test_outside_a_job_a_bar_draws_as_before(queue: DeviceQueue):
    queue.submit(int).result(10)  # the bridge is there by now
    out = io.StringIO()
    assert list(tqdm.std.tqdm(range(2), file=out)) == [0, 1]
    assert "100%" in out.getvalue()
    assert not [t for t in threading.enumerate() if "JobBar" in t.name]


def test_bars_of_jobs_start_no_monitor_thread_and_leave_no_bar_behind(queue: DeviceQueue):
    from jupyter_spaces.jobs import tqdm_bridge

    monitor = tqdm.std.tqdm.monitor
    before = len(tqdm.std.tqdm._instances)
    queue.submit(lambda: tqdm.auto.tqdm(total=5)).result(10)  # never closed
    assert len(tqdm.std.tqdm._instances) == before
    assert tqdm.std.tqdm.monitor is monitor
    assert tqdm_bridge._bars == {}
