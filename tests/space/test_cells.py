"""A cell that runs again replaces what it placed and connected, and nothing of what other cells did."""

from __future__ import annotations

import linecache
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_spaces import Session, Slider, Space, Textbox, when
from jupyter_spaces.space import Kind, Runtime, Slot
from jupyter_spaces.space.cells import CellRun, name_cells, running_cell

Cell = Callable[..., None]


@pytest.fixture
def cell() -> Iterator[Cell]:
    """Runs code as the cell of that id, in a front end that names its cells."""
    current: list[CellRun] = []
    runs = iter(range(1_000))
    name_cells(lambda: current[-1] if current else None)

    def run(cell_id: str, code: Callable[[], Any]) -> None:
        current.append(CellRun(cell_id, f"message {next(runs)}"))
        try:
            code()
        finally:
            current.pop()

    yield run
    name_cells(None)


def labels(space: Space) -> list[str]:
    """The labels of what stands on the page, in order."""
    assert space.layout is not None
    return [node.label for node in space.layout.root.walk() if hasattr(node, "label") and node.label]


def row_of(space: Space, *names: str) -> None:
    with space.row():
        for name in names:
            space.place(Textbox(), label=name)


def test_a_cell_that_runs_again_replaces_its_rows_where_they_stood(cell: Cell) -> None:
    space = Space("test")
    cell("a", lambda: row_of(space, "one", "two"))
    cell("b", lambda: row_of(space, "three"))
    cell("a", lambda: (row_of(space, "ONE"), row_of(space, "TWO", "TWO AND A HALF")))
    assert labels(space) == ["ONE", "TWO", "TWO AND A HALF", "three"]
    cell("b", lambda: None)  # a run that places nothing has nothing to say
    cell("c", lambda: row_of(space, "four"))
    cell("b", lambda: row_of(space, "THREE"))
    assert labels(space) == ["ONE", "TWO", "TWO AND A HALF", "THREE", "four"]


def test_the_ids_come_back_so_that_typed_values_and_other_cells_find_them(cell: Cell) -> None:
    space = Space("test")
    cell("a", lambda: row_of(space, "one", "two"))
    cell("b", lambda: row_of(space, "three"))
    before = list(space.layout.slots)
    for _ in range(3):
        cell("a", lambda: row_of(space, "one", "two"))
        assert sorted(space.layout.slots) == sorted(before)


def test_boxes_that_are_made_first_and_entered_later_have_ids_of_their_own(cell: Cell) -> None:
    space = Space("test")

    def place() -> None:
        for box in [space.column(), space.column()]:
            with box:
                space.place(Textbox())

    for _ in range(2):
        cell("a", place)
        assert [child.id for child in space.layout.root.children] == ["column-1", "column-2"]


def test_a_name_is_free_again(cell: Cell) -> None:
    space = Space("test")
    for label in ("Prompt", "Your prompt"):
        cell("a", lambda label=label: space.place(Textbox(), name="prompt", label=label))
    assert labels(space) == ["Your prompt"]


def test_many_things_of_one_run_stay_together(cell: Cell) -> None:
    space = Space("test")
    for _ in range(2):
        cell("a", lambda: [row_of(space, str(n)) for n in range(3)])
    assert labels(space) == ["0", "1", "2"]


def test_handlers_are_connected_once(cell: Cell) -> None:
    space, said = Space("test"), []
    found: dict[str, Any] = {}

    def place() -> None:
        found["go"] = space.button("Go", name="go")
        found["chain"] = found["go"].click(lambda: said.append("placed"))

    def connect() -> None:
        found["go"].click(lambda: said.append("connected"))
        space.load(lambda: None)
        space.timer(60, name="clock").tick(lambda: None)
        found["chain"].then(lambda: said.append("then"))

    cell("a", place)
    for _ in range(3):
        cell("b", connect)
    cell("c", lambda: found["go"].click(lambda: said.append("also")))
    assert [len(space.layout.events.of((kind, node))) for kind, node in
            [(Kind.CLICK, "go"), (Kind.LOAD, "root"), (Kind.TICK, "clock")]] == [3, 1, 1]  # fmt: skip
    runtime = Runtime(space, Session(), lambda *_: None)
    runtime.fire(Kind.CLICK, "go")
    assert runtime.wait(10)
    assert sorted(said) == ["also", "connected", "placed", "then"]
    # A cell that only connects now takes away what it placed.
    cell("a", lambda: found["go"].click(lambda: None))
    assert "go" not in space.layout.nodes


