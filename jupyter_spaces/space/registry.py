"""`spaces`: every Space of this process by its name.

A Space made at module level registers itself, and making it again is ordinary: a cell is run twice, a module is
reloaded. What must not pass silently is two different Spaces of one name, because the second would take the first one's
place in the notebook, in the API and on the hub. The rule (`may_replace`): code of `__main__`, where notebooks run,
always replaces; a module replaces its own Space when it runs again (a reload gives it a new `__spec__`) or when the
very same line runs again; anything else is a `DuplicateNameError`.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import DuplicateNameError, NameNotFoundError, did_you_mean
from jupyter_spaces.space.hints import underlying

if TYPE_CHECKING:
    from jupyter_spaces.space.space import Space


@dataclass(frozen=True)
class Origin:
    """Where a Space was made. `execution` (the module's `__spec__`) tells two runs of one module apart."""

    module: str
    line: int
    execution: object
    at_module_level: bool

    @classmethod
    def of(cls, frame: FrameType) -> Origin:
        """The origin of what the code of this frame makes."""
        module = str(frame.f_globals.get("__name__", "__main__"))
        spec = getattr(sys.modules.get(module), "__spec__", None)
        # A function's f_locals is a snapshot that the frame would keep (until 3.13), with everything in it.
        in_function = bool(frame.f_code.co_flags & inspect.CO_OPTIMIZED)
        return cls(module, frame.f_lineno, spec, not in_function and frame.f_locals is frame.f_globals)

    def at_function(self, function: Callable[..., Any]) -> Origin:
        """The origin moved to where a function was written: a Space that a magic makes belongs to the notebook."""
        plain = underlying(function)
        if plain is None:
            return self
        module = str(plain.__globals__.get("__name__", self.module))
        spec = getattr(sys.modules.get(module), "__spec__", None)
        return Origin(module, plain.__code__.co_firstlineno, spec, self.at_module_level)

    def may_replace(self, earlier: Origin) -> bool:
        """Whether a Space made here may take the place of one made there."""
        if self.module != earlier.module:
            return False
        return self.module == "__main__" or self.execution is not earlier.execution or self.line == earlier.line

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}"


class SpaceRegistry(Mapping[str, "Space"]):
    """The registered Spaces, in the order of their making."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._spaces: dict[str, Space] = {}

    def add(self, space: Space) -> None:
        """Register; replaces a Space of the same name and origin, which is told that it was replaced."""
        with self._lock:
            earlier = self._spaces.get(space.name)
            if earlier is space:
                return
            if earlier is not None and not space.origin.may_replace(earlier.origin):
                raise DuplicateNameError(
                    f"there is a Space {space.name!r} already, made in {earlier.origin}; this one is made in "
                    f"{space.origin}. Give one of them another name, or forget the first one with "
                    f"spaces.remove({space.name!r})."
                )
            self._spaces[space.name] = space
        if earlier is not None:
            earlier.close()

    def remove(self, name: str) -> None:
        """Forget a Space and close its sessions."""
        with self._lock:
            space = self[name]
            del self._spaces[name]
        space.close()

    def clear(self) -> None:
        """Forget every Space."""
        for name in list(self):
            self.remove(name)

    def __getitem__(self, name: str) -> Space:
        try:
            return self._spaces[name]
        except KeyError:
            known = ", ".join(map(repr, self)) or "none yet: make one with %%space or Space(name)"
            raise NameNotFoundError(
                f"no Space is named {name!r}.{did_you_mean(str(name), self)} Registered: {known}."
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._spaces

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._spaces))

    def __len__(self) -> int:
        return len(self._spaces)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        if not self._spaces:
            return "no Spaces yet: make one with %%space or Space(name)"
        width = max(map(len, self))
        return "\n".join(
            f"{name:<{width}}  {', '.join(f'{endpoint}()' for endpoint in space.endpoints) or 'no endpoints yet'}"
            for name, space in self.items()
        )


spaces = SpaceRegistry()
