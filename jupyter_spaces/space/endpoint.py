"""Endpoint: one typed Python function of a Space, as data.

The signature is the interface. What a form, an HTTP route, a tool or a test needs to know about a function is here:
its parameters and results as components, their JSON Schema, how to check values going in and coming out. How a call
runs is `calls.py`; how a function is read is `signature.py`.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError, ResultError, did_you_mean
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.space.components.base import Find
from jupyter_spaces.space.devices import referenced_device
from jupyter_spaces.space.schema import schema_hash
from jupyter_spaces.space.source import call_source, one_line, same_value

if TYPE_CHECKING:
    from jupyter_spaces.space.space import Space


def humanise(name: str) -> str:
    """`negative_prompt` -> `Negative prompt`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Parameter:
    """One input. `default` is the Python value, or MISSING when the caller must give one."""

    name: str
    component: Component[Any]
    default: Any = MISSING

    @property
    def required(self) -> bool:
        return self.default is MISSING

    @property
    def label(self) -> str:
        return self.component.label or humanise(self.name)


@dataclass(frozen=True)
class Result:
    """One output. `name` is None unless the function returns a NamedTuple; `index` counts from 0 of `count`."""

    name: str | None
    component: Component[Any]
    index: int = 0
    count: int = 1

    @property
    def label(self) -> str:
        if self.component.label:
            return self.component.label
        if self.name:
            return humanise(self.name)
        return "Result" if self.count == 1 else f"Result {self.index + 1}"


