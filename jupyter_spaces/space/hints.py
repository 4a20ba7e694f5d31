"""A function's type hints, resolved: strings of `from __future__ import annotations` included.

Strings are evaluated where the function was written: its globals, the variables that it closes over, and, for a
function decorated inside another one, that one's locals. Each hint is resolved on its own, so that an error can name
the parameter.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_spaces.errors import DefinitionError


def underlying(function: Callable[..., Any]) -> types.FunctionType | None:
    """The plain function behind decorators, partials, bound methods and callable objects; None for builtins."""
    found: Any = function
    while True:
        found = inspect.unwrap(found)
        if isinstance(found, functools.partial):
            found = found.func
        elif isinstance(found, types.MethodType):
            found = found.__func__
        elif isinstance(found, types.FunctionType):
            return found
        elif not isinstance(found, type) and isinstance(
            inspect.getattr_static(found, "__call__", None), types.FunctionType
        ):
            found = type(found).__call__
        else:
            return None


def function_name(function: Callable[..., Any]) -> str:
    """The name to show for any callable."""
    name = getattr(function, "__name__", None) or getattr(underlying(function), "__name__", None)
    if name == "__call__":
        name = type(function).__name__
    return str(name or type(function).__name__)


def resolve_hints(
    function: Callable[..., Any], signature: inspect.Signature, localns: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Parameter name (and "return") -> resolved hint, `Annotated` kept. Parameters without a hint are absent."""
    written = {p.name: p.annotation for p in signature.parameters.values() if p.annotation is not p.empty}
    if signature.return_annotation is not inspect.Signature.empty:
        written["return"] = signature.return_annotation
    plain = underlying(function)
    globalns = plain.__globals__ if plain else {}
    names = {**(localns or {}), **_closure(plain)}
    return {name: _resolve(function, name, hint, globalns, names) for name, hint in written.items()}


def _closure(function: types.FunctionType | None) -> dict[str, Any]:
    if function is None:
        return {}
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a variable that is not assigned yet
            continue
    return found


def _resolve(
    function: Callable[..., Any], name: str, hint: Any, globalns: dict[str, Any], localns: dict[str, Any]
) -> Any:
    if hint is None:
        return type(None)
    holder = types.SimpleNamespace(__annotations__={name: hint})
    try:
        return typing.get_type_hints(holder, globalns, localns, include_extras=True)[name]
    except NameError as exc:
        where = "the result" if name == "return" else f"the parameter {name!r}"
        raise DefinitionError(
            f"{function_name(function)}(): the type hint {hint!r} of {where} cannot be read: {exc}. "
            f"Import or define {exc.name!r} before the function."
        ) from None
    except (TypeError, SyntaxError, AttributeError) as exc:
        # A hint that is no type, like a component instance, is explained by the inference, which knows what to write.
        if not isinstance(hint, str) and isinstance(exc, TypeError):
            return hint
        where = "the result" if name == "return" else f"the parameter {name!r}"
        raise DefinitionError(
            f"{function_name(function)}(): the type hint {hint!r} of {where} cannot be read: {exc}."
        ) from None
