"""`%%space` and `%space`: they parse, and the rooms below do the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError

from jupyter_spaces.errors import CallError, SpacesError
from jupyter_spaces.magics.building import build
from jupyter_spaces.magics.cell import begin_traceback_in_cells, endpoint_functions, run_body
from jupyter_spaces.magics.cell_options import cell_parser, space_options
from jupyter_spaces.magics.commands import command_help, run_command
from jupyter_spaces.magics.options import split
from jupyter_spaces.space import Space
from jupyter_spaces.space.cells import CellRun


def cell_magic(shell: Any) -> Callable[[str, str], None]:
    """`%%space` of one IPython shell."""

    def space(line: str, cell: str) -> None:
        parsed = cell_parser().parse_words(split(line, "%%space"))
        tree = run_body(shell, cell)
        functions = endpoint_functions(tree, shell.user_ns)
        if not functions:
            raise UsageError(
                f"%%space {parsed.name}: the cell defines no public function, so there is nothing to show. Write a "
                "top-level def without a leading underscore, with type hints: def greet(name: str) -> str: ..."
            )
        options = space_options(parsed, shell.user_ns)
        try:
            display_space(build(parsed.name, functions, options, cell_id(shell)))
        except CallError as error:
            begin_traceback_in_cells(error, shell)
            raise
        except SpacesError as error:
            raise UsageError(f"%%space {parsed.name}: {error}") from error

    space.__doc__ = cell_parser().format_help()
    return space


def line_magic(shell: Any) -> Callable[[str], Any]:
    """`%space` of one IPython shell."""

    def space(line: str) -> Any:
        try:
            return run_command(line, shell.user_ns, display_space)
        except CallError as error:
            begin_traceback_in_cells(error, shell)
            raise
        except SpacesError as error:
            raise UsageError(f"%space: {error}") from error

    space.__doc__ = command_help()
    return space


def display_space(space: Space) -> None:
    """Show a Space as the output of this cell."""
    # Imported by the first Space that is shown: `%load_ext` itself stays light.
    from jupyter_spaces.widgets import display

    display.display_space(space)


def cell_id(shell: Any) -> str | None:
    """The id of the running cell, from front ends that send one (JupyterLab and Notebook 7 do)."""
    found = (_request(shell).get("metadata") or {}).get("cellId")
    return str(found) if found else None


def cell_run(shell: Any) -> CellRun | None:
    """The running cell and which of its runs this is, from front ends that send an id."""
    cell = cell_id(shell)
    return None if cell is None else CellRun(cell, str(_request(shell)["header"]["msg_id"]))


def _request(shell: Any) -> dict[str, Any]:
    """What the front end asked for; empty outside of a kernel."""
    return (shell.get_parent() if hasattr(shell, "get_parent") else None) or {}
