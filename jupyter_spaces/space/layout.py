"""Layout: where things stand on the page, as a tree of plain nodes.

For apps that outgrow one form. The nodes are data that every host reads in its own way; what happens when somebody
clicks is in `events.py`, and one visitor's values are in `runtime.py`. A Space without a layout shows the automatic
form of its endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_spaces.errors import DefinitionError, DuplicateNameError, did_you_mean
from jupyter_spaces.space.cells import CellRun
from jupyter_spaces.space.components import Component
from jupyter_spaces.space.events import Chain, Events, Handler, Kind, Wires, read_wires
from jupyter_spaces.space.update import When


@dataclass(eq=False, kw_only=True)
class Node:
    """Anything in the tree. `id` is unique in its Space and the same for every session."""

    id: str
    visible: bool | When = True
    cell: Hashable = field(default=None, repr=False)  # the cell that placed it, see cells.py

    def walk(self) -> Iterator[Node]:
        """This node and everything below it, in reading order."""
        yield self


@dataclass(eq=False, kw_only=True)
class Box(Node):
    """A node with children. `scale` is its share of the width in a row, `min_width` in CSS pixels."""

    children: list[Node] = field(default_factory=list)
    scale: int = 1
    min_width: int = 240

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


class Row(Box):
    """Side by side; wraps when it gets narrow."""


class Column(Box):
    """One below the other."""


class Group(Box):
    """Things that belong together, with a border around them."""


@dataclass(eq=False, kw_only=True)
class Accordion(Box):
    """Folded away behind its label."""

    label: str
    open: bool = False


@dataclass(eq=False, kw_only=True)
class Tab(Box):
    """One page of a `Tabs`."""

    label: str


class Tabs(Box):
    """Pages of which one is seen. Its children are `Tab`s."""


@dataclass(eq=False, kw_only=True)
class Form(Node):
    """The automatic form of one endpoint, placed in a layout."""

    endpoint: str


@dataclass(eq=False, kw_only=True)
class EventSource(Node):
    """A node that something can happen to."""

    events: Events = field(repr=False)

    def on(self, kind: Kind, function: Handler | None, wires: Wires) -> Chain:
        return self.events.add(((kind, self.id),), function, wires)


@dataclass(eq=False, kw_only=True)
class Slot(EventSource):
    """A component placed on the page: one value per session."""

    component: Component[Any]

    @property
    def label(self) -> str | None:
        return self.component.label

    def change(self, function: Handler | None = None, **wires: Any) -> Chain:
        """Whenever the value changes, by the visitor or by a handler. For the keywords see `Wires`."""
        return self.on(Kind.CHANGE, function, read_wires(wires, mode="last"))

    def input(self, function: Handler | None = None, **wires: Any) -> Chain:
        """When the visitor changes the value."""
        return self.on(Kind.INPUT, function, read_wires(wires, mode="last"))

    def submit(self, function: Handler | None = None, **wires: Any) -> Chain:
        """When the visitor presses Enter in it."""
        return self.on(Kind.SUBMIT, function, read_wires(wires))


@dataclass(eq=False, kw_only=True)
class ButtonSlot(EventSource):
    """A button. `variant` is "primary", "secondary" or "stop"."""

    label: str
    variant: str = "secondary"
    interactive: bool = True

    def click(self, function: Handler | None = None, **wires: Any) -> Chain:
        """When somebody presses it. `cancels=[chain]` makes it a stop button."""
        return self.on(Kind.CLICK, function, read_wires(wires))


@dataclass(eq=False, kw_only=True)
class StateSlot(EventSource):
    """A value per session that nobody sees. `initial` makes it, once for each session."""

    initial: Callable[[], Any]

    def change(self, function: Handler | None = None, **wires: Any) -> Chain:
        """Whenever a handler changes it."""
        return self.on(Kind.CHANGE, function, read_wires(wires, mode="last"))


@dataclass(eq=False, kw_only=True)
class Timer(EventSource):
    """Ticks every `seconds` while `active` and while somebody looks."""

    seconds: float
    active: bool = True

    def tick(self, function: Handler | None = None, **wires: Any) -> Chain:
        """At every tick; a tick is skipped while the last one still works."""
        return self.on(Kind.TICK, function, read_wires(wires))


class Layout:
    """The tree of one Space with its invisible parts. Built by the methods of Space.

    It grows in place; when a cell that placed something runs again, another page takes its place (`turned`), so that a
    view that shows this one finds in it what it shows.
    """

    def __init__(self, arrive: Callable[[], Callable[[], object] | None] = lambda: None) -> None:
        self.root = Column(id="root")
        self.nodes: dict[str, Node] = {"root": self.root}
        self.events = Events(self.nodes, arrive)
        self._open: list[Box] = [self.root]
        self._counts: dict[str, int] = {}
        self._runs: dict[Hashable, CellRun] = {}  # the last run of each cell
        self._cell: Hashable = None  # whose nodes are added now
        self._next: int | None = None  # where they go among the root's children; None: to the end

    @property
    def slots(self) -> dict[str, Slot]:
        """The placed components by id."""
        return {name: node for name, node in self.nodes.items() if isinstance(node, Slot)}

    @property
    def states(self) -> dict[str, StateSlot]:
        return {name: node for name, node in self.nodes.items() if isinstance(node, StateSlot)}

    @property
    def timers(self) -> dict[str, Timer]:
        return {name: node for name, node in self.nodes.items() if isinstance(node, Timer)}

    def __getitem__(self, node_id: str) -> Node:
        try:
            return self.nodes[node_id]
        except KeyError:
            raise DefinitionError(
                f"nothing on the page has the id {node_id!r}.{did_you_mean(node_id, self.nodes)}"
            ) from None

    def new_id(self, kind: str, name: str | None) -> str:
        """The given name if it is free, else `kind-1`, `kind-2`, ..."""
        if name is not None:
            if name in self.nodes:
                raise DuplicateNameError(f"something on the page is named {name!r} already; names there are unique.")
            return name
        while True:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            found = f"{kind}-{self._counts[kind]}"
            if found not in self.nodes:
                return found

    def add(self, node: Node, *, in_tree: bool = True) -> None:
        """Put a node where the innermost open `with` block is."""
        parent = self._open[-1]
        if in_tree and isinstance(parent, Tabs) != isinstance(node, Tab):
            if isinstance(node, Tab):
                raise DefinitionError("a tab stands in tabs: write `with space.tabs():` around `with space.tab(...):`.")
            raise DefinitionError("tabs hold tabs only: write `with space.tab(label):` inside of `with space.tabs():`.")
        node.cell = self._cell
        self.nodes[node.id] = node
        if in_tree and parent is self.root and self._next is not None:
            parent.children.insert(self._next, node)
            self._next += 1
        elif in_tree:
            parent.children.append(node)

    def enter(self, box: Box) -> None:
        self._open.append(box)

    def leave(self, box: Box) -> None:
        # An exception in a `with` block may leave inner boxes open; they close with it.
        while self._open.pop() is not box:
            continue

    @property
    def at_root(self) -> bool:
        return len(self._open) == 1

    def turned(self, run: CellRun | None) -> Layout:
        """The page on which this run goes on: a new one without what the cell's last run placed, else this one."""
        if not self.at_root:
            return self
        cell = None if run is None else run.cell
        page = self
        if run is not None and run.replaces(self._runs.get(cell)):
            page = self._without(cell)
        elif cell != self._cell:
            self._next = None
        page._cell = cell
        if run is not None:
            page._runs[cell] = run
        return page

    def _without(self, cell: Hashable) -> Layout:
        """A page without the nodes and chains of a cell; what the cell places next stands where the first one was."""
        page = Layout()
        places = [index for index, child in enumerate(self.root.children) if child.cell == cell]
        page.root.children = [child for child in self.root.children if child.cell != cell]
        page._next = places[0] if places else None
        page._runs = self._runs
        standing, stayed = set(self.root.walk()), set(page.root.walk())
        for name, node in self.nodes.items():
            if node in stayed or (node not in standing and node.cell != cell):
                page.nodes[name] = node
        self.events.forget(cell)
        page.events, self.events.nodes = self.events, page.nodes
        return page

    def conditions(self) -> Sequence[tuple[Node, When]]:
        """The nodes whose visibility follows a slot that is there."""
        return [
            (node, node.visible)
            for node in self.nodes.values()
            if isinstance(node.visible, When) and node.visible.slot_id in self.nodes
        ]
