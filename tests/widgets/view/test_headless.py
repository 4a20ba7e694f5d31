"""Nobody can press a button: then a Space runs, shows what came out, and an error fails the cell."""

from __future__ import annotations

import base64
import io
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

from jupyter_spaces.errors import CallError, InputError, SpacesError
from jupyter_spaces.space import Space
from jupyter_spaces.space.components import Number
from jupyter_spaces.widgets.headless import is_headless, run_headless, run_page
from jupyter_spaces.widgets.view import snapshot

PAINTER = """
from PIL import Image
from jupyter_spaces import Space
space = Space("painter", title="Painter", examples=[{"colour": "red"}], register=False)

@space.endpoint
def paint(colour: str, size: int = 8) -> Image.Image:
    "Paint a square."
    print("painting", colour)
    return Image.new("RGB", (size, size), colour)
"""
BROKEN = PAINTER.replace('print("painting", colour)', 'raise RuntimeError("no paint left")')
JOB = """
from jupyter_spaces.jobs import light_pool
light_pool().submit(lambda: 42, name="answer")
"""
LIVE = """
import os, time
os.environ["JUPYTER_SPACES_HEADLESS"] = "0"
from jupyter_spaces.widgets.display import display_space, notebook_view

display_space(space)
view, _ = notebook_view(space)
form = view.forms["paint"]
form.fields["colour"].value = "blue"
form.run()
while form.strip.job["status"] != "done":
    time.sleep(0.01)
written = view.pump.flush()
"""


@pytest.fixture(scope="module")
def cells() -> list[NotebookNode]:
    """One notebook as `jupyter nbconvert --execute` leaves it; starting a kernel takes longer than all of its cells."""
    leave = "del os.environ['JUPYTER_SPACES_HEADLESS']"
    sources = [PAINTER, "space", LIVE, leave, BROKEN, "space", 'space.submit(values={"colour": "red"})', JOB]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True).execute()
    return list(notebook.cells)


def displayed(cell: NotebookNode) -> list[dict[str, Any]]:
    """The mime bundles among a cell's outputs."""
    return [output.data for output in cell.outputs if output.output_type in ("display_data", "execute_result")]


def test_an_executed_notebook_holds_the_results_and_no_widget(cells: list[NotebookNode]) -> None:
    """The picture as HTML, as PNG and in words; the print in the cell that ran the Space."""
    (bundle,) = displayed(cells[1])
    assert sorted(bundle) == ["image/png", "text/html", "text/plain"]
    assert bundle["text/plain"].startswith("Painter\npaint(colour='red', size=8)")
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.getpixel((4, 4)) == (255, 0, 0)
    assert "data:image/png;base64," in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    assert "painting red" in "".join(o.text for o in cells[1].outputs if o.output_type == "stream")


def test_a_live_cell_holds_the_view_and_a_static_form_beside_it(cells: list[NotebookNode]) -> None:
    """The widget's bundle shows nothing to a reader without widgets; the static form says when it must hide."""
    live, static = displayed(cells[2])
    assert "application/vnd.jupyter.widget-view+json" in live
    assert live["text/html"] == ""
    assert "paint(colour='blue', size=8)" in static["text/plain"]
    assert ":root:has(.jsp-view-" in static["text/html"]
    assert "data:image/png;base64," in static["text/html"]


def test_an_error_fails_the_cell_with_the_endpoint_the_input_and_the_message(cells: list[NotebookNode]) -> None:
    """So that executing a notebook is its test."""
    (error,) = [output for output in cells[5].outputs if output.output_type == "error"]
    assert error.ename == "CallError"
    assert error.evalue == "paint(colour='red', size=8) failed: RuntimeError: no paint left"


def test_a_job_is_waited_for_and_its_result_shown(cells: list[NotebookNode]) -> None:
    """Nobody sees a later update; and its error is the cell's."""
    (bundle,) = displayed(cells[7])
    assert bundle["text/plain"] == "answer: done\n  42"
    (error,) = [output for output in cells[6].outputs if output.output_type == "error"]
    assert "no paint left" in error.evalue


def test_outside_of_a_kernel_it_is_headless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script, a test, a container's start-up."""
    monkeypatch.delenv("JUPYTER_SPACES_HEADLESS", raising=False)
    assert is_headless()


@pytest.mark.parametrize(("said", "expected"), [("0", False), ("1", True), (" 1 ", True)])
def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch, said: str, expected: bool) -> None:
    """In both directions."""
    monkeypatch.setenv("JUPYTER_SPACES_HEADLESS", said)
    assert is_headless() is expected


def test_another_word_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing what "yes" means would go wrong silently."""
    monkeypatch.setenv("JUPYTER_SPACES_HEADLESS", "yes")
    with pytest.raises(SpacesError, match=r"JUPYTER_SPACES_HEADLESS='yes' is neither 0 .* nor 1"):
        is_headless()


def test_without_examples_the_defaults_run_with_an_example_of_what_is_required() -> None:
    """Every endpoint runs once."""

    def repeat(text: str, times: int = 2) -> str:
        return text * times

    (call,) = run_headless(Space.from_function(repeat))
    assert call.values["times"] == 2
    assert call.results == (call.values["text"] * 2,)


def test_every_example_runs_once() -> None:
    """In their order, with the defaults of what they do not mention."""

    def repeat(text: str, times: int = 2) -> str:
        return text * times

    calls = run_headless(Space.from_function(repeat, examples=[{"text": "a"}, {"text": "b", "times": 3}]))
    assert [call.results for call in calls] == [("aa",), ("bbb",)]


def test_errors_of_the_function_keep_their_cause() -> None:
    """The traceback of the user's own line is there."""

    def broken(n: int = 1) -> int:
        return n // 0

    with pytest.raises(CallError, match=r"broken\(n=1\) failed: ZeroDivisionError") as caught:
        run_headless(Space.from_function(broken))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_refused_input_names_the_parameter() -> None:
    """An endpoint may refuse what it was given."""

    def picky(text: str = "x") -> str:
        raise InputError("No text pleases me.", parameter="text")

    with pytest.raises((CallError, InputError), match="No text pleases me"):
        run_headless(Space.from_function(picky))


def test_a_page_is_opened_and_its_load_handlers_run() -> None:
    """What a laid-out Space shows at first is its static form."""
    space = Space("page", register=False)
    answer = space.place(Number(), label="Answer")
    space.load(lambda: 42, outputs=answer)
    assert [(slot.label, value) for slot, value in run_page(space)] == [("Answer", 42)]
    assert snapshot(space, (), run_page(space))["text/plain"] == "Page\nAnswer: 42"


def test_a_load_handler_that_fails_fails_the_cell() -> None:
    """Nothing is lost in a worker."""
    space = Space("page", register=False)

    def broken() -> None:
        raise RuntimeError("no paint left")

    space.load(broken)
    with pytest.raises(CallError, match="no paint left"):
        run_page(space)
