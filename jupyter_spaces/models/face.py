"""The functions of `models` that look at the ledger of this process."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import DuplicateNameError, ModelError
from jupyter_spaces.jobs import assign_device
from jupyter_spaces.models.ledger import Entry, Freed, ledger
from jupyter_spaces.models.pipeline import Pipeline
from jupyter_spaces.models.table import ModelTable
from jupyter_spaces.models.weights import modules_of, where


def list_models() -> ModelTable:
    """What is loaded: a list of `Entry` that shows as a table."""
    return ModelTable(ledger)


def free(name: str) -> Freed:
    """Drop a model, give its memory back, and say what could not come back. Raises `NameNotFoundError`."""
    return ledger.free(name)


def register(name: str, model: Any) -> Any:
    """Enter a model that you loaded yourself, a torch module or a diffusers pipeline; returns it.

    Endpoints that use it then queue for its device, and it is listed. Registering the same object again does nothing;
    raises `DuplicateNameError` for another object of that name.
    """
    modules = modules_of(model)
    if not modules:
        raise ModelError(
            f"{name!r} is neither a torch module nor a diffusers pipeline but {type(model).__name__}: there is nothing "
            "to account for."
        )
    if name in ledger:
        if ledger.get(name).model is model:
            return model
        raise DuplicateNameError(
            f"Another model is named {name!r}. Free it first, models.free({name!r}), or take another name."
        )
    for part in (model, *modules):
        assign_device(part, where(part))
    ledger.add(Entry(name, model, source="registered"))
    return model


def adopt(name: str, pipeline: Any, *, source: str) -> Pipeline:
    """Enter a diffusers pipeline that was made here, and return it as a `Pipeline`. `source` says what it comes from.

    Takes the place of an earlier one of the same name and source; raises `DuplicateNameError` for another model.
    """
    device = where(pipeline)
    if name in ledger:
        entry = ledger.get(name)
        if entry.source != source or not isinstance(entry.model, Pipeline):
            raise DuplicateNameError(
                f"Another model is named {name!r}. Free it first, models.free({name!r}), or give the run another name."
            )
        entry.model.replace(pipeline, source=source, device=device)
        return entry.model
    made = Pipeline(pipeline, name=name, source=source, device=device)
    ledger.add(Entry(name, made, source=source))
    return made
