"""Which device a function needs: that of the registered models among its globals, closure and defaults.

Nobody should have to say on which queue a function runs. The names that its code mentions are looked up at call time
(a notebook may define them later, or again); helper functions of the same module are followed; containers, the object
of a bound method and the objects of the module's own classes are looked into one level deep.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

from jupyter_spaces.jobs import device_of
from jupyter_spaces.space.hints import underlying

# Only what is surely a function is followed: a proxy or a model may answer any attribute with an import or an error.
_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial, functools._lru_cache_wrapper)

_CONTAINER_LIMIT = 64  # a dict with thousands of entries is data, not a shelf of models


def referenced_device(function: Callable[..., Any]) -> str | None:
    """The device of the first model found; one that is not the CPU wins, since it is the scarce one."""
    found: str | None = None
    for value in _values(function):
        device = device_of(value)
        if device is not None and device != "cpu":
            return device
        found = found or device
    return found


def _values(function: Callable[..., Any]) -> Iterator[Any]:
    seen: set[int] = set()
    waiting: list[Any] = [function]
    home = getattr(underlying(function), "__globals__", {})
    module = home.get("__name__")
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        for value in _mentioned(current):
            yield value
            if isinstance(value, (list, tuple, dict)) and len(value) <= _CONTAINER_LIMIT:
                yield from value.values() if isinstance(value, dict) else value
            elif isinstance(value, _FUNCTIONS):
                if getattr(underlying(value), "__globals__", None) is home:
                    waiting.append(value)
            elif not isinstance(value, type) and type(value).__module__ == module:
                yield from getattr(value, "__dict__", {}).values()


def _mentioned(function: Any) -> Iterator[Any]:
    """What one callable refers to: itself, its bound object and arguments, then the globals and cells of its code."""
    if isinstance(function, functools.partial):
        yield from (*function.args, *function.keywords.values())
    owner = getattr(function, "__self__", None)
    if owner is None and not isinstance(function, (types.FunctionType, functools.partial)):
        owner = function
    if owner is not None:
        yield owner
        yield from getattr(owner, "__dict__", {}).values()
    plain = underlying(function)
    if plain is None:
        return
    for name in global_names(plain.__code__):
        if name in plain.__globals__:
            yield plain.__globals__[name]
    for cell in plain.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that is not assigned yet
            continue
    yield from plain.__defaults__ or ()
    yield from (plain.__kwdefaults__ or {}).values()


@functools.lru_cache(maxsize=1024)
def global_names(code: types.CodeType) -> tuple[str, ...]:
    """The global names that a code object and those nested in it mention."""
    found = dict.fromkeys(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found.update(dict.fromkeys(global_names(constant)))
    return tuple(found)
