"""A run as the output of a cell."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_spaces.train.run import Run
from jupyter_spaces.widgets import display as cell_outputs
from jupyter_spaces.widgets.display import WIDGET
from jupyter_spaces.widgets.training import display as run_display
from jupyter_spaces.widgets.training import display_run
from tests.widgets.view.front_end import FrontEnd, until

Shown = list[tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture
def shown(front_end: FrontEnd, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What cells displayed: outside of a kernel nobody else hears it."""
    shown: Shown = []
    for module in (cell_outputs, run_display):
        monkeypatch.setattr(module, "show", lambda bundle, **options: shown.append((bundle, options)))
    return shown


def test_headless_only_the_static_form_is_shown(shown: Shown, old_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there who could press a button, and a saved notebook must not hold a dead view."""
    monkeypatch.setenv("JUPYTER_SPACES_HEADLESS", "1")
    display_run(old_run)
    ((bundle, options),) = shown
    assert options == {}
    assert set(bundle) == {"text/html", "text/plain", "image/png"}
    assert "step 300 of 400" in bundle["text/plain"]


def test_live_the_static_form_follows_the_view(
    shown: Shown, old_run: Run, front_end: FrontEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is empty until the view is on a page, and says the end when the run comes to rest."""
    monkeypatch.setenv("JUPYTER_SPACES_HEADLESS", "0")
    cell = {"header": {"msg_id": "1"}, "metadata": {"cellId": "a"}, "content": {"allow_stdin": True}}
    monkeypatch.setattr(cell_outputs, "parent_message", lambda: cell)
    display_run(old_run)
    assert WIDGET in shown[0][0]
    assert shown[1][0]["text/plain"] == ""

    (view,) = cell_outputs._JOB_VIEWS["a"][1]
    front_end.send(view.root, do="shown")
    until(lambda: len(shown) == 3)
    assert "my-dog: stopped" in shown[2][0]["text/plain"]
    assert shown[2][1]["update"] is True
    old_run.tell_state("done", "")
    until(lambda: len(shown) == 4)
    assert "my-dog: done" in shown[3][0]["text/plain"]
    assert f".{view.name}-static" in shown[3][0]["text/html"]

    # The cell runs again: the view before is freed.
    cell["header"]["msg_id"] = "2"
    display_run(old_run)
    assert view.root.comm is None
    for left in cell_outputs._JOB_VIEWS.pop("a")[1]:
        left.close()
