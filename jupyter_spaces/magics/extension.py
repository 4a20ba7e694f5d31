"""`%load_ext jupyter_spaces` and `%unload_ext jupyter_spaces`, a pair: what one does the other takes back."""

from __future__ import annotations

import functools
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from jupyter_spaces import models
from jupyter_spaces.magics.completion import complete
from jupyter_spaces.magics.foreign import other_package
from jupyter_spaces.magics.models_magic import models_magic
from jupyter_spaces.magics.space_magic import cell_magic, cell_run, line_magic
from jupyter_spaces.magics.train_magic import train_cell_magic, train_line_magic
from jupyter_spaces.space import spaces
from jupyter_spaces.space.cells import name_cells
from jupyter_spaces.train import runs

NAMES = {"spaces": spaces, "runs": runs, "models": models}
MAGICS = {"line": ("space", "train", "models"), "cell": ("space", "train")}


def load(shell: Any) -> None:
    """Register the magics and their completion, and put `spaces`, `runs` and `models` into the notebook."""
    trouble = other_package()
    if trouble:
        raise UsageError(trouble)
    for kind, name, function in (
        ("cell", "space", cell_magic(shell)),
        ("line", "space", line_magic(shell)),
        ("cell", "train", train_cell_magic(shell)),
        ("line", "train", train_line_magic),
        ("line", "models", models_magic),
    ):
        # Braces and dollars in a line are the line's own: `%space call` takes any Python value.
        shell.register_magic_function(no_var_expand(function), magic_kind=kind, magic_name=name)
    if getattr(shell, "Completer", None) is not None and complete not in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.append(complete)
    name_cells(functools.partial(cell_run, shell))
    for name, value in NAMES.items():
        if shell.user_ns.get(name, value) is value:
            shell.user_ns[name] = value
        else:
            print(
                f"The name {name!r} is taken in this notebook, so it stays what it is. For ours, write "
                f"from jupyter_spaces import {name} as my_{name}."
            )


def unload(shell: Any) -> None:
    """Take back what `load` did; Spaces and models stay."""
    for kind, names in MAGICS.items():
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    name_cells(None)
    if getattr(shell, "Completer", None) is not None and complete in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(complete)
    for name, value in NAMES.items():
        if shell.user_ns.get(name) is value:
            del shell.user_ns[name]
