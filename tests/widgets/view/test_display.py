"""What a cell displays while somebody is there, and what of it goes when the cell runs again."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets
import pytest

from jupyter_spaces.jobs import light_pool
from jupyter_spaces.space import Space
from jupyter_spaces.widgets import display as display_module
from jupyter_spaces.widgets.display import WIDGET, display_job, display_space, notebook_view
from tests.widgets.view.front_end import FrontEnd, until


class Cells:
    """The kernel's side of running cells: which one runs, and what it displayed."""

    def __init__(self) -> None:
        self.parent: dict[str, Any] = {}
        self.shown: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def run(self, cell: str, run: str) -> None:
        self.parent = {"header": {"msg_id": run}, "metadata": {"cellId": cell}, "content": {"allow_stdin": True}}


@pytest.fixture
def cells(front_end: FrontEnd, monkeypatch: pytest.MonkeyPatch) -> Cells:
    """Outside of a kernel: what it would say of the running cell is said by the test."""
    monkeypatch.setenv("JUPYTER_SPACES_HEADLESS", "0")
    cells = Cells()
    monkeypatch.setattr(display_module, "parent_message", lambda: cells.parent)
    monkeypatch.setattr(display_module, "show", lambda bundle, **options: cells.shown.append((bundle, options)))
    return cells


def shout(text: str) -> str:
    """Say it louder."""
    return text.upper()


def test_a_space_shows_the_same_view_every_time(cells: Cells) -> None:
    """In two cells, and when a cell runs again; each cell keeps the id of its static form."""
    space = Space.from_function(shout)
    for cell, run in (("a", "1"), ("b", "2"), ("a", "3")):
        cells.run(cell, run)
        display_space(space)
    live = [bundle[WIDGET]["model_id"] for bundle, _ in cells.shown if WIDGET in bundle]
    static = [options["display_id"] for _, options in cells.shown if options]
    assert len(set(live)) == 1
    assert static[0] == static[2] != static[1]
    space.close()


def test_the_static_form_follows_the_view(cells: Cells, front_end: FrontEnd) -> None:
    """Empty until the view is on a page, so that nothing flashes; then in every cell that shows it."""
    space = Space.from_function(shout)
    cells.run("a", "1")
    display_space(space)
    first, _ = cells.shown[1]
    assert first["text/plain"] == ""
    view, _ = notebook_view(space)
    form = view.forms["shout"]
    front_end.type(form.fields["text"], "ho")
    front_end.send(form.strip, do="run")
    bundle, options = until(lambda: cells.shown[2:] and cells.shown[-1])
    assert options["update"] is True
    assert "HO" in bundle["text/plain"]
    assert f".{view.name}-static" in bundle["text/html"]
    space.close()


def test_a_space_that_is_gone_is_forgotten(cells: Cells) -> None:
    """A Space that was made anew by its cell leaves nothing of the earlier one."""
    before = set(ipywidgets.widgets.widget._instances)
    for run in range(5):
        space = Space.from_function(shout)
        cells.run("a", str(run))
        display_space(space)
        space.close()
    notebook_view(Space.from_function(shout))[0].close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert len(display_module._VIEWS) <= 1


def test_a_cell_that_shows_a_job_again_frees_the_view_before(cells: Cells) -> None:
    """Two jobs of one run stay; those of the run before go."""
    registry = ipywidgets.widgets.widget._instances
    release = threading.Event()
    job = light_pool().submit(release.wait, 10)
    before = len(registry)
    for run in ("1", "2", "3"):
        cells.run("a", run)
        display_job(job)
        display_job(job)
        assert len(registry) - before == 5  # two views, a Layout each, and the module that draws both
    release.set()
    for view in display_module._JOB_VIEWS.pop("a")[1]:
        view.close()
    assert len(registry) == before
