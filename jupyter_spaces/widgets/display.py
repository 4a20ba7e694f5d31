"""How a Space or a Job becomes the output of a cell.

Headless, a Space runs and only its static form is displayed. Live, two outputs are displayed: the view, and the static
form of what it shows, which is kept up to date (`update_display`) so that a saved notebook holds the results in a form
that needs no kernel. While the live view is on the page it covers the static form: a style sheet inside the static form
hides it as long as the view's class is found. So the rule travels with the output that it is about, and where a reader
drops it (GitHub, an untrusted notebook, nbconvert) there is no live view either. The same rule hides the line "Error
displaying widget: model not found" that JupyterLab writes for a live view whose kernel is gone.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import ipywidgets

from jupyter_spaces.jobs import Job
from jupyter_spaces.space import Space
from jupyter_spaces.widgets.headless import is_headless, parent_message, run_headless, run_page
from jupyter_spaces.widgets.view.job_view import JobView, job_snapshot
from jupyter_spaces.widgets.view.snapshot import plain, snapshot
from jupyter_spaces.widgets.view.space_view import SpaceView

WIDGET = "application/vnd.jupyter.widget-view+json"

_VIEWS: dict[Space, tuple[SpaceView, StaticOutputs]] = {}
_JOB_VIEWS: dict[str, tuple[str, list[Closable]]] = {}  # cell -> the run that displayed them, and what it displayed
_lock = threading.Lock()


def display_space(space: Space) -> None:
    """Show a Space as the output of the cell that runs now."""
    if is_headless():
        show(snapshot(space, run_headless(space), run_page(space)))
        return
    view, statics = notebook_view(space)
    show_live(view.root, plain(space, ()))
    statics.place()


def display_job(job: Job[Any]) -> None:
    """Show a Job as the output of the cell that runs now; headless, wait for it, since nobody sees a later update."""
    if is_headless():
        job.result()
        show(job_snapshot(job))
        return
    view = JobView(job)
    close_earlier_runs(view)
    statics = StaticOutputs(view.name)
    view.on_settled(statics.refresh)
    show_live(view.root, f"{job.name}: {job.status}")
    statics.place()


class Closable(Protocol):
    """A view of a job or a run."""

    def close(self) -> None:
        """Free its widgets."""


def close_earlier_runs(view: Closable) -> None:
    """Free the views of jobs that earlier runs of this cell displayed: their outputs are gone from the page."""
    parent = parent_message() or {}
    cell, run = _cell_of(parent), str((parent.get("header") or {}).get("msg_id", ""))
    if not cell:
        return  # a front end that does not say which cell runs: nothing is known to be gone
    with _lock:
        earlier_run, views = _JOB_VIEWS.get(cell, ("", []))
        gone = views if earlier_run != run else []
        _JOB_VIEWS[cell] = (run, [*([] if gone else views), view])
    for old in gone:
        old.close()


def _cell_of(parent: dict[str, Any]) -> str:
    """The id of the cell that sent this request, '' where the front end does not say."""
    return str((parent.get("metadata") or {}).get("cellId", ""))


def notebook_view(space: Space) -> tuple[SpaceView, StaticOutputs]:
    """The one view of a Space that the notebook's cells share: displayed twice, it is the same view twice."""
    with _lock:
        for shown, (view, _) in list(_VIEWS.items()):
            if view.closed:  # its Space was replaced or removed
                del _VIEWS[shown]
        found = _VIEWS.get(space)
        if found is None:
            view = SpaceView(space)
            statics = StaticOutputs(view.name)
            view.on_settled(statics.refresh)
            found = _VIEWS[space] = (view, statics)
        return found


class StaticOutputs:
    """The static forms beside one live view, one per cell that displays it."""

    def __init__(self, view_name: str) -> None:
        self._view_name = view_name
        self._lock = threading.Lock()
        self._ids: dict[str, str] = {}  # cell -> display id; a cell that runs again keeps its id

    def place(self) -> None:
        """Put an output into this cell that shows nothing yet; `refresh` fills it once the live view is on the page."""
        cell = _cell_of(parent_message() or {})
        with self._lock:
            display_id = self._ids.setdefault(cell, f"{self._view_name}-{len(self._ids)}")
        show({"text/html": self._covered(""), "text/plain": ""}, display_id=display_id)

    def refresh(self, bundle: dict[str, Any]) -> None:
        """Write the static form into every cell that shows the view."""
        with self._lock:
            ids = list(self._ids.values())
        covered = {**bundle, "text/html": self._covered(bundle["text/html"])}
        for display_id in ids:
            show(covered, display_id=display_id, update=True)

    def _covered(self, html: str) -> str:
        """The HTML with the style sheet that hides it while its live view is on the page, and a view that is dead."""
        live, static = f".{self._view_name}", f".{self._view_name}-static"
        area, child = ".jp-OutputArea", ".jp-OutputArea-child"
        rules = (
            f":root:has({live}) {static}, "
            f"{area}:has({live}) > {child}:has({static}), "
            f"{area}:not(:has({live})) > {child}:has(> .lm-Panel):has(+ {child} {static}) {{ display: none }}"
        )
        # `scoped`, as pandas writes it: readers that drop style elements know to drop this one whole.
        return f'<style scoped>{rules}</style><div class="{static[1:]}">{html}</div>'


def show_live(widget: ipywidgets.Widget, text: str) -> None:
    """Display a widget so that a reader that cannot show it shows nothing: the static form beside it is for them."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    show({WIDGET: view, "text/html": "", "text/plain": text})


def show(bundle: dict[str, Any], **options: Any) -> None:
    """Display a mime bundle as it is."""
    from IPython.display import display

    display(bundle, raw=True, **options)
