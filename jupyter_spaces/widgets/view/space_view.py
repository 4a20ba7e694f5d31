"""SpaceView: the widget tree of one Space for one session.

The root stays the same widget for the life of the view. When the Space's cell runs again, the children are made anew
from the new definition and swapped in, with the values that were typed; everything that they replace is closed, so that
a notebook that is run a hundred times holds the widgets of one.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets

from jupyter_spaces.space import Session, Space
from jupyter_spaces.widgets.view.boxes import Boxes, classes, prose
from jupyter_spaces.widgets.view.form import EndpointForm
from jupyter_spaces.widgets.view.page import Page
from jupyter_spaces.widgets.view.pump import QUIET, Pump
from jupyter_spaces.widgets.view.runs import runs_of
from jupyter_spaces.widgets.view.snapshot import description_of, placed, snapshot

PAGE = "<page>"  # stands for the laid-out page among the names of endpoints


class ViewBox(ipywidgets.VBox):
    """The root. Closing it, which is what a host does with any widget, closes the view."""

    def __init__(self, view: SpaceView, **traits: Any) -> None:
        super().__init__(**traits)
        self.view: SpaceView | None = view

    def close(self) -> None:
        """Close the view and all that it holds."""
        view, self.view = getattr(self, "view", None), None
        if view is not None:
            view.close()
        super().close()


class SpaceView:
    """`root` is what to display. Made by `build_view`; ended by `close()` or by closing the root."""

    def __init__(self, space: Space, *, session: Session | None = None) -> None:
        self.space = space
        self.session = session if session is not None else space.session()
        self.pump = Pump()
        self.forms: dict[str, EndpointForm] = {}
        self.page: Page | None = None
        self._runs = runs_of(space, self.session)
        self._lock = threading.RLock()
        self.closed = False
        self.name = f"jsp-view-{secrets.token_hex(4)}"  # a class of the root, by which style sheets tell views apart
        self._readers: list[Callable[[dict[str, Any]], None]] = []
        self._boxes = Boxes()
        self.root = ViewBox(self, layout=self._boxes.layout, _dom_classes=classes(f"jsp-view {self.name}"))
        self._build({})
        self._unsubscribe = space.subscribe(self._space_changed)

    def on_settled(self, reader: Callable[[dict[str, Any]], None]) -> None:
        """Have this called with the static form whenever the view came on a page and whenever a run is over."""
        self._readers.append(reader)

    def snapshot(self) -> dict[str, Any]:
        """The static form of what the view shows now."""
        slots = placed(self.page.runtime) if self.page is not None else ()
        return snapshot(self.space, [form.call() for form in self.forms.values()], slots)

    def close(self) -> None:
        """Free widgets, threads and subscriptions. Closing twice does nothing."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
            self._unsubscribe()
            self.pump.close()
            parts = self._parts()
            self.root.children = ()
            self._free(parts)
            self.root.close()
            self._boxes.close()

    def _build(self, kept: dict[str, dict[str, Any]]) -> None:
        children: list[ipywidgets.Widget] = []
        head = self._head()
        if head:
            children.append(self._boxes.html("jsp-top", head))
        if self.space.layout is not None:
            self.page = Page(
                self.space,
                self.session,
                self.pump,
                self._boxes,
                make_form=lambda name: self._form(name, kept.get(name)),
                kept=kept.get(PAGE, {}),
                on_shown=self._tell,
            )
            children.append(self.page.box)
        else:
            self.page = None
            boxes = [self._form(name, kept.get(name)).box for name in self.space.endpoints]
            if len(boxes) > 1:
                boxes = [self._boxes.tabs(boxes, [form.endpoint.title for form in self.forms.values()])]
            children += boxes
        if self.space.article:
            children.append(self._boxes.html("jsp-article", prose(self.space.article)))
        self.root.children = children

    def _form(self, name: str, kept: Mapping[str, Any] | None) -> EndpointForm:
        form = self.forms[name] = EndpointForm(
            self.space,
            self.space[name],
            session=self.session,
            runs=self._runs,
            pump=self.pump,
            boxes=self._boxes,
            kept=kept,
            on_settled=self._tell,
        )
        return form

    def _space_changed(self, _space: Space, change: str) -> None:
        if change == "closed":  # replaced by another Space of its name, or removed: there is nothing to show any more
            self.close()
        else:
            self._rebuild()

    def _rebuild(self) -> None:
        """Same root, new children, the values that were typed."""
        with self._lock:
            if self.closed:
                return
            kept = {name: form.typed() for name, form in self.forms.items()}
            if self.page is not None:
                kept[PAGE] = self.page.typed()
            self._runs.forget_ended()
            old = self._parts()
            self.forms = {}
            self._build(kept)
            self._free(old)

    def _parts(self) -> tuple[list[EndpointForm | Page], list[ipywidgets.Widget]]:
        """The forms and the page, and what else hangs below the root."""
        parts: list[EndpointForm | Page] = list(self.forms.values())
        if self.page is not None:
            parts.append(self.page)
        boxes = {part.box for part in parts}
        return parts, [child for child in self.root.children if child not in boxes]

    def _free(self, parts: tuple[list[EndpointForm | Page], list[ipywidgets.Widget]]) -> None:
        own, others = parts
        for part in own:
            part.close()
        for widget in others:
            self._boxes.free(widget)

    def _tell(self) -> None:
        if self._readers:
            self.pump.post("static", self._show_static, wait=QUIET)

    def _show_static(self) -> None:
        bundle = self.snapshot()
        for reader in self._readers:
            reader(bundle)

    def _head(self) -> str:
        """Title, description and the author's style sheet, which is confined to this view."""
        space = self.space
        description = description_of(space)
        parts = [f"<h2>{escape(space.title)}</h2>"] if space.title else []
        if description:
            parts.append(prose(description))
        if space.css:
            sheet = space.css.replace("</", "<\\/")  # which means the same, and cannot end the element
            parts.append(f"<style>.{self.name} {{\n{sheet}\n}}</style>")
        return "".join(parts)


def build_view(space: Space, *, session: Session | None = None) -> ipywidgets.Widget:
    """One fresh widget tree of the Space, for one session; `close()` of the widget frees all of it."""
    return SpaceView(space, session=session).root
