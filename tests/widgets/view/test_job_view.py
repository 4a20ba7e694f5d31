"""The view of a Job that stands alone, and what people see of jobs and errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ipywidgets
import pytest

from jupyter_spaces.errors import CallError, InputError, ModelTooLarge
from jupyter_spaces.jobs import Event, Job, JobStatus, Printed, ProgressState, QueueState, current_job, light_pool
from jupyter_spaces.widgets.view.glance import LOG_CHARACTERS, LOG_LINES, Glance
from jupyter_spaces.widgets.view.job_view import JobView, build_job_view, job_snapshot
from jupyter_spaces.widgets.view.trouble import trouble
from tests.widgets.view.front_end import FrontEnd, until


def submit(function: Callable[..., Any], **options: Any) -> Job[Any]:
    """A job on the light pool."""
    return light_pool().submit(function, **options)


def test_a_job_is_shown_from_its_start_to_its_result(front_end: FrontEnd) -> None:
    """Opened late, the view has all that was printed."""
    printed, release = threading.Event(), threading.Event()

    def work() -> dict[str, float]:
        print("epoch 1")
        printed.set()
        release.wait(10)
        return {"loss": 0.5}

    job = submit(work, name="train my-dog")
    printed.wait(10)
    view = JobView(job)
    until(lambda: "epoch 1" in front_end.state(view.root)["log"])
    assert front_end.state(view.root)["title"] == "train my-dog"
    assert front_end.state(view.root)["can_run"] is False
    release.set()
    until(lambda: front_end.state(view.root)["job"]["status"] == "done")
    assert "0.5" in front_end.state(view.root)["result"]
    view.close()


def test_its_stop_button_cancels_the_job(front_end: FrontEnd) -> None:
    """Within one step of a job that checks."""

    def work() -> None:
        job = current_job()
        assert job is not None
        while True:
            job.check()
            time.sleep(0.005)

    job = submit(work)
    view = JobView(job)
    front_end.send(view.root, do="stop")
    until(lambda: front_end.state(view.root)["job"]["status"] == "cancelled")
    view.close()


def test_a_failed_job_says_why(front_end: FrontEnd) -> None:
    """And its static form too."""

    def work() -> None:
        raise ValueError("the photos are missing")

    job = submit(work, name="train")
    view = JobView(job)
    until(lambda: front_end.state(view.root)["error"].get("message") == "ValueError: the photos are missing")
    assert "ValueError: the photos are missing" in job_snapshot(job)["text/plain"]
    view.close()


def test_closing_the_widget_frees_it_and_leaves_the_job_alone(front_end: FrontEnd) -> None:
    """A view is not the job."""
    before = set(ipywidgets.widgets.widget._instances)
    release = threading.Event()
    job = submit(lambda: release.wait(10))
    build_job_view(job).close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert front_end.open == {}
    release.set()
    assert job.result(timeout=10) is True


def test_results_are_shown_as_html_that_is_safe(front_end: FrontEnd) -> None:
    """A job may return whatever it likes."""
    job = submit(lambda: "<img src=x onerror=alert(1)>")
    view = JobView(job)
    shown = until(lambda: front_end.state(view.root)["result"])
    assert "<img" not in shown
    view.close()


def events(*data: tuple[str, Any]) -> list[Event]:
    """A log."""
    return [Event(seq, 0.0, kind, each) for seq, (kind, each) in enumerate(data, 1)]


def test_a_glance_is_the_same_replayed_or_followed() -> None:
    """It depends on the events and on nothing else."""
    log = events(
        ("status", JobStatus.WAITING),
        ("queue", QueueState(3, 12.0)),
        ("status", JobStatus.RUNNING),
        ("progress", ProgressState(0.5, "half", 4.0, 10, 20)),
        ("print", Printed("stdout", "a\nb")),
        ("print", Printed("stdout", "c\n")),
        ("whatever", object()),
    )
    glance = Glance()
    for event in log[:2]:
        glance.take(event)
    assert (glance.position, glance.eta) == (3, 12.0)
    for event in log[2:]:
        glance.take(event)
    assert glance.position is None
    assert (glance.fraction, glance.text, glance.step, glance.total, glance.eta) == (0.5, "half", 10, 20, 4.0)
    assert glance.log_text() == "a\nbc\n"


def test_a_glance_is_bounded_and_knows_carriage_returns() -> None:
    """A job that prints for hours does not fill the page."""
    glance = Glance()
    for event in events(*[("print", Printed("stdout", f"line {n} {'x' * 300}\n")) for n in range(2000)]):
        glance.take(event)
    assert len(glance.log) == LOG_LINES
    assert len(glance.log_text()) <= LOG_CHARACTERS
    bar = Glance()
    for event in events(*[("print", Printed("stderr", f"\r{n}%")) for n in range(100)]):
        bar.take(event)
    assert bar.log_text() == "99%"


@pytest.mark.parametrize(
    ("error", "message", "parameter", "has_traceback"),
    [
        (InputError("Too large.", parameter="n"), "Too large.", "n", False),
        (ModelTooLarge("Does not fit: use dtype='float16'."), "Does not fit: use dtype='float16'.", None, False),
        (KeyError("x"), "KeyError: 'x'", None, True),
        (RuntimeError(), "RuntimeError", None, True),
    ],
)
def test_people_see_a_sentence(error: Exception, message: str, parameter: str | None, has_traceback: bool) -> None:
    """A traceback where it helps, and none where the sentence says it all."""
    told = trouble(error)
    assert (told["message"], told["parameter"]) == (message, parameter)
    assert bool(told["traceback"]) is has_traceback


def test_what_the_user_raised_is_what_is_shown() -> None:
    """The wrapper names endpoint and inputs, which the view shows anyway."""
    error = CallError("paint", "prompt='x'", "ValueError: no paint")
    error.__cause__ = ValueError("no paint")
    assert trouble(error)["message"] == "ValueError: no paint"