@dataclass(frozen=True)
class BatchOptions:
    """The function takes a list per parameter and returns one result per item."""

    max_batch_size: int = 8
    max_wait: float = 0.0  # seconds to wait for company when the device is idle


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One function of a Space. Made by `read_endpoint`; never by hand."""

    name: str
    function: Callable[..., Any]
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    results: tuple[Result, ...]
    streaming: bool = False
    is_async: bool = False
    injected: Mapping[str, type] = field(default_factory=dict)
    positional_only: tuple[str, ...] = ()
    batch: BatchOptions | None = None
    light: bool | None = None
    live: bool = False
    priority: int = 0
    cache_examples: bool = False
    # The Space it belongs to, weakly: an endpoint must not keep a replaced Space alive.
    owner: weakref.ref[Space] | None = field(default=None, repr=False)

    def __getitem__(self, name: str) -> Parameter:
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise self._unknown(name)

    # -- schema

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the wire form: `{"inputs": ..., "result": ...}`."""
        inputs: dict[str, Any] = {
            "type": "object",
            "properties": {p.name: p.component.schema() for p in self.parameters},
            "required": [p.name for p in self.parameters if p.required],
            "additionalProperties": False,
        }
        return {"inputs": inputs, "result": self._result_schema()}

    @cached_property
    def schema_hash(self) -> str:
        """SHA-256 of the canonical JSON of `schema()`."""
        return schema_hash(self.schema())

    def _result_schema(self) -> dict[str, Any]:
        schemas: list[dict[str, Any]] = []
        for result in self.results:
            schema = {**result.component.schema()}
            schema.setdefault("title", result.label)
            schemas.append(schema)
        if not schemas:
            return {"type": "null"}
        if len(schemas) == 1:
            return schemas[0]
        count = len(schemas)
        return {"type": "array", "prefixItems": schemas, "items": False, "minItems": count, "maxItems": count}

    # -- values

    def bind(self, values: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
        """Check Python values and fill the defaults; `partial` checks what is given and leaves the rest out.

        Raises `InputError` naming the parameter.
        """
        return self._bind(values, lambda component, value: component.check(value), partial)

    def bind_json(self, values: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
        """Turn wire values into checked Python values. Raises `InputError` naming the parameter."""
        return self._bind(values, lambda component, value: component.from_json(value), partial)

    def embed(self, data: Mapping[str, Any], find: Find) -> dict[str, Any]:
        """Wire values that the author wrote, with the content of the files that they name in its place."""
        components = {p.name: p.component for p in self.parameters}
        embedded: dict[str, Any] = {}
        for name, each in data.items():
            try:
                embedded[name] = components[name].embed(each, find) if name in components else each
            except InputError as exc:
                raise InputError(f"{self.name}(), {name}: {exc}", parameter=name) from exc
        return embedded

    def _bind(
        self, values: Mapping[str, Any], read: Callable[[Component[Any], Any], Any], partial: bool
    ) -> dict[str, Any]:
        known = {p.name for p in self.parameters}
        for name in values:
            if name not in known:
                raise self._unknown(name)
        bound: dict[str, Any] = {}
        for parameter in self.parameters:
            name = parameter.name
            if name in values:
                try:
                    bound[name] = read(parameter.component, values[name])
                except InputError as exc:
                    raise InputError(f"{self.name}(), {name}: {exc}", parameter=name) from exc
            elif partial:
                continue
            elif parameter.required:
                raise InputError(
                    f"{self.name}() needs a value for {name!r}: write {name}=..., for example "
                    f"{name}={one_line(parameter.component.example())}.",
                    parameter=name,
                )
            else:
                bound[name] = _fresh(parameter.default)
        return bound

    def to_json(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The wire form of bound Python values."""
        return {name: None if value is None else self[name].component.to_json(value) for name, value in values.items()}

    def example_values(self) -> dict[str, Any]:
        """The defaults, and the component's example for every required parameter."""
        return {p.name: p.component.example() if p.required else p.default for p in self.parameters}

    def _unknown(self, name: str) -> InputError:
        known = [p.name for p in self.parameters]
        takes = f"It takes {', '.join(known)}." if known else "It takes no parameters."
        return InputError(
            f"{self.name}() has no parameter {name!r}.{did_you_mean(name, known)} {takes}", parameter=name
        )

    # -- results

    def split(self, value: Any) -> tuple[Any, ...]:
        """What the function returned, as one checked value per result. Raises `ResultError`."""
        count = len(self.results)
        if count == 0:
            if value is not None:
                raise ResultError(
                    f"{self.name}() is declared to return nothing, and returned {one_line(value)}. "
                    "Declare what it returns, or return nothing."
                )
            return ()
        if count == 1:
            parts: tuple[Any, ...] = (value,)
        elif isinstance(value, (tuple, list)) and len(value) == count:
            parts = tuple(value)
        else:
            got = f"{len(value)} values" if isinstance(value, (tuple, list)) else f"a {type(value).__name__}"
            raise ResultError(f"{self.name}() is declared to return {count} values, and returned {got}.")
        return tuple(self._checked(result, part) for result, part in zip(self.results, parts, strict=True))

    def _checked(self, result: Result, value: Any) -> Any:
        try:
            return result.component.check(value)
        except InputError as exc:
            what = "a value" if result.count == 1 else result.label
            raise ResultError(
                f"{self.name}() returned {what} that {type(result.component).__name__} cannot show "
                f"({type(value).__name__}): {exc}"
            ) from exc

    def result_json(self, value: Any) -> Any:
        """The wire form of what the function returned: one value, a list for several, None for nothing."""
        parts = [
            None if part is None else result.component.to_json(part)
            for result, part in zip(self.results, self.split(value), strict=True)
        ]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else parts

    # -- calling

    def device(self) -> str | None:
        """The device of the models that the function refers to, or None when it needs none."""
        if self.light:
            return None
        found = referenced_device(self.function)
        if found is None and (self.light is False or self.batch is not None):
            return "cpu"  # batching and light=False ask for a device queue
        return found

    def call_source(self, values: Mapping[str, Any]) -> str:
        """The Python call that does what a form with these values does; values equal to the default are left out."""
        given = {}
        for parameter in self.parameters:
            if parameter.name in values:
                value = values[parameter.name]
                if parameter.required or not same_value(value, parameter.default):
                    given[parameter.name] = value
        space = self.owner() if self.owner is not None else None
        if space is None:
            return call_source(self.name, None, given)
        name = self.name if len(space.endpoints) > 1 else None
        return call_source(f'spaces["{space.name}"].call', name, given)

    def describe_inputs(self, values: Mapping[str, Any]) -> str:
        """One line for messages: `prompt='a red boat', steps=20`. A password is not repeated."""
        return ", ".join(
            f"{name}={'...' if getattr(self[name].component, 'password', False) else one_line(value)}"
            for name, value in values.items()
        )


def _fresh(default: Any) -> Any:
    """A copy of a default that a function could change for everybody after it."""
    return copy.deepcopy(default) if isinstance(default, (list, dict)) else default
