"""The page of a Space that has a layout: its nodes as widgets, its events tied to the runtime.

The runtime (`space/runtime.py`) owns the values and runs the handlers; this module only carries: what the visitor did
goes to the runtime on the thread on which it arrives, what the runtime wants shown goes to the pump. A value that the
pump writes is not reported back, or an old value on its way to the page would overwrite a newer one in the runtime.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import traitlets

from jupyter_spaces.jobs import Job
from jupyter_spaces.space import (
    Accordion,
    Box,
    ButtonSlot,
    Chain,
    Column,
    Form,
    Group,
    Kind,
    Node,
    Row,
    Runtime,
    Session,
    Slot,
    Space,
    Step,
    Tab,
    Tabs,
    Timer,
    Update,
)
from jupyter_spaces.space.components import HTML, MISSING, AnnotatedImage, HighlightedText, Label, Markdown, Plot
from jupyter_spaces.widgets.drawn import Drawn
from jupyter_spaces.widgets.registry import set_props
from jupyter_spaces.widgets.view.boxes import Boxes, classes, tree
from jupyter_spaces.widgets.view.form import EndpointForm, same
from jupyter_spaces.widgets.view.pump import Pump
from jupyter_spaces.widgets.view.strip import JobStrip, Watch
from jupyter_spaces.widgets.view.trouble import trouble

_SHOWING = (AnnotatedImage, HTML, HighlightedText, Label, Markdown, Plot)
_CLASSES = {Row: "jsp-beside", Column: "jsp-column", Group: "jsp-framed", Tab: "jsp-column"}


class PageButton(Drawn):
    """A button of the page; written by the pump."""

    module = "view-button"

    label = traitlets.Unicode().tag(sync=True)
    variant = traitlets.Unicode("secondary").tag(sync=True)
    interactive = traitlets.Bool(True).tag(sync=True)
    fields = traitlets.List(traitlets.Unicode()).tag(sync=True)  # see JobStrip.fields


class Page:
    """`box` is the widget. `make_form` makes the automatic form of an endpoint that the layout mentions."""

    def __init__(
        self,
        space: Space,
        session: Session,
        pump: Pump,
        boxes: Boxes,
        *,
        make_form: Callable[[str], EndpointForm],
        kept: Mapping[str, Any],
        on_shown: Callable[[], None],
    ) -> None:
        self._pump = pump
        self._boxes = boxes
        self._make_form = make_form
        self._on_shown = on_shown
        self._lock = threading.Lock()
        self._writing = threading.local()
        self._pending: dict[str, Update] = {}
        self._watch: Watch | None = None
        self._blamed: set[str] = set()
        self._ticked: dict[str, float] = {}
        self._tabs: dict[str, tuple[ipywidgets.Tab, int]] = {}  # page of tabs -> where its title is
        self._closed = False

        self.runtime = Runtime(space, session, self._apply, on_job=self._job_started, on_error=self._failed)
        self.layout = self.runtime.layout
        self._output_only = self._slots_that_show()
        # What a clock starts is no news, and must not wipe away the error of what somebody clicked.
        self._clocks = [
            chain for chain in self.layout.events.chains if all(kind is Kind.TICK for kind, _ in chain.triggers)
        ]
        self._failing: Chain | None = None
        self.widgets: dict[str, ipywidgets.Widget] = {}
        self.strip = JobStrip(can_run=False, layout=boxes.layout, _dom_classes=classes("jsp-is-page"))
        self.strip.on_msg(self._hear)
        self.box = boxes.box("jsp-laid-out", [self._widget(node) for node in self.layout.root.children] + [self.strip])
        ids = [widget.model_id for name in self.layout.slots for widget in tree(self.widgets[name])]
        for button in self.widgets.values():
            if isinstance(button, PageButton):
                button.fields = ids
        self.strip.timers = self._timers()
        self._initial = {name: self.widgets[name].value for name in self.layout.slots}
        self.runtime.start()
        for name, value in kept.items():
            self._restore(name, value)

    # -- what the page says

    def typed(self) -> dict[str, Any]:
        """The values that a visitor changed: those that survive a new version of the Space."""
        return {
            name: self.widgets[name].value
            for name in self.layout.slots
            if name not in self._output_only and not same(self.widgets[name].value, self._initial[name])
        }

    def close(self) -> None:
        """Stop what runs for this page and free every widget."""
        with self._lock:
            self._closed = True
            watch, self._watch = self._watch, None
        self.runtime.close()
        if watch is not None:
            watch.stop()
        self.strip.on_msg(self._hear, remove=True)
        for name, widget in self.widgets.items():
            if name in self.layout.slots:
                widget.unobserve_all()
                self._boxes.free_tree(widget)
            elif not isinstance(self.layout.nodes.get(name), Form):
                self._boxes.free(widget)
        for widget in (self.strip, self.box):
            self._boxes.free(widget)

    # -- building

    def _widget(self, node: Node) -> ipywidgets.Widget:
        widget = self._make(node)
        self.widgets[node.id] = widget
        if not self.runtime.is_visible(node.id):
            _set_visible(widget, False)
        return widget

    def _make(self, node: Node) -> ipywidgets.Widget:
        if isinstance(node, Slot):
            return self._slot(node)
        if isinstance(node, ButtonSlot):
            button = PageButton(
                label=node.label, variant=node.variant, interactive=node.interactive, layout=self._boxes.layout
            )
            button.on_msg(lambda _widget, content, _buffers: self._clicked(node.id, content))
            return button
        if isinstance(node, Form):
            return self._make_form(node.endpoint).box
        assert isinstance(node, Box), f"a layout holds no {type(node).__name__}"
        children = [self._widget(child) for child in node.children]
        if isinstance(node, Tabs):
            tabs = self._boxes.tabs(children, [child.label for child in node.children if isinstance(child, Tab)])
            self._tabs.update({child.id: (tabs, index) for index, child in enumerate(node.children)})
            return tabs
        if isinstance(node, Accordion):
            fold = self._boxes.accordion([self._boxes.box("jsp-column", children)], [node.label])
            self.widgets[f"{node.id}/content"] = fold.children[0]
            fold.selected_index = 0 if node.open else None
            return fold
        box = self._boxes.box(_CLASSES[type(node)], children)
        if (node.scale, node.min_width) != (1, 240):
            box.layout = ipywidgets.Layout(flex=f"{node.scale} 1 {node.min_width}px", min_width="0")
        return box

    def _slot(self, slot: Slot) -> ipywidgets.Widget:
        field = self._boxes.field(slot.component, label=slot.label or "", interactive=slot.id not in self._output_only)
        value = self.runtime.value(slot.id)
        if value is not None and not same(field.value, value):
            field.value = value
        field.observe(lambda change: self._changed(slot.id, change["new"]), names="value")
        if hasattr(field, "on_submit"):
            field.on_submit(lambda _field: self.runtime.fire(Kind.SUBMIT, slot.id))
        return field

    def _slots_that_show(self) -> set[str]:
        """The slots into which nobody types: only handlers write them, or they are made for showing."""
        steps = [step for chain in self.layout.events.chains for step in chain.steps]
        read = {name for step in steps for _, name in step.inputs}
        heard = {name for chain in self.layout.events.chains for _, name in chain.triggers}
        written = {name for step in steps for name in step.outputs}
        made = {name for name, slot in self.layout.slots.items() if isinstance(slot.component, _SHOWING)}
        return (written - read - heard) | made

    def _timers(self) -> dict[str, float]:
        return {name: timer.seconds for name, timer in self.layout.timers.items() if timer.active}

    def _restore(self, name: str, value: Any) -> None:
        if name not in self.layout.slots or name in self._output_only:
            return
        try:
            self.widgets[name].value = self.runtime.components[name].check(value)
        except Exception:
            return  # the slot changed its type or its limits: the new default stands

    # -- what the visitor does

    def _changed(self, slot_id: str, value: Any) -> None:
        if getattr(self._writing, "slot", None) != slot_id:
            self.runtime.set(slot_id, value)

    def _clicked(self, node_id: str, content: Any) -> None:
        if isinstance(content, dict) and content.get("do") == "click":
            self.runtime.fire(Kind.CLICK, node_id)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        wish = content.get("do") if isinstance(content, dict) else None
        if wish == "stop" and self._watch is not None:
            self._watch.job.cancel("stopped in the view")
        elif wish == "shown":
            self._on_shown()
        elif wish == "tick":
            self._tick(content.get("timer"))

    def _tick(self, name: object) -> None:
        """A page asks for a tick; two pages that show the same view must not make the clock run twice as fast."""
        timer = self.layout.timers.get(name) if isinstance(name, str) else None
        if timer is None:
            return
        now = time.monotonic()
        with self._lock:
            if now - self._ticked.get(timer.id, 0.0) < 0.6 * timer.seconds:
                return
            self._ticked[timer.id] = now
        self.runtime.fire(Kind.TICK, timer.id)

    # -- what the runtime wants shown

    def _apply(self, node_id: str, update: Update) -> None:
        """Called by the runtime on worker threads: merge with what still waits, and let the pump write it."""
        with self._lock:
            waiting = self._pending.get(node_id)
            if waiting is not None:
                value = waiting.value if update.value is MISSING else update.value
                update = Update(value, {**waiting.props, **update.props})
            self._pending[node_id] = update
        self._pump.post((self.box, node_id), lambda: self._write(node_id))

    def _write(self, node_id: str) -> None:
        with self._lock:
            update = self._pending.pop(node_id, None)
            if update is None or self._closed:
                return
        node = self.layout[node_id]
        if isinstance(node, Timer):
            active = update.props.get("active", node.id in self.strip.timers)
            rest = {name: seconds for name, seconds in self.strip.timers.items() if name != node.id}
            self.strip.timers = {**rest, node.id: node.seconds} if active else rest
            return
        widget = self.widgets[node_id]
        props = dict(update.props)
        visible = props.pop("visible", None)
        if visible is not None:
            _set_visible(widget, self.runtime.is_visible(node_id) if not isinstance(visible, bool) else visible)
        self._writing.slot = node_id
        try:
            if isinstance(node, Slot):
                if props:
                    set_props(widget, **props)
                if update.value is not MISSING:
                    widget.value = update.value
            elif isinstance(node, Tab):
                tabs, index = self._tabs[node_id]
                titles = list(tabs.titles)
                titles[index] = props.get("label", titles[index])
                tabs.titles = tuple(titles)
            elif isinstance(node, Accordion):
                if "open" in props:
                    widget.selected_index = 0 if props["open"] else None
                if "label" in props:
                    widget.titles = (props["label"],)
            else:
                for name, value in props.items():
                    setattr(widget, name, value)
        except Exception as exc:  # a value that its widget cannot show is an error like any other
            self._blame(exc)
        finally:
            self._writing.slot = None

    def _job_started(self, job: Job[Any], step: Step) -> None:
        clock = next((chain for chain in self._clocks if step in chain.steps), None)
        if self._failing is not None and clock in (None, self._failing):
            self._failing = None
            # At once, so that it comes before what this job may have to say.
            self._pump.post((self.strip, "blame"), self._forgive, at_once=True)
        if clock is not None:
            return
        with self._lock:
            if self._closed:
                return
            earlier, self._watch = self._watch, None
        if earlier is not None:
            earlier.stop()
        watch = Watch(job, self.strip, self._pump, on_over=self._over, blame=None)
        with self._lock:
            self._watch = watch

    def _over(self, _job: Job[Any]) -> None:
        self._on_shown()

    def _failed(self, error: BaseException, chain: Chain) -> None:
        self._failing = chain
        self._pump.post((self.strip, "error"), lambda: self._blame(error), at_once=True)

    def _blame(self, error: BaseException) -> None:
        told = trouble(error)
        field = self.widgets.get(told["parameter"] or "")
        if field is not None and field.has_trait("error"):
            field.error = told["message"]
            self._blamed.add(told["parameter"])
            told = {**told, "message": ""}
        self.strip.error = told

    def _forgive(self) -> None:
        blamed, self._blamed = self._blamed, set()
        self.strip.error = {}
        for name in blamed:
            self.widgets[name].error = ""


def _set_visible(widget: ipywidgets.Widget, visible: bool) -> None:
    if widget.has_trait("visible"):
        widget.visible = visible
    elif visible:
        widget.remove_class("jsp-gone")
    else:
        widget.add_class("jsp-gone")
