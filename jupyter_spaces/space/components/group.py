"""Group: a dataclass or a pydantic model as a group of fields.

The value is an instance of `factory`; on the wire it is an object with one member per field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError, did_you_mean
from jupyter_spaces.space.components.base import MISSING, Component, Find, embed_members, refuse
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown


@register_component
@dataclass(frozen=True, eq=False)
class Group(Component[Any]):
    """Named fields, each a component, and what is built of them: Group({"width": Number()}, Size).

    A field without a default must be given. `factory` is called with keywords; the default makes plain dicts.
    """

    kind = "group"

    fields: Mapping[str, Component[Any]] = field(default_factory=dict)
    factory: Callable[..., Any] = dict

    def check_definition(self) -> None:
        for name, component in self.fields.items():
            if not isinstance(component, Component):
                raise DefinitionError(f"The field {name!r} of this Group is {shown(component)}, not a component.")
        object.__setattr__(self, "fields", dict(self.fields))

    def check_value(self, value: object) -> Any:
        """An instance of the factory, or a mapping by field name."""
        if isinstance(value, Mapping):
            return self._build(value, lambda component, given: component.check(given))
        if not (isinstance(self.factory, type) and isinstance(value, self.factory)):
            raise refuse(value, f"{self._name()} or a dict with {', '.join(self.fields)}")
        members = self.members(value)
        checked = {name: self._field(name, self.fields[name].check, given) for name, given in members.items()}
        # The same object goes through unless a field had to be brought into its normal form.
        return value if all(_untouched(members[name], checked[name]) for name in checked) else self._make(checked)

    def members(self, value: Any) -> dict[str, Any]:
        """Return the value of each field of an instance."""
        if isinstance(value, Mapping):
            return {name: value[name] for name in self.fields}
        return {name: getattr(value, name) for name in self.fields}

    def dump_value(self, value: Any) -> Json:
        members = self.members(value)
        return {name: component.to_json(members[name]) for name, component in self.fields.items()}

    def load_value(self, data: Json) -> Any:
        if not isinstance(data, dict):
            raise refuse(data, f"an object with {', '.join(self.fields)}")
        return self._build(data, lambda component, given: component.from_json(given))

    def embed(self, data: Json, find: Find) -> Json:
        return embed_members(data, self.fields, find)

    def value_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: component.schema() for name, component in self.fields.items()},
            "required": [name for name, component in self.fields.items() if component.default is MISSING],
            "additionalProperties": False,
        }

    def example_value(self) -> Any:
        return self._make({name: component.example() for name, component in self.fields.items()})

    def text_of(self, value: Any) -> str:
        members = self.members(value)
        return ", ".join(f"{name}: {component.to_text(members[name])}" for name, component in self.fields.items())

    def _build(self, given: Mapping[Any, Any], read: Callable[[Component[Any], Any], Any]) -> Any:
        for name in given:
            if name not in self.fields:
                close = did_you_mean(name, self.fields) if isinstance(name, str) else ""
                raise InputError(f"{self._name()} has no field {shown(name)}.{close}")
        values: dict[str, Any] = {}
        for name, component in self.fields.items():
            if name in given:
                values[name] = self._field(name, partial(read, component), given[name])
            elif component.default is MISSING:
                raise InputError(f"The field {name!r} of {self._name()} is missing.")
            else:
                values[name] = component.default
        return self._make(values)

    def _field(self, name: str, read: Callable[[Any], Any], given: Any) -> Any:
        try:
            return read(given)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error

    def _make(self, values: dict[str, Any]) -> Any:
        try:
            return self.factory(**values)
        except Exception as error:
            # The class's own validation (pydantic, __post_init__) raises what it likes; to the caller it is bad input.
            raise InputError(f"{self._name()} refuses these values: {_reason(error)}.") from error

    def _name(self) -> str:
        return getattr(self.factory, "__name__", type(self.factory).__name__)


def _untouched(before: object, after: object) -> bool:
    plain = isinstance(before, (str, int, float)) and type(before) is type(after)
    return before is after or (plain and before == after)


def _reason(error: Exception) -> str:
    """Return what an exception says in one line; pydantic's own text is a table with a web address per field."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        lines = [": ".join([*map(str, each["loc"]), each["msg"]]) for each in errors()]
        return "; ".join(lines)
    return str(error).removesuffix(".") or type(error).__name__
