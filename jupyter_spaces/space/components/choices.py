"""Components that choose among given values: Radio, Dropdown, CheckboxGroup.

A choice is a value, or a pair (label, value). JSON scalars travel as themselves, Enum members by their value, and any
other object by its label, so that a Dropdown may choose among functions or configurations without unpickling one.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError, did_you_mean
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed, shown

DEFAULT_MAX_LENGTH = 10_000  # characters of a custom value


@dataclass(frozen=True)
class Choice:
    """One of the values to choose from: what is shown, what the function receives, what travels."""

    label: str
    value: Any
    wire: str | int | float | bool


def choice_of(given: object) -> Choice:
    """Return the Choice that a value or a (label, value) pair stands for. Raises DefinitionError."""
    label: str | None = None
    value = given
    if isinstance(given, (tuple, list)) and len(given) == 2 and isinstance(given[0], str):
        label, value = given
    if isinstance(value, enum.Enum):
        wire = value.value if _is_scalar(value.value) else value.name
        return Choice(label if label is not None else str(wire), value, wire)
    if _is_scalar(value):
        return Choice(label if label is not None else str(value), value, value)  # type: ignore[arg-type]
    if label is None:
        raise DefinitionError(
            f"The choice {shown(value)} is neither text, a number nor an Enum member: write it as (label, value)."
        )
    return Choice(label, value, label)


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))


def _same(left: object, right: object) -> bool:
    """Equality of JSON scalars: 1 and 1.0 are the same, 1 and True are not."""
    if left is right:
        return True
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return _is_scalar(left) and _is_scalar(right) and left == right


@dataclass(frozen=True, eq=False)
class ChoiceComponent(Component[Any]):
    """What the components share that choose among `choices`: values, (label, value) pairs, or an Enum class."""

    choices: Sequence[Any] | type[enum.Enum] = ()

    def check_definition(self) -> None:
        if isinstance(self.choices, str) or not isinstance(self.choices, Iterable):
            raise DefinitionError(
                f"{type(self).__name__} takes a list of choices, for example ['small', 'large']; "
                f"it was given {shown(self.choices)}."
            )
        object.__setattr__(self, "choices", tuple(self.choices))
        for index, choice in enumerate(self.options):
            if any(_same(choice.wire, other.wire) for other in self.options[:index]):
                raise DefinitionError(f"{type(self).__name__} has the choice {shown(choice.wire)} twice.")

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """The choices in full, in order."""
        return tuple(choice_of(given) for given in self.choices)

    def find(self, value: object) -> Choice:
        """Return the choice of a Python value. An Enum or labelled choice is also found by its wire form."""
        for choice in self.options:
            if choice.value is value or _same(choice.value, value):
                return choice
        return self.find_wire(value)

    def find_wire(self, data: object) -> Choice:
        """Return the choice of a wire form."""
        for choice in self.options:
            if _same(choice.wire, data):
                return choice
        raise self.not_a_choice(data)

    def not_a_choice(self, value: object) -> InputError:
        if not self.options:
            return InputError(f"{shown(value)} is not accepted: there is nothing to choose from.")
        texts = [choice.wire for choice in self.options if isinstance(choice.wire, str)]
        close = did_you_mean(value, texts) if isinstance(value, str) else ""
        return InputError(
            f"{shown(value)} is not one of the choices.{close} "
            f"The choices are {listed(choice.wire for choice in self.options)}."
        )

    def check_value(self, value: object) -> Any:
        return self.find(value).value

    def dump_value(self, value: Any) -> Json:
        return self.find(value).wire

    def load_value(self, data: Json) -> Any:
        return self.find_wire(data).value

    def choice_schema(self) -> dict[str, Any]:
        """Return the schema of one choice: `enum`, or `oneOf` constants with titles where labels differ."""
        if all(choice.label == str(choice.wire) for choice in self.options):
            return {"enum": [choice.wire for choice in self.options]}
        return {"oneOf": [{"const": choice.wire, "title": choice.label} for choice in self.options]}

    def value_schema(self) -> dict[str, Any]:
        return self.choice_schema()

    def example_value(self) -> Any:
        return self.first()

    def first(self) -> Any:
        if not self.options:
            raise InputError("There are no choices yet.")
        return self.options[0].value

    def text_of(self, value: Any) -> str:
        return self.find(value).label


@register_component
@dataclass(frozen=True, eq=False)
class Radio(ChoiceComponent):
    """One of a few choices, all visible."""

    kind = "radio"


@dataclass(frozen=True, eq=False)
class ManyChoices(ChoiceComponent):
    """What the components share whose value is a list of choices without repetition."""

    _: KW_ONLY
    min_choices: int = 0
    max_choices: int | None = None

    def check_definition(self) -> None:
        super().check_definition()
        if self.min_choices < 0 or (self.max_choices is not None and self.max_choices < self.min_choices):
            raise DefinitionError(
                f"{type(self).__name__} has min_choices={self.min_choices} and max_choices={self.max_choices}: "
                "the first must not be negative nor above the second."
            )

    def check_many(self, chosen: Sequence[Any]) -> list[Any]:
        """Return the values of choices found, once the number of them is right and none comes twice."""
        if len(chosen) < self.min_choices:
            raise InputError(f"{len(chosen)} chosen; at least {self.min_choices} are needed.")
        if self.max_choices is not None and len(chosen) > self.max_choices:
            raise InputError(f"{len(chosen)} chosen; at most {self.max_choices} are accepted.")
        for index, choice in enumerate(chosen):
            if any(_same(choice.wire, other.wire) for other in chosen[:index]):
                raise InputError(f"{shown(choice.wire)} is chosen twice.")
        return [choice.value for choice in chosen]

    def check_value(self, value: object) -> Any:
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise refuse(value, "a list of choices")
        return self.check_many([self.find(each) for each in value])

    def dump_value(self, value: Any) -> Json:
        return [self.find(each).wire for each in value]

    def load_value(self, data: Json) -> Any:
        if not isinstance(data, list):
            raise refuse(data, "a list of choices")
        return self.check_many([self.find_wire(each) for each in data])

    def value_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": self.choice_schema(), "uniqueItems": True}
        if self.min_choices:
            schema["minItems"] = self.min_choices
        if self.max_choices is not None:
            schema["maxItems"] = self.max_choices
        return schema

    def example_value(self) -> Any:
        return [choice.value for choice in self.options[: max(1, self.min_choices)]]

    def text_of(self, value: Any) -> str:
        return ", ".join(self.find(each).label for each in value)


@register_component
@dataclass(frozen=True, eq=False)
class CheckboxGroup(ManyChoices):
    """Any number of a few choices, all visible. The value is a list."""

    kind = "checkboxgroup"


@register_component
@dataclass(frozen=True, eq=False)
class Dropdown(ManyChoices):
    """One of many choices; with `multiple=True` a list of them; with `allow_custom=True` also other text."""

    kind = "dropdown"

    _: KW_ONLY
    multiple: bool = False
    allow_custom: bool = False

    def not_a_choice(self, value: object) -> InputError:
        error = super().not_a_choice(value)
        return error if not self.allow_custom else InputError(f"{error} Other text is accepted too.")

    def find_wire(self, data: object) -> Choice:
        try:
            return super().find_wire(data)
        except InputError:
            if not self.allow_custom or not isinstance(data, str):
                raise
        if len(data) > DEFAULT_MAX_LENGTH:
            raise InputError(f"The text has {len(data)} characters; at most {DEFAULT_MAX_LENGTH} are accepted.")
        return Choice(data, as_text(data), data)

    def check_value(self, value: object) -> Any:
        return super().check_value(value) if self.multiple else ChoiceComponent.check_value(self, value)

    def dump_value(self, value: Any) -> Json:
        return super().dump_value(value) if self.multiple else ChoiceComponent.dump_value(self, value)

    def load_value(self, data: Json) -> Any:
        return super().load_value(data) if self.multiple else ChoiceComponent.load_value(self, data)

    def choice_schema(self) -> dict[str, Any]:
        schema = super().choice_schema()
        if not self.allow_custom:
            return schema
        return {"anyOf": [schema, {"type": "string", "maxLength": DEFAULT_MAX_LENGTH}]}

    def value_schema(self) -> dict[str, Any]:
        return super().value_schema() if self.multiple else self.choice_schema()

    def example_value(self) -> Any:
        if self.allow_custom and not self.options:
            return [] if self.multiple else "something"
        return super().example_value() if self.multiple else self.first()

    def text_of(self, value: Any) -> str:
        return super().text_of(value) if self.multiple else ChoiceComponent.text_of(self, value)
