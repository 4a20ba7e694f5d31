"""The live view without a page: what it tells, what it does, and what it leaves alone."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest

from jupyter_spaces.train.history import StepRow
from jupyter_spaces.train.run import Run
from jupyter_spaces.widgets.training import RunView, build_run_view
from jupyter_spaces.widgets.training.dashboard import STEP_SERIES
from jupyter_spaces.widgets.training.wishes import WISHES, refusals
from tests.widgets.training.conftest import Views
from tests.widgets.training.runs import CLASS, SUBJECT, reopened, started, write_run
from tests.widgets.view.front_end import FrontEnd, until


def steps_of(view: RunView) -> np.ndarray[Any, Any]:
    """The curve as a page has it now."""
    return np.frombuffer(view.root.steps_base + view.root.steps_tail, "<f4").reshape(-1, 2 + 3 * len(STEP_SERIES))


def press(front_end: FrontEnd, view: RunView, **message: Any) -> dict[str, Any]:
    """Send a wish and return what became of it."""
    front_end.send(view.root, **message)
    assert view.flush()
    answer: dict[str, Any] = view.root.answer
    return answer


def test_a_reopened_run_is_shown_whole(old_run: Run, view_of: Views, front_end: FrontEnd) -> None:
    """Its whole history, samples, checkpoints and pictures, and no job."""
    view = view_of(old_run)
    assert view.root.live is False
    assert view.root.head["step"] == 300
    assert view.root.head["steps"] == 400
    assert view.root.head["elapsed"] == pytest.approx(30, rel=1e-3)
    assert view.root.head["speed"] == pytest.approx(10, rel=1e-3)
    assert steps_of(view)[:, 0].tolist() == list(range(1, 301))
    assert [each["step"] for each in view.root.checkpoints] == [100, 200, 300]
    assert view.root.checkpoints[2]["scores"] == {"fidelity": pytest.approx(0.7)}
    album = view.root.album
    assert (len(album["photos"]), len(album["classes"]), len(album["samples"])) == (3, 4, 12)
    assert {(each["prompt"], each["seed"]) for each in album["samples"]} == {
        (prompt, seed) for prompt in (SUBJECT, CLASS) for seed in (0, 1)
    }


def test_a_reopened_run_does_not_take_orders(old_run: Run) -> None:
    """Every other button says what to press first."""
    why = refusals(old_run)
    assert {wish for wish in WISHES if not why[wish]} == {"use", "resume", "roll_back"}
    assert "press Resume first" in why["pause"]


def test_pictures_are_offered_small_and_whole_and_nothing_else_is(
    old_run: Run, view_of: Views, front_end: FrontEnd
) -> None:
    """A page can name what it was told of, and no path."""
    view = view_of(old_run)
    name = view.root.album["samples"][0]["name"]
    for asked in (name, f"whole/{name}"):
        offer = view._offer(asked)
        assert offer is not None
        assert bytes(offer.content).startswith(b"\x89PNG")
    for other in ("sample/0", "/etc/passwd", str(old_run.samples[0].path), "whole/", "window/1/x", ""):
        assert view._offer(other) is None
    old_run.samples[0].path.unlink()
    assert view._offer(name) is None


def test_the_numbers_can_be_fetched(old_run: Run, view_of: Views, front_end: FrontEnd) -> None:
    """All of them for a file, and a part as fine as it is."""
    view = view_of(old_run)
    rows, part = view._offer("rows"), view._offer("window/10/20")
    assert rows is not None
    assert part is not None
    columns = view.root.series["rows"]
    table = np.frombuffer(rows.content, "<f4").reshape(-1, len(columns))
    np.testing.assert_array_equal(table[:, columns.index("loss")], old_run.history["loss"])
    assert np.frombuffer(part.content, "<f4").reshape(-1, 17)[:, 0].tolist() == list(range(10, 21))


@pytest.mark.parametrize(
    "message",
    [{}, {"do": None}, {"do": "format_disk"}, {"do": ["stop"]}, {"do": "use"}, {"do": "use", "step": 7},
     {"do": "use", "step": "300"}, {"do": "use", "step": True}, {"do": "roll_back", "step": -1},
     {"do": "learning_rate", "value": "nan"}, {"do": "learning_rate", "value": "-1"}, {"do": "learning_rate"},
     {"do": "learning_rate", "value": {"a": 1}}, {"do": "learning_rate", "value": "9" * 5000},
     {"do": "resume", "steps": 1e300}, {"do": "resume", "steps": math.nan}, {"do": "resume", "steps": "12"},
     {"do": "sample", "prompt": 7, "seed": "x"}, {"jsp": "fetch"}, {"jsp": "fetch", "name": 3, "offset": "x"}],
)  # fmt: skip
def test_a_bad_message_changes_nothing_and_raises_nothing(
    old_run: Run, view_of: Views, front_end: FrontEnd, message: dict[str, Any]
) -> None:
    """Whatever it says: what is no wish is ignored, what does not fit is answered in a sentence."""
    view = view_of(old_run)
    before = view.root.head
    answer = press(front_end, view, **message)
    assert old_run.job is None
    assert view.root.head == before
    assert answer == {} or (answer["bad"] and answer["text"].endswith("."))


def test_a_resume_behind_the_run_says_how_far_it_is(old_run: Run, view_of: Views, front_end: FrontEnd) -> None:
    """The sentence names both numbers."""
    answer = press(front_end, view_of(old_run), do="resume", steps="200")
    assert answer["text"] == "The run has 300 steps behind it: resume to a larger number than 200."


def test_closing_frees_everything_and_leaves_the_run_alone(tmp_path: Path, front_end: FrontEnd) -> None:
    """No widget, no comm, no subscription stays."""
    run = reopened(write_run(tmp_path / "my-dog", steps=20))
    before = set(ipywidgets.widgets.widget._instances)
    build_run_view(run).close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert front_end.open == {}


def test_the_curves_of_other_runs_lie_beside(old_run: Run, tmp_path: Path, view_of: Views, front_end: FrontEnd) -> None:
    """By name, with their steps and probes."""
    other = reopened(write_run(tmp_path / "my-cat", steps=50))
    (beside,) = view_of(old_run, others=[other]).root.others
    assert beside["name"] == "my-cat"
    assert np.frombuffer(beside["steps"], "<f4").reshape(-1, 17)[-1, 1] == 50


def test_a_live_run_is_steered_by_its_buttons(tmp_path: Path, view_of: Views, front_end: FrontEnd) -> None:
    """Pause, learning rate, sample, checkpoint, go on, roll back, stop: each reaches the run."""
    run = started(tmp_path, steps=100_000)
    view = view_of(run)
    until(lambda: view.root.head["step"] >= 3, timeout=120)
    assert view.root.live is True

    press(front_end, view, do="pause")
    until(lambda: view.root.head["state"] == "paused", timeout=60)
    assert view.root.refusals["pause"] == "The run is paused already."
    assert press(front_end, view, do="pause")["text"] == "The run is paused already."

    assert not press(front_end, view, do="learning_rate", value="1e-6")["bad"]
    press(front_end, view, do="go_on")
    until(lambda: view.root.head["lr"] == pytest.approx(1e-6), timeout=60)

    press(front_end, view, do="sample", prompt="a photo of sks dog on the moon", seed="7")
    asked = ("a photo of sks dog on the moon", 7)
    until(lambda: asked in [(each["prompt"], each["seed"]) for each in view.root.album["samples"]], timeout=60)

    press(front_end, view, do="checkpoint")
    until(lambda: view.root.checkpoints, timeout=60)
    saved = view.root.checkpoints[0]["step"]
    until(lambda: view.root.head["step"] > saved + 3, timeout=60)
    assert press(front_end, view, do="roll_back", step=saved)["text"] == f"Back to step {saved}."

    press(front_end, view, do="stop")
    until(lambda: view.root.head["state"] == "stopped", timeout=60)
    run.result(60)
    until(lambda: not view.root.refusals["resume"])
    assert view.flush()
    assert steps_of(view)[-1, 1] == run.step


def test_hundreds_of_steps_a_second_are_ten_updates_a_second(old_run: Run, view_of: Views, front_end: FrontEnd) -> None:
    """Measured at the front end; a change of state waits for nothing, and nothing is lost."""
    view = view_of(old_run)
    front_end.updates.clear()
    begun = time.monotonic()
    while time.monotonic() < begun + 1.0:
        old_run.history.steps.append(StepRow(old_run.step + 1, 0.5, 0.4, 0.1, 5e-6, 1.0, 0.002, 0.0))
        old_run.tell("step")
        time.sleep(0.002)
    turned = time.monotonic()
    old_run.tell_state("done", "")
    until(lambda: view.root.head["state"] == "done")
    times = [at for model, state, at in front_end.updates if model == view.root.model_id and "head" in state]
    assert old_run.step > 400
    assert 8 <= len(times) <= 13
    assert times[0] - begun < 0.25
    assert times[-1] - turned < 0.25
    assert steps_of(view)[-1, 1] == old_run.step
