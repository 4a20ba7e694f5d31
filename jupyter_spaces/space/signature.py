"""Reading a Python function as an Endpoint.

The one place that looks at a signature: which parameters are inputs, which are injected by type (`Progress`,
`Session`, `Job`), what streams, what is async, what takes batches, what the docstring says.
"""

from __future__ import annotations

import collections.abc
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import DefinitionError
from jupyter_spaces.jobs import Job, Progress
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.space.docstring import Docstring, parse_docstring
from jupyter_spaces.space.endpoint import BatchOptions, Endpoint, Parameter, Result, humanise
from jupyter_spaces.space.hints import function_name, resolve_hints, underlying
from jupyter_spaces.space.inference import component_for, is_named_tuple, read_hint
from jupyter_spaces.space.session import Session

INJECTED: tuple[type, ...] = (Progress, Session, Job)

_STREAMS = {
    collections.abc.Generator,
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.AsyncGenerator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
}


@dataclass(frozen=True)
class EndpointOptions:
    """What `@space.endpoint(...)` takes besides the function."""

    name: str | None = None  # the function's name
    title: str | None = None  # the name, humanised
    description: str | None = None  # the docstring up to its sections
    batch: bool = False  # the function takes a list per parameter and returns a list of results
    max_batch_size: int = 8
    max_wait: float = 0.0  # seconds that a lone item of a batch waits for company
    light: bool | None = None  # True: never queue on a device; False: always; None: by the models it mentions
    live: bool = False  # call again on every change of an input
    cache_examples: bool = False  # run each example once and keep its result
    priority: int = 0  # higher goes first on the device


def read_endpoint(
    function: Callable[..., Any], options: EndpointOptions | None = None, localns: Mapping[str, Any] | None = None
) -> Endpoint:
    """Turn a typed function into an Endpoint. Raises `DefinitionError` with what to write instead."""
    options = options or EndpointOptions()
    if isinstance(function, type) or not callable(function):
        raise DefinitionError(
            f"an endpoint is a function, got {function!r}. Write `@space.endpoint` above a `def`, or "
            "`@space.endpoint(name=...)` with its options in brackets."
        )
    name = options.name or function_name(function)
    if not name.isidentifier() or name.startswith("_"):
        raise DefinitionError(
            f"{name!r} cannot name an endpoint: it must be a Python name without a leading underscore. "
            'Write @space.endpoint(name="...").'
        )
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise DefinitionError(
            f"{name}() has no signature that Python can read (it is not written in Python). "
            "Wrap it: def f(x: float) -> float: return original(x)"
        ) from None
    hints = resolve_hints(function, signature, localns)
    doc = parse_docstring(getattr(function, "__doc__", None) if underlying(function) else None)
    injected, parameters = _read_parameters(name, signature, hints, doc, options.batch)
    streaming, results = _read_results(name, function, hints, options.batch)
    if options.batch and (streaming or injected):
        what = "yield" if streaming else f"receive {', '.join(kind.__name__ for kind in injected.values())}"
        raise DefinitionError(
            f"{name}() takes batches, and one batch serves several callers, so it cannot {what}. "
            "Return a list with one result per item."
        )
    return Endpoint(
        name=name,
        function=function,
        title=options.title or humanise(name),
        description=doc.description if options.description is None else options.description,
        parameters=parameters,
        results=results,
        streaming=streaming,
        is_async=is_async(function),
        injected=injected,
        positional_only=tuple(p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_ONLY),
        batch=BatchOptions(options.max_batch_size, options.max_wait) if options.batch else None,
        light=options.light,
        live=options.live,
        priority=options.priority,
        cache_examples=options.cache_examples,
    )


def injected_parameters(
    signature: inspect.Signature, hints: Mapping[str, Any], kinds: tuple[type, ...] = INJECTED
) -> dict[str, type]:
    """Parameter name -> class, for those whose hint is one of `kinds` (bare, `| None` or subscripted)."""
    found = {}
    for name in signature.parameters:
        if name in hints:
            hint = read_hint(hints[name]).type
            bare = typing.get_origin(hint) or hint
            if isinstance(bare, type) and issubclass(bare, kinds):
                found[name] = bare
    return found


