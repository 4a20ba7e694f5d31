"""What is loaded in this kernel: names, where it is, how much memory it takes, since when.

The ledger keeps a model alive until it is freed, as a notebook does with a name. Freeing takes the weights out of the
`Pipeline` object, so that the memory comes back even while names in the notebook still point to that object.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jupyter_spaces.errors import NameNotFoundError, did_you_mean
from jupyter_spaces.models.devices import empty_cache
from jupyter_spaces.models.pipeline import Pipeline
from jupyter_spaces.models.weights import model_bytes, modules_of, number_format, readable, storages_of, where


@dataclass(frozen=True)
class Entry:
    """One loaded model. `request` is what `load` was asked for, with the fingerprint of the files it read."""

    name: str
    model: Any
    source: str
    request: Any = None
    loaded_at: float = field(default_factory=time.time)

    @property
    def inner(self) -> Any:
        """The torch module or diffusers pipeline that holds the weights."""
        return self.model.diffusers if isinstance(self.model, Pipeline) else self.model

    @property
    def kind(self) -> str:
        """The class, as people know it."""
        return type(self.inner).__name__

    @property
    def device(self) -> str:
        """Where its weights are."""
        return where(self.inner)

    @property
    def dtype(self) -> str:
        """The number format of its weights."""
        return number_format(self.inner)

    @property
    def nbytes(self) -> int:
        """Bytes of its parameters and buffers."""
        return model_bytes(self.inner)


@dataclass(frozen=True)
class Freed:
    """What `free` did. Shown as a sentence."""

    name: str
    nbytes: int  # bytes that came back
    device: str
    names: tuple[str, ...] = ()  # the notebook's names that still point to the freed object
    held_by: tuple[str, ...] = ()  # the notebook's names that keep weights in memory
    kept: int = 0  # bytes that did not come back

    def __repr__(self) -> str:
        text = f"Freed {self.name!r}: {readable(self.nbytes)} on {self.device}."
        if self.kept:
            text += f" {readable(self.kept)} stay in memory, because "
            if self.held_by:
                text += f"the notebook still holds them as {', '.join(self.held_by)}: del {', '.join(self.held_by)}."
            else:
                text += "something else still refers to them: another model of the same parts, or a variable."
        if self.names:
            text += f" {', '.join(self.names)} in the notebook still names it; a call says how to load it again."
        return text


class Ledger:
    """The models of this process by name. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}

    def add(self, entry: Entry) -> None:
        """Enter a model under its name, in place of what was there."""
        with self._lock:
            self._entries[entry.name] = entry

    def get(self, name: str) -> Entry:
        """The entry of that name. Raises `NameNotFoundError`."""
        with self._lock:
            if name in self._entries:
                return self._entries[name]
            known = ", ".join(map(repr, self._entries))
        what = f"Loaded: {known}." if known else "None is loaded; models.load('tiny') loads the built-in one."
        raise NameNotFoundError(f"No model is named {name!r}. {what}{did_you_mean(str(name), self._entries)}")

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries.values()))

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def new_name(self, wanted: str) -> str:
        """`wanted`, or `wanted-2`, `wanted-3` ... where it is taken."""
        name, number = wanted, 2
        while name in self._entries:
            name, number = f"{wanted}-{number}", number + 1
        return name

    def free(self, name: str) -> Freed:
        """Drop a model, give its memory back, and say what could not come back and why."""
        with self._lock:
            entry = self.get(name)
            del self._entries[name]
        device, before = entry.device, entry.nbytes
        inner = entry.inner
        # A pipeline's components can be held one by one; weak references tell which of them outlive the pipeline.
        parts = [weakref.ref(part) for part in (inner, *modules_of(inner))]
        wrapper = entry.model if isinstance(entry.model, Pipeline) else None
        if wrapper is not None:
            wrapper.close()
        del entry, inner
        empty_cache(device)
        alive = [part for part in (reference() for reference in parts) if part is not None]
        kept = {block: size for part in alive for block, size in storages_of(part).items()}
        return Freed(
            name,
            nbytes=max(0, before - sum(kept.values())),
            device=device,
            names=_notebook_names([wrapper] if wrapper is not None else []),
            held_by=_notebook_names(alive),
            kept=sum(kept.values()),
        )


def _notebook_names(objects: list[Any]) -> tuple[str, ...]:
    """The names bound to one of the objects in the user's namespace: `__main__`, in a kernel and in a script."""
    space = vars(sys.modules["__main__"])
    wanted = {id(one) for one in objects}
    names = [name for name, value in list(space.items()) if id(value) in wanted]
    outputs = space.get("Out")
    if isinstance(outputs, dict):
        names += [f"Out[{number}]" for number, value in outputs.items() if id(value) in wanted]
    return tuple(name for name in names if not (name.startswith("_") and name.strip("_i0123456789") == ""))


ledger = Ledger()
