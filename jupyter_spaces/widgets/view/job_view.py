"""The view of a Job that stands alone: `display(job)`.

A strip without a Run button, which shows the job from its start, and below it what came out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from jupyter_spaces.errors import SpacesError
from jupyter_spaces.jobs import Job, JobStatus
from jupyter_spaces.space import component_for
from jupyter_spaces.widgets.snapshots import html_of
from jupyter_spaces.widgets.view.boxes import classes
from jupyter_spaces.widgets.view.pump import QUIET, Pump
from jupyter_spaces.widgets.view.strip import JobStrip, Watch
from jupyter_spaces.widgets.view.trouble import trouble


class JobView:
    """`root` is what to display. Closing the root, or `close()`, ends the view and leaves the job alone."""

    def __init__(self, job: Job[Any]) -> None:
        self.job = job
        self.name = f"jsp-view-{secrets.token_hex(4)}"
        self._pump = Pump()
        self._readers: list[Callable[[dict[str, Any]], None]] = []
        self.root = _JobBox(self, title=job.name, can_run=False, _dom_classes=classes(self.name))
        self.root.on_msg(self._hear)
        self._watch = Watch(job, self.root, self._pump, on_end=self._show, on_over=self._tell)

    def on_settled(self, reader: Callable[[dict[str, Any]], None]) -> None:
        """Have this called with the static form when the view came on a page and when the job is over."""
        self._readers.append(reader)

    def close(self) -> None:
        """Free the widget and the subscription; the job goes on."""
        self._watch.stop()
        self._pump.close()
        self.root.on_msg(self._hear, remove=True)
        self.root.view = None
        layout = self.root.layout
        self.root.close()
        layout.close()

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        wish = content.get("do") if isinstance(content, dict) else None
        if wish == "stop":
            self.job.cancel("stopped in its view")
        elif wish == "shown":
            self._tell(self.job)

    def _show(self, job: Job[Any]) -> None:
        self.root.result = value_html(job.result(timeout=5.0))

    def _tell(self, job: Job[Any]) -> None:
        if self._readers:
            self._pump.post("static", self._show_static, wait=QUIET)

    def _show_static(self) -> None:
        bundle = job_snapshot(self.job)
        for reader in self._readers:
            reader(bundle)


class _JobBox(JobStrip):
    """A strip that is a whole view: closing it closes the view."""

    def __init__(self, view: JobView, **traits: Any) -> None:
        super().__init__(**traits)
        self.view: JobView | None = view

    def close(self) -> None:
        view, self.view = getattr(self, "view", None), None
        if view is not None:
            view.close()
        else:
            super().close()


def build_job_view(job: Job[Any]) -> ipywidgets.Widget:
    """One widget that shows the job; its `close()` frees it."""
    return JobView(job).root


def value_html(value: Any) -> str:
    """A Python value as its component shows it; as its repr when no component knows the type."""
    if value is None:
        return ""
    try:
        component = component_for(type(value), name="result", default=None, where="result")
        return html_of(component, component.check(value))
    except SpacesError:
        return f"<code>{escape(repr(value)[:2000])}</code>"


def job_snapshot(job: Job[Any]) -> dict[str, Any]:
    """The static form of a job: its name, how it stands, what came out."""
    said, body = f"{job.name}: {job.status}", ""
    if job.status is JobStatus.DONE:
        value = job.result(timeout=5.0)
        body = value_html(value)
        said += "" if value is None else f"\n  {value!r}"[:2000]
    elif job.status is JobStatus.FAILED:
        error = job.exception(timeout=5.0)
        message = trouble(error)["message"] if error is not None else ""
        body = f'<div style="color:var(--jp-error-color1,#d32f2f);white-space:pre-wrap">{escape(message)}</div>'
        said += f"\n  {message}"
    head = f"<div><b>{escape(job.name)}</b> {escape(job.status)}</div>"
    return {"text/html": f'<div class="jsp-static">{head}{body}</div>', "text/plain": said}