def test_a_handler_of_another_cell_waits_until_its_slots_are_back(cell: Cell) -> None:
    """Between the two runs a visitor may click; nothing breaks."""
    space = Space("test")
    cell("a", lambda: row_of(space, "one", "two"))
    one, two = space.layout.slots.values()
    cell("b", lambda: space.button("Go", name="go").click(str.upper, inputs=one, outputs=two))
    cell("b2", lambda: space.place(Slider(1, 5), name="shown", visible=when(one, "x")))
    cell("a", lambda: space.place(Textbox(), name="other"))
    assert space.layout.events.chains == []
    runtime = Runtime(space, Session(), lambda *_: None)
    assert runtime.fire(Kind.CLICK, "go") == []
    assert runtime.is_visible("shown")
    cell("a", lambda: row_of(space, "one", "two"))
    runtime = Runtime(space, Session(), lambda *_: None)
    runtime.set(one.id, "x")
    runtime.fire(Kind.CLICK, "go")
    assert runtime.wait(10)
    assert runtime.value(two.id) == "X"
    assert runtime.is_visible("shown")


def test_a_view_keeps_the_page_that_it_shows(cell: Cell) -> None:
    """It has widgets for all of that page, and closes them with it."""
    space = Space("test")
    cell("a", lambda: row_of(space, "one"))
    shown = space.layout
    told: list[list[str]] = []
    space.subscribe(lambda changed, _: told.append(labels(changed)))
    cell("a", lambda: space.place(Slider(1, 5), label="two"))
    assert [type(node) for node in shown.slots.values()] == [Slot]
    assert list(shown.slots) == ["textbox-1"]
    assert told == [["two"]]


def test_states_and_timers_are_replaced_too(cell: Cell) -> None:
    space = Space("test")
    for _ in range(2):
        cell("a", lambda: (space.state(0), space.timer(60)))
    assert (list(space.layout.states), list(space.layout.timers)) == (["state-1"], ["timer-1"])


def test_a_mistake_in_the_second_run_can_be_corrected_by_a_third(cell: Cell) -> None:
    space = Space("test")

    def broken() -> None:
        with space.row():
            space.place(Textbox(), label="one")
            raise RuntimeError

    cell("a", lambda: row_of(space, "one", "two"))
    with pytest.raises(RuntimeError):
        cell("a", broken)
    assert labels(space) == ["one"]
    cell("a", lambda: row_of(space, "one", "two"))
    assert labels(space) == ["one", "two"]


# -- without a front end that names its cells


@pytest.fixture
def notebook() -> Iterator[Cell]:
    """Runs a cell as IPython does: each statement compiled by itself, under a name made of the text of the cell."""
    import ast

    space = Space("test", register=False)
    namespace: dict[str, Any] = {"__name__": "__main__", "space": space, "Textbox": Textbox}
    names: list[str] = []

    def run(text: str) -> Space:
        filename = f"<cell {hash(text)}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        names.append(filename)
        for statement in ast.parse(text).body:
            exec(compile(ast.Module([statement], []), filename, "exec"), namespace)
        return space

    yield run
    for name in names:
        linecache.cache.pop(name, None)


ROWS = """
with space.row():
    space.place(Textbox(), label="one")
    space.place(Textbox(), label="two")
for n in range(2):
    with space.row():
        space.place(Textbox(), label=str(n))
def add(label):
    space.button(label).click(lambda: None)
add("go")
add("stop")
"""


def test_the_place_of_the_statement_will_do(notebook: Any) -> None:
    notebook(ROWS)
    notebook("space.place(Textbox(), label='between')")
    for _ in range(3):
        space = notebook(ROWS)
    assert labels(space) == ["one", "two", "0", "1", "go", "stop", "between"]
    assert len(space.layout.events.chains) == 2


def test_code_without_a_source_only_adds() -> None:
    """Two texts of `exec` are both on line 1 of "<string>"."""
    space = Space("test")
    for _ in range(2):
        exec("space.place(Textbox())", {"space": space, "Textbox": Textbox})
    assert len(space.layout.slots) == 2


def test_a_module_places_once_whatever_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parts_of_a_page.py").write_text(
        "from jupyter_spaces import Space, Textbox\n"
        "space = Space('parts', register=False)\n"
        "def add(): space.place(Textbox())\n"
        "for _ in range(3): add()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import parts_of_a_page

    assert len(parts_of_a_page.space.layout.slots) == 3


def test_in_a_thread_nobody_can_tell() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(running_cell()))
    thread.start()
    thread.join()
    assert found == [None]
