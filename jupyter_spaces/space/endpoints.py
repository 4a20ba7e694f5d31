"""Endpoints: those of one Space by name, in the order of their definition.

Never changed in place: a view that walks through them while a cell runs again sees the old ones or the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jupyter_spaces.errors import DuplicateNameError, NameNotFoundError, did_you_mean
from jupyter_spaces.space.endpoint import Endpoint


class Endpoints(Mapping[str, Endpoint]):
    """A mapping whose lookups explain themselves; `space` is the Space's name, for the sentences."""

    def __init__(self, space: str, endpoints: Iterable[Endpoint] = ()) -> None:
        self._space = space
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}

    def plus(self, endpoint: Endpoint) -> Endpoints:
        """These and one more. The same function again replaces itself, another one of its name is refused."""
        earlier = self._endpoints.get(endpoint.name)
        if earlier is not None and _home(earlier.function) != _home(endpoint.function):
            raise DuplicateNameError(
                f"the Space {self._space!r} has an endpoint {endpoint.name!r} already ({_home(earlier.function)}). "
                'Give this one another name: @space.endpoint(name="...").'
            )
        return Endpoints(self._space, {**self._endpoints, endpoint.name: endpoint}.values())

    def find(self, name: str | None) -> Endpoint:
        """The endpoint of that name; None means the only one there is. Raises `NameNotFoundError`."""
        if name is not None:
            return self[name]
        if len(self) == 1:
            return next(iter(self._endpoints.values()))
        if not self:
            raise NameNotFoundError(
                f"the Space {self._space!r} has no endpoints yet. Write @space.endpoint above a function."
            )
        raise NameNotFoundError(
            f"the Space {self._space!r} has several endpoints, so say which: "
            f"spaces[{self._space!r}].call({next(iter(self))!r}, ...). Endpoints: {', '.join(self)}."
        )

    def __getitem__(self, name: str) -> Endpoint:
        try:
            return self._endpoints[name]
        except KeyError:
            raise NameNotFoundError(
                f"the Space {self._space!r} has no endpoint {name!r}.{did_you_mean(str(name), self)} "
                f"Endpoints: {', '.join(self) or 'none yet'}."
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._endpoints

    def __iter__(self) -> Iterator[str]:
        return iter(self._endpoints)

    def __len__(self) -> int:
        return len(self._endpoints)

    def __repr__(self) -> str:
        return f"Endpoints({', '.join(self)})"


def _home(function: Callable[..., Any]) -> str:
    """Where a function was written: what stays the same when its cell runs again."""
    module = getattr(function, "__module__", "")
    return f"{module}.{getattr(function, '__qualname__', type(function).__qualname__)}"
