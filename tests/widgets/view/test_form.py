"""The form of an endpoint, as a front end sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest

from jupyter_spaces.errors import InputError
from jupyter_spaces.jobs import Progress
from jupyter_spaces.space import Space
from jupyter_spaces.space.components import Slider
from jupyter_spaces.widgets.view.space_view import SpaceView
from tests.widgets.view.front_end import FrontEnd, until

Views = Callable[..., SpaceView]


def shout(text: str, times: Annotated[int, Slider(1, 5)] = 1) -> str:
    """Say it louder."""
    return text.upper() * times


def test_run_shows_the_result_and_says_done(front_end: FrontEnd, view_of: Views) -> None:
    """Type, press Run, see what came out."""
    form = view_of(Space.from_function(shout)).forms["shout"]
    front_end.type(form.fields["text"], "ho")
    front_end.type(form.fields["times"], "3")
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "done")
    assert form.results[0].value == "HOHOHO"
    assert front_end.state(form.results[0])["_shown"]["data"] == "HOHOHO"


def test_each_run_says_done_even_where_two_took_the_same_time(
    front_end: FrontEnd, view_of: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trait that is set to what it was says nothing, and whoever waits for the second run waits for ever."""
    monkeypatch.setattr(time, "time", lambda: 1.7e9)  # so that both take 0 s; of two quick calls one in 200 is equal
    form = view_of(Space.from_function(shout)).forms["shout"]
    front_end.type(form.fields["text"], "ho")
    for runs in (1, 2, 3):
        front_end.send(form.strip, do="run")
        until(lambda: [job["status"] for job in front_end.updates_of(form.strip, "job")].count("done") == runs)  # noqa: B023


def test_the_result_is_on_the_page_before_the_strip_says_done(front_end: FrontEnd, view_of: Views) -> None:
    """Who waits for "done" and then looks must find the result."""
    form = view_of(Space.from_function(shout)).forms["shout"]
    front_end.type(form.fields["text"], "ho")
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "done")
    order = [(model, state) for model, state, _ in front_end.updates]
    result = next(
        i for i, (model, state) in enumerate(order) if model == form.results[0].model_id and "_shown" in state
    )
    done = next(i for i, (_, state) in enumerate(order) if state.get("job", {}).get("status") == "done")
    assert result < done


def test_a_missing_value_is_told_at_its_field(front_end: FrontEnd, view_of: Views) -> None:
    """Not in a box at the bottom, and no job is started."""

    def needs(number: int) -> int:
        return number

    form = view_of(Space.from_function(needs)).forms["needs"]
    front_end.send(form.strip, do="run")
    until(lambda: "A value is needed" in front_end.state(form.fields["number"])["error"])
    assert front_end.state(form.strip)["error"]["parameter"] == "number"
    assert front_end.state(form.strip)["error"]["message"] == ""
    # filling it in takes the sentence away, and the next run works
    front_end.type(form.fields["number"], "4")
    assert front_end.state(form.fields["number"])["error"] == ""
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "done")


def test_an_input_error_of_the_function_is_told_at_the_field(front_end: FrontEnd, view_of: Views) -> None:
    """A function may refuse a value by name; the same values may be tried again."""

    def picky(text: str) -> str:
        raise InputError("No text pleases me.", parameter="text")

    form = view_of(Space.from_function(picky)).forms["picky"]
    front_end.type(form.fields["text"], "hello")
    for _ in range(2):
        front_end.send(form.strip, do="run")
        until(lambda: front_end.state(form.strip)["job"]["status"] == "failed")
        assert front_end.state(form.fields["text"])["error"] == "No text pleases me."


def test_an_exception_is_told_with_its_traceback_folded(front_end: FrontEnd, view_of: Views) -> None:
    """One sentence to read, the user's own frames behind it, ours left out."""

    def breaks(text: str) -> str:
        return str(1 / 0)

    form = view_of(Space.from_function(breaks)).forms["breaks"]
    front_end.type(form.fields["text"], "x")
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "failed")
    error = front_end.state(form.strip)["error"]
    assert error["message"] == "ZeroDivisionError: division by zero"
    assert "return str(1 / 0)" in error["traceback"]
    assert "jupyter_spaces/space" not in error["traceback"]
    # the next run that goes well takes the error away
    front_end.send(form.strip, do="run")
    until(lambda: front_end.updates_of(form.strip, "error")[-1:] == [error])


def test_stop_ends_a_running_job(front_end: FrontEnd, view_of: Views) -> None:
    """And the strip says so."""

    def endless(progress: Progress) -> Iterator[int]:
        n = 0
        while True:
            n += 1
            time.sleep(0.01)
            yield n

    form = view_of(Space.from_function(endless)).forms["endless"]
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "running")
    until(lambda: form.results[0].value)
    front_end.send(form.strip, do="stop")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "cancelled")
    assert front_end.state(form.strip)["error"] == {}


