"""The methods of a Space that place things on its page and connect them.

    with space.row():
        prompt = space.place(Textbox(), label="Prompt")
        picture = space.place(Image())
    space.button("Paint").click(paint, inputs=prompt, outputs=picture)

They build a `Layout`, which begins with the first of them; a Space that never calls one has no layout and shows the
automatic form of its endpoints. A cell that runs again replaces what it placed and connected before.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal, TypeVar

from jupyter_spaces.errors import DefinitionError, did_you_mean
from jupyter_spaces.space.cells import running_cell
from jupyter_spaces.space.components import Component
from jupyter_spaces.space.events import Chain, Handler, Kind, Trigger, read_wires
from jupyter_spaces.space.layout import (
    Accordion,
    Box,
    ButtonSlot,
    Column,
    Form,
    Group,
    Layout,
    Row,
    Slot,
    StateSlot,
    Tab,
    Tabs,
    Timer,
)
from jupyter_spaces.space.update import When

B = TypeVar("B", bound=Box)

VARIANTS = ("primary", "secondary", "stop")


class Composing:
    """Mixed into Space. `layout` is None until something is placed."""

    def __init__(self) -> None:
        self.layout: Layout | None = None

    @property
    def endpoints(self) -> Mapping[str, Any]:
        """The endpoints by name."""
        raise NotImplementedError

    def _changed(self) -> None:
        """Told after every change that views should see."""

    def _page(self) -> Layout:
        """The page to which the running cell adds, without what the cell's last run added."""
        if self.layout is None:
            self.layout = Layout(weakref.WeakMethod(self._page))
        self.layout = self.layout.turned(running_cell())
        return self.layout

    @contextmanager
    def _box(self, box: B) -> Iterator[B]:
        page = self._page()
        page.add(box)
        page.enter(box)
        try:
            yield box
        finally:
            page.leave(box)
            if page.at_root:
                self._changed()

    def row(self, *, visible: bool | When = True, name: str | None = None) -> AbstractContextManager[Row]:
        """`with space.row():` what follows stands side by side."""
        return self._box(Row(id=self._page().new_id("row", name), visible=visible))

    def column(
        self, *, scale: int = 1, min_width: int = 240, visible: bool | When = True, name: str | None = None
    ) -> AbstractContextManager[Column]:
        """`with space.column(scale=2):` one below the other; `scale` is the share of a row's width."""
        node_id = self._page().new_id("column", name)
        return self._box(Column(id=node_id, scale=scale, min_width=min_width, visible=visible))

    def group(self, *, visible: bool | When = True, name: str | None = None) -> AbstractContextManager[Group]:
        """`with space.group():` things with a border around them."""
        return self._box(Group(id=self._page().new_id("group", name), visible=visible))

    def accordion(
        self, label: str, *, open: bool = False, visible: bool | When = True, name: str | None = None
    ) -> AbstractContextManager[Accordion]:
        """`with space.accordion("More"):` folded away behind its label."""
        return self._box(Accordion(id=self._page().new_id("accordion", name), label=label, open=open, visible=visible))

    def tabs(self, *, visible: bool | When = True, name: str | None = None) -> AbstractContextManager[Tabs]:
        """`with space.tabs():` pages, each made by `with space.tab(label):`."""
        return self._box(Tabs(id=self._page().new_id("tabs", name), visible=visible))

    def tab(self, label: str, *, visible: bool | When = True, name: str | None = None) -> AbstractContextManager[Tab]:
        """`with space.tab("Paint"):` one page of tabs."""
        return self._box(Tab(id=self._page().new_id("tab", name), label=label, visible=visible))

    def place(
        self,
        component: Component[Any] | type[Component[Any]],
        *,
        name: str | None = None,
        visible: bool | When | None = None,
        **changes: Any,
    ) -> Slot:
        """Put a component here; `changes` are options of it, such as label="Prompt"."""
        if isinstance(component, type) and issubclass(component, Component):
            component = component()
        if not isinstance(component, Component):
            raise DefinitionError(f"space.place takes a component, got {component!r}. Write space.place(Textbox()).")
        if changes:
            component = component.replace(**changes)
        page = self._page()
        shown = component.visible if visible is None else visible
        slot = Slot(id=page.new_id(component.kind, name), component=component, visible=shown, events=page.events)
        page.add(slot)
        self._placed()
        return slot

    def form(self, endpoint: str | Callable[..., Any], *, visible: bool | When = True) -> Form:
        """Put the automatic form of an endpoint here, by its name or its function."""
        name = endpoint if isinstance(endpoint, str) else endpoint.__name__
        if name not in self.endpoints:
            raise DefinitionError(
                f"there is no endpoint {name!r} whose form could stand here.{did_you_mean(name, self.endpoints)} "
                "Define it above, with @space.endpoint."
            )
        form = Form(id=self._page().new_id("form", None), endpoint=name, visible=visible)
        self._page().add(form)
        self._placed()
        return form

    def button(
        self,
        label: str,
        *,
        variant: Literal["primary", "secondary", "stop"] = "secondary",
        name: str | None = None,
        visible: bool | When = True,
        interactive: bool = True,
    ) -> ButtonSlot:
        """A button; connect it with `.click(function, inputs=..., outputs=...)`."""
        if variant not in VARIANTS:
            raise DefinitionError(f"a button has no variant {variant!r}; it is one of {', '.join(VARIANTS)}.")
        page = self._page()
        button = ButtonSlot(
            id=page.new_id("button", name),
            label=label,
            variant=variant,
            visible=visible,
            interactive=interactive,
            events=page.events,
        )
        page.add(button)
        self._placed()
        return button

    def state(self, initial: Any = None, *, name: str | None = None) -> StateSlot:
        """A value per session that nobody sees; a callable makes it, anything else is copied for each session."""
        page = self._page()
        make = initial if callable(initial) else lambda: copy.deepcopy(initial)
        slot = StateSlot(id=page.new_id("state", name), initial=make, events=page.events)
        page.add(slot, in_tree=False)
        return slot

    def timer(self, seconds: float, *, active: bool = True, name: str | None = None) -> Timer:
        """A clock; connect it with `.tick(function, outputs=...)`."""
        if not seconds >= 0.05:
            raise DefinitionError(f"a timer ticks every 0.05 seconds at most, got {seconds!r}.")
        page = self._page()
        timer = Timer(id=page.new_id("timer", name), seconds=seconds, active=active, events=page.events)
        page.add(timer, in_tree=False)
        self._placed()
        return timer

    def load(self, function: Handler, **wires: Any) -> Chain:
        """When a view opens, for each session."""
        return self._page().events.add(((Kind.LOAD, "root"),), function, read_wires(wires))

    def on(self, triggers: Sequence[tuple[Any, str]], function: Handler, **wires: Any) -> Chain:
        """One handler for several triggers: `space.on([(button, "click"), (prompt, "submit")], paint, ...)`."""
        read: list[Trigger] = []
        for source, kind in triggers:
            if not hasattr(source, str(kind)) or kind not in set(Kind):
                can = [each.value for each in Kind if hasattr(source, each)]
                raise DefinitionError(
                    f"a {type(source).__name__} has no event {kind!r}; it has {', '.join(can) or 'none'}."
                )
            read.append((Kind(kind), source.id))
        return self._page().events.add(tuple(read), function, read_wires(wires))

    def _placed(self) -> None:
        if self._page().at_root:
            self._changed()
