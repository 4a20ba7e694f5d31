"""Component: the one thing that knows a Python value, its JSON form and its JSON Schema.

A component is pure data (a frozen dataclass), so that one definition serves the widget, the HTTP API, MCP and tests.
The public methods here deal with None once and for all; a component implements the hooks below them:

    check_value   Python value -> the normal form that the function receives (InputError otherwise)
    dump_value    normal form -> JSON
    load_value    JSON from anybody -> normal form; trusts nothing, raises InputError and nothing else
    value_schema  the JSON Schema (2020-12) of the JSON form, with the limits
    example_value a value that makes sense, for a headless run

The hooks' defaults accept any JSON value as it is, so the smallest component of one's own is

    class Rating(Component[int]):
        kind = "rating"

which a package may extend with fields (`@dataclass(frozen=True)`), limits in `check_value`, and `value_schema`.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Self, TypeAlias, TypeVar, cast

from jupyter_spaces.errors import DefinitionError, InputError, did_you_mean
from jupyter_spaces.space.components.json_values import Json, as_json
from jupyter_spaces.space.components.wording import opening

T = TypeVar("T")

Find: TypeAlias = Callable[[str], Path]
"""From the name of a file to where it lies; raises for a name that leads nowhere, or where nobody may read."""


class Missing(enum.Enum):
    """The type of MISSING; an enum, so that type checkers narrow on it and it survives pickling."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING
"""No default was given. (None is a value: the default of an optional component.)"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Component(Generic[T]):
    """A kind of input or output: Python type <-> JSON Schema <-> widget.

    With `optional=True` every method also takes and gives None, and the type T reads `T | None`.
    """

    kind: ClassVar[str] = "value"
    """Stable name, `x-component` in the schema and key of the registry."""

    label: str | None = None  # shown above the component; None: made from the parameter's name
    info: str | None = None  # one sentence of help
    optional: bool = False  # None is allowed
    visible: bool = True
    interactive: bool | None = None  # None: inputs are, outputs are not
    default: T | Missing | None = MISSING  # checked at construction and stored in normal form

    def __new__(cls, *_args: Any, **options: Any) -> Self:
        # The dataclass would raise a TypeError that names __init__; a misspelt option deserves a better sentence.
        known = [field.name for field in dataclasses.fields(cls) if field.init]
        for name in options:
            if name not in known:
                raise DefinitionError(
                    f"{cls.__name__} has no option {name!r}.{did_you_mean(name, known)} "
                    f"Its options are {', '.join(known)}."
                )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        try:
            self.check_definition()
        except InputError as error:
            raise DefinitionError(f"An option of this {type(self).__name__} is refused: {error}") from error
        if self.default is MISSING:
            return
        try:
            # A frozen dataclass is written through object.__setattr__ while it is built (see the dataclasses docs).
            object.__setattr__(self, "default", self.check(self.default))
        except InputError as error:
            raise DefinitionError(f"The default of this {type(self).__name__} is refused: {error}") from error

    # What callers use.

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the wire form: limits, `title`, `description`, `default` and `x-component`."""
        schema = self.value_schema()
        if self.optional:
            schema = {"anyOf": [schema, {"type": "null"}]}
        schema["x-component"] = self.kind
        if self.label is not None:
            schema["title"] = self.label
        if self.info is not None:
            schema["description"] = self.info
        if self.default is not MISSING and self.default_in_schema:
            schema["default"] = self.to_json(cast(T, self.default))
        return schema

    def check(self, value: object) -> T:
        """Return the Python `value` in normal form. Raises InputError with a sentence about what is accepted."""
        if value is None:
            return self._none()
        return self.check_value(value)

    def to_json(self, value: T) -> Json:
        """Return the wire form of a Python value (checked on the way)."""
        if value is None:
            return cast(Json, self._none())
        return self.dump_value(self.check_value(value))

    def from_json(self, data: Json) -> T:
        """Return the Python value of a wire form that anybody may have sent. Raises InputError and nothing else."""
        if data is None:
            return self._none()
        return self.load_value(data)

    def embed(self, data: Json, find: Find) -> Json:
        """Return the wire form of `data`, in which names of files may stand where a file's content belongs.

        For what the author wrote (a folder of examples), never for what a client sent: `from_json` reads no file. A
        component that holds others hands their part of the form on to them; of any other shape the data stays as it
        is, and `from_json` says what is wrong with it. Raises InputError for a file that is too large.
        """
        return data

    def example(self) -> T:
        """Return a value that makes sense: the default if there is one, else the component's own example.

        Raises InputError when the limits leave no room for the component's own (a pattern, an unusual file type).
        """
        if self.default is not MISSING and self.default is not None:
            return self.default
        try:
            return self.check(self.example_value())
        except InputError as error:
            raise InputError(
                f"No example of its own fits this {type(self).__name__}: {error} "
                "Give it a default, or give the Space examples."
            ) from error

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some options changed. Raises DefinitionError for an unknown option."""
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}
        return type(self)(**(options | changes))

    def to_text(self, value: T) -> str:
        """Return `value` on one line of plain text, for logs, `text/plain` and copyable calls."""
        if value is None:
            return "None"
        text = " ".join(self.text_of(value).split())
        return text if len(text) <= 200 else text[:199] + "…"

    # What a component implements.

    default_in_schema: ClassVar[bool] = True
    """False where a default is too large to travel in every schema (images, files)."""

    def check_definition(self) -> None:
        """Raise DefinitionError when the options contradict each other. Runs before the default is checked."""

    def check_value(self, value: object) -> T:
        return cast(T, as_json(value))

    def dump_value(self, value: T) -> Json:
        return as_json(value)

    def load_value(self, data: Json) -> T:
        return self.check_value(data)

    def value_schema(self) -> dict[str, Any]:
        return {}

    def example_value(self) -> T:
        return cast(T, "")

    def text_of(self, value: T) -> str:
        return json.dumps(self.dump_value(value), ensure_ascii=False)

    # Two components are equal when all their options are. Written here because the generated __eq__ compares defaults
    # with ==, which arrays and frames answer with an array.

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = (
            {field.name: getattr(each, field.name) for field in dataclasses.fields(each)} for each in (self, other)
        )
        left, right = mine.pop("default"), theirs.pop("default")
        if mine != theirs:
            return False
        if left is right or left is MISSING or right is MISSING:
            return left is right
        return bool(self.to_json(left) == self.to_json(right))

    def __hash__(self) -> int:
        return hash((type(self), self.label, self.optional))

    def _none(self) -> T:
        if not self.optional:
            raise InputError("A value is needed here; None is accepted only where the component says optional=True.")
        return cast(T, None)


def embed_members(data: Json, components: Mapping[str, Component[Any]], find: Find) -> Json:
    """Return an object whose members of these names went through `embed` of their components."""
    if not isinstance(data, dict):
        return data
    return {name: components[name].embed(each, find) if name in components else each for name, each in data.items()}


def refuse(value: object, accepted: str) -> InputError:
    """Return the InputError for a value of the wrong type: `'x' is not accepted here: give a number.`"""
    return InputError(f"{opening(value)} is not accepted here: give {accepted}.")
