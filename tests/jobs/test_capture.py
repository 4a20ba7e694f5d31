"""Prints and warnings of a job: in its log, and still where they would have gone."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
import warnings

import pytest

from jupyter_spaces.jobs import DeviceQueue, Job, LightPool, Printed


def _printed(job: Job[object]) -> list[Printed]:
    return [event.data for event in job.events.since() if event.kind == "print"]


def test_prints_are_recorded_by_line_and_passed_on(queue: DeviceQueue, capsys: pytest.CaptureFixture[str]):
    def work() -> None:
        print("one", "two")
        print("three")
        print("four")
        print("oh dear", file=sys.stderr)
        print("no end", end="")

    job = queue.submit(work)
    job.result(10)
    assert _printed(job) == [
        Printed("stdout", "one two\n"),
        Printed("stdout", "three\n"),
        Printed("stdout", "four\n"),
        Printed("stderr", "oh dear\n"),
        Printed("stdout", "no end"),
    ]
    assert capsys.readouterr() == ("one two\nthree\nfour\nno end", "oh dear\n")


def test_a_flush_shows_a_line_that_has_not_ended(queue: DeviceQueue):
    job = queue.submit(lambda: [print(".", end="", flush=True) for _ in range(3)])
    job.result(10)
    assert _printed(job) == [Printed("stdout", ".")] * 3


def test_a_flood_in_one_print_is_cut_in_the_log_but_not_in_the_cell(queue: DeviceQueue, capsys):
    job = queue.submit(print, "x" * 50_000)
    job.result(10)
    text = "".join(printed.text for printed in _printed(job))
    assert len(text) < 21_000
    assert "(30000 more characters)" in text or "(30001 more characters)" in text
    assert len(capsys.readouterr().out) == 50_001


def test_what_others_print_meanwhile_is_not_recorded(queue: DeviceQueue, capsys):
    inside, outside = threading.Event(), threading.Event()

    def work() -> None:
        print("from the job")
        inside.set()
        outside.wait(10)

    job = queue.submit(work)
    inside.wait(10)
    print("from the cell")
    outside.set()
    job.result(10)
    assert _printed(job) == [Printed("stdout", "from the job\n")]
    assert capsys.readouterr().out == "from the job\nfrom the cell\n"


def test_coroutines_that_run_side_by_side_keep_their_prints_apart(pool: LightPool, capsys):
    async def work(name: str) -> None:
        for _ in range(3):
            print(name)
            await asyncio.sleep(0.001)

    jobs = [pool.submit(work, name) for name in "ab"]
    for job, name in zip(jobs, "ab", strict=True):
        job.result(10)
        assert _printed(job) == [Printed("stdout", f"{name}\n")] * 3


def test_the_streams_are_given_back_when_no_job_runs(queue: DeviceQueue, until):
    before = sys.stdout, sys.stderr, warnings.showwarning
    queue.submit(print, "hello").result(10)
    until(lambda: (sys.stdout, sys.stderr, warnings.showwarning) == before)


def test_a_redirection_in_the_job_is_respected(queue: DeviceQueue, capsys):
    def work() -> str:
        with contextlib.redirect_stdout(io.StringIO()) as text:
            print("for the job itself")
        return text.getvalue()

    job = queue.submit(work)
    assert job.result(10) == "for the job itself\n"
    assert _printed(job) == []


def test_a_redirection_around_the_submit_leaves_nothing_behind(queue: DeviceQueue):
    hold, text = threading.Event(), io.StringIO()

    def work() -> None:
        print("in")
        hold.wait(10)

    with contextlib.redirect_stdout(text):
        job = queue.submit(work)
        while "in" not in text.getvalue():
            pass
    print_goes_to = sys.stdout
    hold.set()
    job.result(10)
    assert print_goes_to is not text
    assert _printed(job) == [Printed("stdout", "in\n")]


def test_the_wrapped_stream_is_the_stream_in_everything_else(queue: DeviceQueue):
    def work() -> tuple[str, bool]:
        sys.stdout.writelines(["a\n", "b\n"])
        return sys.stdout.encoding, sys.stdout.isatty()

    job = queue.submit(work)
    assert job.result(10) == (sys.stdout.encoding, sys.stdout.isatty())
    assert len(_printed(job)) == 2


def test_warnings_are_recorded_once_and_still_shown(queue: DeviceQueue, capsys):
    def work() -> None:
        warnings.warn("this model is old", UserWarning, stacklevel=1)

    with pytest.warns(UserWarning, match="this model is old") as shown:
        (job := queue.submit(work)).result(10)
    assert len(shown) == 1
    assert [event.data for event in job.events.since() if event.kind == "warning"] == ["UserWarning: this model is old"]
    assert _printed(job) == []


def test_a_late_print_of_a_thread_that_outlives_its_job_goes_to_the_cell_only(queue: DeviceQueue, capsys):
    import contextvars

    ended = threading.Event()
    threads: list[threading.Thread] = []

    def late() -> None:
        ended.wait(10)
        print("late")

    def work() -> None:
        threads.append(threading.Thread(target=contextvars.copy_context().run, args=(late,)))
        threads[0].start()

    job = queue.submit(work)
    job.result(10)
    ended.set()
    threads[0].join()
    assert _printed(job) == []
    assert capsys.readouterr().out == "late\n"
