"""JSON values of a known shape: `list[int]`, `tuple[float, float]`, `dict[str, float]`, a `TypedDict`.

They look like the JSON component (the widget is found through the MRO), and check what is inside with the components of
the items, so that `list[int]` refuses `["a"]` at the door and its schema says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import JSON, Component, Json
from jupyter_spaces.space.components.base import Find

Read = Callable[[Component[Any], Any], Any]


def _check(component: Component[Any], value: Any) -> Any:
    """Python value -> normal form; the wire form is welcome too, since a JSON field can only give that (a date)."""
    try:
        return component.check(value)
    except InputError:
        if not isinstance(value, (str, list, dict)):
            raise
        try:
            return component.from_json(value)
        except InputError:
            pass
        raise


def _load(component: Component[Any], data: Any) -> Any:
    return component.from_json(data)


def _dump(component: Component[Any], value: Any) -> Any:
    return component.to_json(value)


@dataclass(frozen=True, eq=False, kw_only=True)
class Nested(JSON):
    """What the shapes share: the same walk checks, loads and dumps."""

    def check_value(self, value: object) -> Any:
        return self.walk(value, _check)

    def load_value(self, data: Any) -> Any:
        super().check_value(data)  # its size, its depth, and that it is JSON at all
        return self.walk(data, _load)

    def dump_value(self, value: Any) -> Any:
        return super().check_value(self.walk(value, _dump))

    def embed(self, data: Json, find: Find) -> Json:
        found: Json = None if data is None else self.walk(data, lambda component, each: component.embed(each, find))
        return list(found) if isinstance(found, tuple) else found

    def walk(self, value: Any, read: Read) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, eq=False, kw_only=True)
class ListOf(Nested):
    """A list whose items are all of one kind."""

    item: Component[Any]

    def walk(self, value: Any, read: Read) -> Any:
        if hasattr(value, "tolist") and hasattr(value, "dtype"):
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            raise InputError(f"a list is needed here, got {type(value).__name__}.")
        return [_at(f"item {index}", read, self.item, each) for index, each in enumerate(value)]

    def value_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema()}

    def example_value(self) -> Any:
        return [self.item.example()]


@dataclass(frozen=True, eq=False, kw_only=True)
class TupleOf(Nested):
    """A tuple with a component for each place."""

    items: tuple[Component[Any], ...]

    def walk(self, value: Any, read: Read) -> Any:
        count = len(self.items)
        if not isinstance(value, (list, tuple)) or len(value) != count:
            got = f"{len(value)}" if isinstance(value, (list, tuple)) else f"a {type(value).__name__}"
            raise InputError(f"a list of {count} values is needed here, got {got}.")
        parts = tuple(
            _at(f"item {index}", read, component, each)
            for index, (component, each) in enumerate(zip(self.items, value, strict=True))
        )
        return list(parts) if read is _dump else parts

    def value_schema(self) -> dict[str, Any]:
        count = len(self.items)
        schemas = [item.schema() for item in self.items]
        return {"type": "array", "prefixItems": schemas, "items": False, "minItems": count, "maxItems": count}

    def example_value(self) -> Any:
        return tuple(item.example() for item in self.items)


@dataclass(frozen=True, eq=False, kw_only=True)
class DictOf(Nested):
    """A dict with string keys whose values are all of one kind."""

    item: Component[Any]

    def walk(self, value: Any, read: Read) -> Any:
        if not isinstance(value, Mapping):
            raise InputError(f"a dict is needed here, got {type(value).__name__}.")
        return {_key(key): _at(repr(key), read, self.item, each) for key, each in value.items()}

    def value_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.item.schema()}

    def example_value(self) -> Any:
        return {"name": self.item.example()}


@dataclass(frozen=True, eq=False, kw_only=True)
class Record(Nested):
    """A dict with known keys (a TypedDict). Keys outside of `needed` may be absent."""

    fields: Mapping[str, Component[Any]]
    needed: frozenset[str] = field(default_factory=frozenset)

    def walk(self, value: Any, read: Read) -> Any:
        if not isinstance(value, Mapping):
            raise InputError(f"a dict is needed here, got {type(value).__name__}.")
        unknown = [key for key in value if key not in self.fields]
        missing = [key for key in self.fields if key in self.needed and key not in value]
        if unknown or missing:
            problem = f"has no key {unknown[0]!r}" if unknown else f"needs the key {missing[0]!r}"
            raise InputError(f"this dict {problem}. Its keys are {', '.join(map(repr, self.fields))}.")
        return {
            key: _at(repr(key), read, component, value[key]) for key, component in self.fields.items() if key in value
        }

    def value_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {key: component.schema() for key, component in self.fields.items()},
            "required": [key for key in self.fields if key in self.needed],
            "additionalProperties": False,
        }

    def example_value(self) -> Any:
        return {key: component.example() for key, component in self.fields.items()}


def _at(place: str, read: Read, component: Component[Any], value: Any) -> Any:
    try:
        return read(component, value)
    except InputError as exc:
        raise InputError(f"{place}: {exc}") from exc


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InputError(f"the keys are strings, got {key!r}.")
    return key