def _read_parameters(
    endpoint: str, signature: inspect.Signature, hints: Mapping[str, Any], doc: Docstring, batch: bool
) -> tuple[dict[str, type], tuple[Parameter, ...]]:
    injected = injected_parameters(signature, hints)
    parameters = []
    for name, written in signature.parameters.items():
        if name in injected:
            continue
        if written.kind in (written.VAR_POSITIONAL, written.VAR_KEYWORD):
            stars = "*" if written.kind is written.VAR_POSITIONAL else "**"
            raise DefinitionError(
                f"{endpoint}() takes {stars}{name}, and a form needs to know its fields. "
                f"Write each parameter with a name and a type: def {endpoint}(prompt: str, steps: int = 20)"
            )
        default = MISSING if written.default is written.empty else written.default
        hint = hints.get(name, MISSING)
        where = f"{endpoint}(), parameter"
        if hint is MISSING and default is MISSING:
            raise DefinitionError(
                f"{endpoint}() does not say what {name!r} is: it has neither a type hint nor a default. "
                f"Write {name}: str, {name}: int = 1, or {name}: Annotated[int, Slider(1, 50)]."
            )
        if batch:
            hint = _item_hint(endpoint, name, hint, default)
            default = MISSING
        component = component_for(hint, name=name, default=default, where=where)
        component = _described(component, name, doc)
        parameters.append(Parameter(name, component, component.default))
    return injected, tuple(parameters)


def _described(component: Component[Any], name: str, doc: Docstring) -> Component[Any]:
    """Fill the label and the help text that the author did not write into the component."""
    changes: dict[str, Any] = {}
    if component.label is None:
        changes["label"] = humanise(name)
    if component.info is None and doc.parameters.get(name):
        changes["info"] = doc.parameters[name]
    return component.replace(**changes) if changes else component


def _item_hint(endpoint: str, name: str, hint: Any, default: Any) -> Any:
    inner = read_hint(hint).type if hint is not MISSING else None
    arguments = typing.get_args(inner)
    if typing.get_origin(inner) not in (list, collections.abc.Sequence) or len(arguments) != 1:
        raise DefinitionError(
            f"{endpoint}() takes batches, so each parameter is a list with one value per caller. "
            f"Write {name}: list[str] (or another type between the brackets)."
        )
    if default is not MISSING:
        raise DefinitionError(
            f"{endpoint}() takes batches, where a default belongs to one item. "
            f"Write {name}: list[Annotated[int, Slider(1, 50, default=20)]]."
        )
    return arguments[0]


def _read_results(
    endpoint: str, function: Callable[..., Any], hints: Mapping[str, Any], batch: bool
) -> tuple[bool, tuple[Result, ...]]:
    if "return" not in hints:
        raise DefinitionError(
            f"{endpoint}() does not say what it returns. Write -> str, -> Image.Image or another type behind its "
            "parameters (-> Iterator[str] if it yields), or -> None if it shows nothing."
        )
    hint = hints["return"]
    streaming = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    inner = read_hint(hint).type
    if typing.get_origin(inner) in _STREAMS:
        streaming = True
        hint = typing.get_args(inner)[0]
    elif streaming:
        raise DefinitionError(
            f"{endpoint}() yields, so its hint is Iterator[...] around the type of one value. "
            "Write -> Iterator[str] (from collections.abc import Iterator), or AsyncIterator[...] for async."
        )
    if batch:
        hint = _item_hint(endpoint, "-> the result", hint, MISSING)
    return streaming, _results_of(endpoint, hint)


def _results_of(endpoint: str, hint: Any) -> tuple[Result, ...]:
    read = read_hint(hint)
    if read.type is type(None):
        return ()
    arguments = typing.get_args(read.type)
    named: list[tuple[str | None, Any]]
    if read.component is None and not read.optional and is_named_tuple(read.type):
        named = list(typing.get_type_hints(read.type, include_extras=True).items())
    elif (
        read.component is None
        and not read.optional
        and typing.get_origin(read.type) is tuple
        and arguments
        and Ellipsis not in arguments
    ):
        named = [(None, argument) for argument in arguments]
    else:
        named = [(None, hint)]
    results = []
    for index, (name, each) in enumerate(named):
        which = "the result" if len(named) == 1 else f"result {index + 1}" if name is None else f"result {name!r}"
        component = component_for(each, where=f"{endpoint}(), {which}")
        results.append(Result(name, component, index, len(named)))
    return tuple(results)


def is_async(function: Callable[..., Any]) -> bool:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return True
    method = inspect.getattr_static(type(function), "__call__", None)
    return inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)
