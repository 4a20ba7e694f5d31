"""`%models`: what is loaded, and its memory back."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError

from jupyter_spaces import models
from jupyter_spaces.errors import SpacesError, did_you_mean
from jupyter_spaces.magics.options import split

COMMANDS = ("list", "free", "help")

HELP = """\
The models that live in this kernel: where they are and how much memory they take.

    %models             the table
    %models free NAME   drop a model and give its memory back; several names, or --all

models.load("tiny") loads one; models["tiny"] is the same object again.
"""


def models_magic(line: str) -> Any:
    words = split(line, "%models")
    match words:
        case [] | ["list"]:
            return models.list()
        case ["free", "--all"]:
            _free([entry.name for entry in models.list()])
        case ["free", *names] if names:
            _free(names)
        case ["free"]:
            loaded = ", ".join(entry.name for entry in models.list()) or "none"
            raise UsageError(f"%models free: which one? Loaded: {loaded}.")
        case ["help" | "-h" | "--help", *_]:
            print(HELP)
        case [command, *_]:
            raise UsageError(
                f"%models: there is no command {command!r}.{did_you_mean(command, COMMANDS)} "
                f"Commands: {', '.join(COMMANDS)}."
            )
    return None


models_magic.__doc__ = HELP


def _free(names: list[str]) -> None:
    for name in names:
        try:
            print(models.free(name))
        except SpacesError as error:
            raise UsageError(f"%models free: {error}") from error