def test_a_stream_is_shown_at_most_ten_times_a_second_and_its_end_at_once(front_end: FrontEnd, view_of: Views) -> None:
    """Three hundred partial values must not become three hundred messages."""

    def count() -> Iterator[int]:
        for n in range(300):
            time.sleep(0.0005)
            yield n

    form = view_of(Space.from_function(count)).forms["count"]
    started = time.monotonic()
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "done", timeout=20)
    seconds = time.monotonic() - started
    shown = front_end.updates_of(form.results[0], "_shown")
    assert form.results[0].value == 299
    assert 2 <= len(shown) <= 10 * seconds + 3


def test_progress_reaches_the_strip(front_end: FrontEnd, view_of: Views) -> None:
    """Fraction, step and words."""
    go_on = threading.Event()

    def slow(progress: Progress) -> str:
        progress(3, total=12, text="denoising")
        go_on.wait(5)
        return "done"

    form = view_of(Space.from_function(slow)).forms["slow"]
    front_end.send(form.strip, do="run")
    job = until(lambda: front_end.state(form.strip)["job"].get("total") and front_end.state(form.strip)["job"])
    assert (job["step"], job["total"], job["text"], job["fraction"]) == (3, 12, "denoising", 0.25)
    go_on.set()


def test_prints_are_shown_in_the_view(front_end: FrontEnd, view_of: Views) -> None:
    """A print in a worker is not lost."""

    def chatty() -> str:
        print("loading")
        return "ok"

    form = view_of(Space.from_function(chatty)).forms["chatty"]
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "done")
    assert front_end.state(form.strip)["log"] == "loading\n"


def test_live_runs_on_every_change_and_the_last_value_wins(front_end: FrontEnd, view_of: Views) -> None:
    """Dragging a slider does not queue a job per pixel."""
    calls: list[int] = []

    def square(n: Annotated[int, Slider(0, 100)] = 0) -> int:
        calls.append(n)
        time.sleep(0.02)
        return n * n

    form = view_of(Space.from_function(square, live=True)).forms["square"]
    for n in range(1, 31):
        front_end.type(form.fields["n"], str(n))
    until(lambda: form.results[0].value == 900)
    assert len(calls) < 15


def test_an_example_fills_the_form(front_end: FrontEnd, view_of: Views) -> None:
    """What it does not mention goes back to its default."""
    space = Space.from_function(shout, examples=[{"text": "hey"}, {"text": "you", "times": 4}])
    form = view_of(space).forms["shout"]
    table = front_end.state(form.panel)["examples"]
    assert table["columns"] == ["Text", "Times"]
    assert [cell["text"] for cell in table["rows"][1]] == ["you", "4"]
    front_end.send(form.panel, do="example", index=1)
    until(lambda: form.values() == {"text": "you", "times": 4})
    front_end.send(form.panel, do="example", index=0)
    until(lambda: form.values() == {"text": "hey", "times": 1})


def test_a_cached_example_shows_its_result_and_runs_once(front_end: FrontEnd, view_of: Views) -> None:
    """The second click costs nothing."""
    calls: list[str] = []

    def slow(text: str) -> str:
        calls.append(text)
        return text.title()

    form = view_of(Space.from_function(slow, examples=[{"text": "a b"}], cache_examples=True)).forms["slow"]
    for _ in range(2):
        front_end.send(form.panel, do="example", index=0)
        until(lambda: form.results[0].value == "A B")
        form.results[0].value = None
    assert calls == ["a b"]


def test_the_python_call_follows_the_form_once_somebody_looks(front_end: FrontEnd, view_of: Views) -> None:
    """Closed, it costs nothing; open, it says what the form says."""
    form = view_of(Space.from_function(shout)).forms["shout"]
    front_end.type(form.fields["text"], "ho")
    assert front_end.state(form.panel)["call"] == ""
    front_end.send(form.panel, do="api")
    until(lambda: front_end.state(form.panel)["call"] == 'spaces["shout"].call(text="ho")')
    assert '"hash"' in front_end.state(form.panel)["schema"]
    front_end.type(form.fields["times"], "2")
    until(lambda: "times=2" in front_end.state(form.panel)["call"])


def test_flagging_appends_the_call_and_its_result(front_end: FrontEnd, view_of: Views, tmp_path: Any) -> None:
    """The button is there when the Space flags."""
    space = Space.from_function(shout, flagging=tmp_path / "flags.jsonl")
    form = view_of(space).forms["shout"]
    assert front_end.state(form.panel)["flagging"] is True
    front_end.type(form.fields["text"], "ho")
    front_end.send(form.strip, do="run")
    until(lambda: front_end.state(form.strip)["job"]["status"] == "done")
    front_end.send(form.panel, do="flag")
    until(lambda: "flags.jsonl" in front_end.state(form.panel)["flagged"])
    assert '"HO"' in (tmp_path / "flags.jsonl").read_text()


@pytest.mark.parametrize(
    "content", [None, {}, {"do": "example"}, {"do": "example", "index": 99}, {"do": ["run"]}, "run"]
)
def test_nonsense_from_a_page_is_ignored(front_end: FrontEnd, view_of: Views, content: Any) -> None:
    """What arrives over a comm is not trusted."""
    form = view_of(Space.from_function(shout)).forms["shout"]
    form.strip.comm.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
    assert front_end.state(form.strip)["job"] == {"status": ""}
