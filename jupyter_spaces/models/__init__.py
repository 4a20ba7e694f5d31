"""The models that live in this kernel: load them, see them, free them.

from jupyter_spaces import models

pipe = models.load("tiny")        # built in; or any diffusers repository id or folder
models.list()                     # what is loaded, where, how much
models["tiny"]                    # the same object as `pipe`
models.free("tiny")
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from jupyter_spaces.models.face import adopt, free, list_models, register
from jupyter_spaces.models.face import list_models as list
from jupyter_spaces.models.ledger import Entry, Freed, ledger
from jupyter_spaces.models.loading import load
from jupyter_spaces.models.pipeline import Pipeline

__all__ = ["Entry", "Freed", "Pipeline", "adopt", "free", "list", "load", "register"]


class _Models(ModuleType):
    # https://docs.python.org/3/reference/datamodel.html#customizing-module-attribute-access
    """The module reads as a mapping: `models["tiny"]`, `"tiny" in models`, and shows its table."""

    def __getitem__(self, name: str) -> Any:
        return ledger.get(name).model

    def __contains__(self, name: object) -> bool:
        return name in ledger

    def __iter__(self) -> Iterator[str]:
        return (entry.name for entry in ledger)

    def __len__(self) -> int:
        return len(ledger)

    def __bool__(self) -> bool:
        return True  # an empty ledger does not make `if models:` false

    def __repr__(self) -> str:
        return repr(list_models())

    def _repr_html_(self) -> str:
        return list_models()._repr_html_()


sys.modules[__name__].__class__ = _Models
