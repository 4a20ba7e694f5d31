"""How far a job is, and when it will be done."""

from __future__ import annotations

import pytest

from jupyter_spaces.errors import InputError, JobCancelled
from jupyter_spaces.jobs import DeviceQueue, Progress, ProgressState, current_job
from jupyter_spaces.jobs.progress import EtaClock


def test_the_eta_follows_from_the_pace_since_the_first_report():
    clock = EtaClock()
    assert clock.update(0.0, now=10.0) is None
    assert clock.update(0.25, now=12.0) == pytest.approx(6.0)
    assert clock.update(1.0, now=20.0) == 0.0


def test_the_eta_starts_anew_when_the_fraction_falls_back():
    clock = EtaClock()
    clock.update(0.0, now=0.0)
    clock.update(0.9, now=9.0)
    assert clock.update(0.0, now=10.0) is None  # a second bar
    assert clock.update(0.5, now=11.0) == pytest.approx(1.0)


def test_without_a_job_progress_does_nothing():
    progress = Progress()
    progress(0.5, "halfway")
    assert list(progress.tqdm("abc")) == ["a", "b", "c"]


def test_a_fraction_or_a_step_reaches_the_job(queue: DeviceQueue):
    def work(progress: Progress) -> None:
        progress(0.25, "a quarter")
        progress(2, "two of four", total=4)

    job = queue.submit(work, Progress())
    job.result(10)
    states = [event.data for event in job.events.since() if event.kind == "progress"]
    assert states[0] == ProgressState(0.25, "a quarter", None, None, None)
    assert (states[1].fraction, states[1].step, states[1].total) == (0.5, 2, 4)
    assert job.progress == states[1]


def test_walking_an_iterable_reports_its_last_step(queue: DeviceQueue):
    job = queue.submit(lambda: list(Progress().tqdm(range(500), desc="steps")))
    assert job.result(10) == list(range(500))
    assert job.progress is not None
    assert (job.progress.step, job.progress.total, job.progress.text) == (500, 500, "steps")


def test_reporting_progress_is_a_place_where_a_cancelled_job_stops(queue: DeviceQueue):
    def work() -> None:
        job = current_job()
        assert job is not None
        job.cancel()
        Progress()(0.5)

    with pytest.raises(JobCancelled, match="Job 'work' was cancelled"):
        queue.submit(work).result(10)


@pytest.mark.parametrize("value", [30, -1, float("nan")])
def test_a_number_that_is_no_fraction_asks_for_the_total(value: float):
    with pytest.raises(InputError, match="give a fraction between 0 and 1, or also the total"):
        Progress()(value)


def test_a_step_beyond_the_total_is_refused():
    with pytest.raises(InputError, match="the step must lie between 0 and the total"):
        Progress()(11, total=10)
