"""The automatic form of one endpoint: its inputs, the strip with Run and Stop, its results, the panel below.

Who writes what: the front end writes the values of the inputs; Run and Stop arrive as messages on whatever thread the
kernel chooses, and only read values and submit; everything that is shown is written by the pump.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from jupyter_spaces.errors import InputError, SpacesError
from jupyter_spaces.jobs import Job, JobStatus
from jupyter_spaces.space import Endpoint, Session, Space
from jupyter_spaces.widgets.view.boxes import Boxes, prose, tree
from jupyter_spaces.widgets.view.panel import FormPanel, example_table, schema_text
from jupyter_spaces.widgets.view.pump import Pump
from jupyter_spaces.widgets.view.runs import Run, Runs
from jupyter_spaces.widgets.view.snapshot import Call
from jupyter_spaces.widgets.view.strip import IDLE, JobStrip, Watch
from jupyter_spaces.widgets.view.trouble import trouble


class EndpointForm:
    """`box` is the widget; `values()` what the form says now; `run()` what the button does."""

    def __init__(
        self,
        space: Space,
        endpoint: Endpoint,
        *,
        session: Session,
        runs: Runs,
        pump: Pump,
        boxes: Boxes,
        kept: Mapping[str, Any] | None = None,
        on_settled: Callable[[], None] | None = None,
    ) -> None:
        self.space = space
        self.endpoint = endpoint
        self._session = session
        self._runs = runs
        self._pump = pump
        self._boxes = boxes
        self._on_settled = on_settled
        self._lock = threading.Lock()
        self._watch: Watch | None = None
        self._again = False
        self._closed = False
        self._blamed: set[str] = set()  # the fields whose error is the last run's, not what was just typed

        self.fields = {p.name: _field(boxes, p) for p in endpoint.parameters}
        self.initial = {name: field.value for name, field in self.fields.items()}
        for name, value in (kept or {}).items():
            self._restore(name, value)
        self.results = tuple(
            boxes.field(result.component, label=result.label, interactive=False) for result in endpoint.results
        )
        self.strip = JobStrip(
            fields=[widget.model_id for field in self.fields.values() for widget in tree(field)],
            layout=boxes.layout,
        )
        self.examples = space.examples.get(endpoint.name, ())
        self.panel = FormPanel(
            examples=example_table(endpoint, self.examples) if self.examples else {},
            flagging=space.flagging is not None,
            layout=boxes.layout,
        )
        for drawn in (self.strip, self.panel):
            drawn.on_msg(self._hear)
        self._own: list[ipywidgets.Widget] = []
        if len(space.endpoints) > 1 and endpoint.description:  # of a single endpoint, the head of the view says it
            self._own.append(boxes.html("jsp-top", prose(endpoint.description)))
        columns = [boxes.box("jsp-column jsp-inputs", [*self._own, *self.fields.values(), self.strip])]
        if self.results:
            columns.append(boxes.box("jsp-column jsp-results", self.results))
        self._own += [*columns, boxes.box("jsp-sides", columns)]
        # The results of a stream are read while it runs; others are dimmed until the new ones come.
        self.box = boxes.box("jsp-form jsp-streams" if endpoint.streaming else "jsp-form", [self._own[-1], self.panel])

        for field in self.fields.values() if endpoint.live else ():
            field.observe(self._changed, names="value")
        self._leave_runs = runs.follow(self._started)
        latest = runs.latest(endpoint.name)
        if latest is not None:
            self._follow(latest)

    # -- what the form says

    def values(self) -> dict[str, Any]:
        """The Python values of the fields; an empty field of a parameter that has a default stands for the default."""
        found = {}
        for parameter in self.endpoint.parameters:
            field = self.fields[parameter.name]
            refused = getattr(field, "error", "")
            if refused and parameter.name not in self._blamed:
                raise InputError(refused, parameter=parameter.name)  # what one sees there is not what would run
            value = field.value
            if value is None and not parameter.component.optional:
                if parameter.required:
                    raise InputError("A value is needed here.", parameter=parameter.name)
                value = parameter.default
            found[parameter.name] = value
        return found

    def typed(self) -> dict[str, Any]:
        """The values that differ from what the form said at first: those that survive a new version of the Space."""
        return {name: field.value for name, field in self.fields.items() if not same(field.value, self.initial[name])}

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show these values in the fields. Called on the pump's thread."""
        for name, value in values.items():
            self.fields[name].value = value

    def call(self) -> Call:
        """The call that the form shows: the last one that ended, else what it says now."""
        latest = self._runs.latest(self.endpoint.name)
        if latest is None or not latest.job.done():
            return Call(self.endpoint, self._said())
        if latest.job.status is JobStatus.DONE:
            results = latest.endpoint.split(latest.job.result(timeout=5.0))
            return Call(latest.endpoint, latest.values, results)
        error = self.strip.error.get("message", "")
        return Call(latest.endpoint, latest.values, error=error or "stopped")

    def _said(self) -> dict[str, Any]:
        """What the form says, without what is still missing."""
        return {
            p.name: self.fields[p.name].value
            for p in self.endpoint.parameters
            if self.fields[p.name].value is not None or p.component.optional
        }

    # -- running

    def run(self) -> None:
        """What the Run button does. Never raises: what is wrong is shown."""
        with self._lock:
            if self._watch is not None and not self._watch.job.done():
                self._again = self.endpoint.live
                return
        try:
            values = self.values()
            job = self.space.submit(self.endpoint.name, values, session=self._session)
        except Exception as exc:
            error = exc
            self._pump.post((self.strip, "job"), lambda: self._refuse(error), at_once=True)
        else:
            self._runs.start(Run(self.endpoint, values, job))

    def stop(self) -> None:
        """What the Stop button does."""
        watch = self._watch
        if watch is not None:
            watch.job.cancel("stopped in the view")

    def close(self) -> None:
        """Free every widget and subscription; a running job goes on, for other views and for whoever awaits it."""
        with self._lock:
            self._closed = True
            watch, self._watch = self._watch, None
        self._leave_runs()
        if watch is not None:
            watch.stop()
        for field in self.fields.values():
            field.unobserve_all()
        for drawn in (self.strip, self.panel):
            drawn.on_msg(self._hear, remove=True)
        for widget in (*self.fields.values(), *self.results):
            self._boxes.free_tree(widget)
        for box in (self.strip, self.panel, *self._own, self.box):
            self._boxes.free(box)

    def show_example(self, index: object) -> None:
        """What a click on an example does: fill the form with it and, where results are cached, show its result."""
        if not isinstance(index, int) or not 0 <= index < len(self.examples):
            return
        values = {p.name: p.default for p in self.endpoint.parameters if not p.required}
        values.update(self.examples[index].values)
        self._pump.post((self.box, "fill"), lambda: self.fill(values), at_once=True)
        if self.endpoint.cache_examples:
            job = self.space.run_example(self.endpoint.name, index, session=self._session)
            self._runs.start(Run(self.endpoint, values, job))

    # -- what happens

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        wish = content.get("do") if isinstance(content, dict) else None
        if wish == "run":
            self.run()
        elif wish == "stop":
            self.stop()
        elif wish == "shown" and self._on_settled is not None:
            self._on_settled()
        elif wish == "api":
            self._describe()
        elif wish == "flag":
            self._pump.post((self.panel, "flag"), self._flag, at_once=True)
        elif wish == "example":
            self.show_example(content.get("index"))

    def _changed(self, _change: Any) -> None:
        self.run()

    def _describe(self) -> None:
        """Somebody opened the API: show it, and keep it as the form says from now on."""
        for field in self.fields.values() if not self.panel.schema else ():
            field.observe(self._call_changed, names="value")
        self._pump.post((self.panel, "call"), self._show_call, at_once=True)

    def _call_changed(self, _change: Any) -> None:
        self._pump.post((self.panel, "call"), self._show_call)

    def _show_call(self) -> None:
        with self.panel.hold_sync():
            self.panel.call = self.endpoint.call_source(self._said())
            self.panel.schema = self.panel.schema or schema_text(self.endpoint)

    def _flag(self) -> None:
        latest = self._runs.latest(self.endpoint.name)
        try:
            if latest is not None and latest.job.status is JobStatus.DONE:
                path = self.space.flag(self.endpoint.name, latest.values, latest.job.result(timeout=5.0))
            else:
                path = self.space.flag(self.endpoint.name, self.values())
        except (SpacesError, OSError) as exc:
            self.panel.flagged = f"not flagged: {exc}"
        else:
            self.panel.flagged = f"added to {path.name} at {time.strftime('%H:%M:%S')}"

    def _started(self, run: Run) -> None:
        if run.endpoint.name == self.endpoint.name:
            self._follow(run)

    def _follow(self, run: Run) -> None:
        with self._lock:
            if self._closed:
                return
            earlier, self._watch = self._watch, None
        if earlier is not None:
            earlier.stop()
        if self._blamed:
            # At once, so that it comes before what this run may have to say.
            self._pump.post((self.strip, "blame"), self._forgive, at_once=True)
        watch = Watch(
            run.job,
            self.strip,
            self._pump,
            on_partial=lambda value: self._show(run.endpoint, value),
            on_end=lambda job: self._show(run.endpoint, job.result(timeout=5.0)),
            on_over=self._over,
            blame=self._blame,
        )
        with self._lock:
            self._watch = watch

    def _show(self, endpoint: Endpoint, value: Any) -> None:
        for widget, part in zip(self.results, endpoint.split(value), strict=False):
            widget.value = part

    def _over(self, _job: Job[Any]) -> None:
        with self._lock:
            again, self._again = self._again, False
        if again:
            self.run()
        if self._on_settled is not None:
            self._on_settled()

    def _refuse(self, error: Exception) -> None:
        """Show why no job was started."""
        if self.endpoint.live and isinstance(error, InputError):
            return  # half a form is no mistake while it is being filled
        self._forgive()
        with self.strip.hold_sync():
            self.strip.job = IDLE
            self.strip.error = self._blame(error)

    def _blame(self, error: BaseException) -> dict[str, Any]:
        """Tell what is wrong at the field that it is about, where there is one; the rest is for the strip."""
        told = trouble(error)
        name = told["parameter"]
        field = self.fields.get(name) if name is not None else None
        if field is None:
            return told
        if not field.has_trait("error"):  # a custom component; its label says which one is meant
            return {**told, "message": f"{self.endpoint[name].label}: {told['message']}"}
        field.error = told["message"]
        self._blamed.add(name)
        return {**told, "message": ""}

    def _forgive(self) -> None:
        """A new run starts: what the last one said at the fields is over."""
        blamed, self._blamed = self._blamed, set()
        for name in blamed:
            self.fields[name].error = ""

    def _restore(self, name: str, value: Any) -> None:
        """Keep a value that was typed before the cell ran again, if it still fits."""
        if name not in self.fields:
            return
        try:
            self.fields[name].value = self.endpoint[name].component.check(value)
        except Exception:
            return  # the parameter changed its type or its limits: the new default stands


def _field(boxes: Boxes, parameter: Any) -> ipywidgets.Widget:
    widget = boxes.field(parameter.component, label=parameter.label, name=f"jsp-param-{parameter.name}")
    if not parameter.required and parameter.default is not None and not same(widget.value, parameter.default):
        widget.value = parameter.default
    return widget


def same(left: Any, right: Any) -> bool:
    """Whether two values of a field are one."""
    if left is right:
        return True
    try:
        return bool(left == right)
    except (ValueError, TypeError):  # arrays and frames answer with one of their own kind
        return False
