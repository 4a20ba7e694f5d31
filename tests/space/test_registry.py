"""`spaces`: making a Space again is ordinary, two different ones of one name are not."""

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_spaces import Space, spaces
from jupyter_spaces.errors import DuplicateNameError, NameNotFoundError


@pytest.fixture(autouse=True)
def _empty_registry() -> Iterator[None]:
    spaces.clear()
    yield
    spaces.clear()


CELL = """
from jupyter_spaces import Space

space = Space("painter")

@space.endpoint
def paint(prompt: str) -> str:
    return prompt
"""


def run_in(name, source, namespace=None):
    """Run source as the code of a module, as a notebook's cell or an import does."""
    namespace = {"__name__": name} if namespace is None else namespace
    exec(compile(textwrap.dedent(source), f"<{name}>", "exec"), namespace)
    return namespace


def test_a_space_made_at_module_level_registers_itself() -> None:
    run_in("__main__", CELL)
    assert list(spaces) == ["painter"]
    assert spaces["painter"].call(prompt="a") == "a"
    assert repr(spaces) == "painter  paint()"
    assert "painter" in spaces


def test_a_space_made_in_a_function_does_not_unless_asked() -> None:
    Space("hidden")
    assert list(spaces) == []
    assert repr(spaces).startswith("no Spaces yet")
    Space("shown", register=True)
    assert list(spaces) == ["shown"]


def test_a_cell_that_runs_again_replaces_its_space_and_says_nothing() -> None:
    first = run_in("__main__", CELL)["space"]
    told = []
    first.subscribe(lambda space, change: told.append(change))
    second = run_in("__main__", "\n\n" + CELL)["space"]
    assert spaces["painter"] is second
    assert told == ["closed"]


def test_a_space_that_a_magic_made_belongs_to_the_notebook_that_holds_its_functions() -> None:
    notebook = run_in("__main__", "def paint(prompt: str) -> str:\n    return prompt\n")
    magic = Space.from_namespace("painter", {"paint": notebook["paint"]}, register=True)
    assert magic.origin.module == "__main__"
    # The author goes on in plain Python.
    assert run_in("__main__", CELL)["space"] is spaces["painter"]


def test_two_modules_with_spaces_of_one_name() -> None:
    run_in("first_app", CELL)
    with pytest.raises(
        DuplicateNameError,
        match=r"there is a Space 'painter' already, made in first_app, line 4; this one is made in second_app, line 4. "
        r"Give one of them another name, or forget the first one with spaces.remove\('painter'\)",
    ):
        run_in("second_app", CELL)
    spaces.remove("painter")
    run_in("second_app", CELL)


def test_one_module_with_two_spaces_of_one_name() -> None:
    with pytest.raises(DuplicateNameError, match="made in app, line 4; this one is made in app, line 5"):
        run_in("app", '\nfrom jupyter_spaces import Space\n\na = Space("x")\nb = Space("x")\n')


def test_a_module_that_is_reloaded_replaces_its_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "reloaded_app.py"
    path.write_text(CELL)
    module = importlib.import_module("reloaded_app")
    path.write_text("# an edit that moves the lines\n\n" + CELL)
    again = importlib.reload(module)
    assert spaces["painter"] is again.space
    del sys.modules["reloaded_app"]


def test_a_name_that_nobody_has() -> None:
    Space("painter", register=True)
    with pytest.raises(
        NameNotFoundError, match=r"no Space is named 'paniter'. Did you mean 'painter'\? Registered: 'paint"
    ):
        spaces["paniter"]
    with pytest.raises(KeyError):
        spaces["x"]
    assert spaces.get("x") is None


def test_removing_a_space_closes_its_sessions() -> None:
    space = Space("painter", register=True)
    closed = []
    space.session().on_close(lambda: closed.append(1))
    spaces.remove("painter")
    assert closed == [1]
    assert len(spaces) == 0
