"""A type hint becomes a component.

`component_for` is the rule book of the package: what the author wrote as a type decides what the visitor sees.
`Annotated[type, Component]` refines it, the default becomes the component's default. Types of libraries that may not be
installed (PIL, NumPy, pandas, ...) are known by the names of their classes, so that nothing is imported here that the
author did not import.
"""

from __future__ import annotations

import collections.abc
import datetime
import enum
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeVar, Union

from jupyter_spaces.errors import DefinitionError, InputError, UnsupportedTypeError
from jupyter_spaces.space import components as c
from jupyter_spaces.space.components import MISSING, BlobComponent, Component
from jupyter_spaces.space.constraints import constrain
from jupyter_spaces.space.nested import DictOf, ListOf, Record, TupleOf

ACCEPTED = (
    "str, int, float, bool, Literal, Enum, datetime, date, bytes, pathlib.Path, PIL.Image.Image, numpy.ndarray, "
    "pandas and polars DataFrame, matplotlib, plotly and altair figures, dataclasses, pydantic models, TypedDict, "
    "and list, tuple, dict and X | None of those"
)

_ADVICE_ON_FILES = (
    "Lists of PIL images (a Gallery) and of paths (Files) are accepted; sound is "
    "Annotated[tuple[int, np.ndarray], Audio()]."
)

_FEW = 8  # choices that are shown all at once


@dataclass(frozen=True)
class Hint:
    """A type hint taken apart: the bare type, whether None is allowed, and what `Annotated` adds."""

    type: Any
    optional: bool = False
    component: Component[Any] | None = None
    metadata: tuple[Any, ...] = ()


def read_hint(hint: Any) -> Hint:
    """Peel `Annotated`, `X | None`, `NewType`, `type X = ...`, `Required` and the like off a hint."""
    optional = False
    metadata: tuple[Any, ...] = ()
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            # The outer annotation is the author's last word, so its metadata comes last.
            metadata = (*hint.__metadata__, *metadata)
            hint = hint.__origin__
        elif origin in (Union, types.UnionType) and type(None) in typing.get_args(hint):
            optional = True
            rest = tuple(argument for argument in typing.get_args(hint) if argument is not type(None))
            hint = Union[rest]  # noqa: UP007 - made from a tuple at run time
        elif isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif getattr(origin, "_name", None) in ("Required", "NotRequired", "ReadOnly", "Final"):
            (hint,) = typing.get_args(hint)
        else:
            break
    component = None
    for each in metadata:
        if isinstance(each, type) and issubclass(each, Component):
            each = each()
        if isinstance(each, Component):
            component = each
    return Hint(hint, optional, component, tuple(each for each in metadata if not isinstance(each, Component)))


def component_for(
    annotation: Any = MISSING, *, name: str = "", default: Any = MISSING, where: str = "parameter"
) -> Component[Any]:
    """The component of a type hint (MISSING: that of the default's type), with the default checked and set.

    `where` and `name` begin the sentence of an error. Raises `UnsupportedTypeError` or `DefinitionError`.
    """
    subject = f"{where} {name!r}" if name else where
    if annotation is MISSING:
        if default is MISSING or default is None:
            raise DefinitionError(f"{subject} has no type hint. Write {name or 'x'}: str, or another type.")
        hint = _hint_of_default(default)
    else:
        hint = read_hint(annotation)
    changes: dict[str, Any] = {}
    if hint.optional or default is None:
        changes["optional"] = True
    if default is not MISSING:
        changes["default"] = default
    try:
        component = hint.component
        component = _infer(hint.type, subject) if component is None else _refine(component, hint.type, subject)
        component = constrain(component, hint.metadata)
        return component.replace(**changes) if changes else component
    except UnsupportedTypeError:
        raise
    except DefinitionError as exc:
        text = str(exc)
        raise DefinitionError(text if text.startswith(subject) else f"{subject}: {text}") from exc


def is_named_tuple(hint: Any) -> bool:
    """Whether a type is a NamedTuple or a namedtuple."""
    return isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")


def _hint_of_default(default: Any) -> Hint:
    if isinstance(default, (list, tuple)) and default and not is_named_tuple(type(default)):
        kinds = {type(each) for each in default}
        return Hint(list[kinds.pop()] if len(kinds) == 1 else list)  # type: ignore[misc]  # a type made at run time
    return Hint(type(default))


def _infer(hint: Any, subject: str) -> Component[Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        choices = [argument for argument in arguments if argument is not None]
        return c.Dropdown(choices, optional=len(choices) < len(arguments))
    if origin in (Union, types.UnionType):
        if set(arguments) == {int, float}:
            return c.Number()
        raise _unsupported(hint, subject)
    if isinstance(hint, TypeVar):
        raise _unsupported(hint, subject)
    bare = origin or hint
    if bare in (list, collections.abc.Sequence, collections.abc.Collection, collections.abc.Iterable):
        return _list(arguments[0] if arguments else Any, subject)
    if bare is tuple:
        return _tuple(arguments, subject)
    if bare in (dict, collections.abc.Mapping, collections.abc.MutableMapping):
        if arguments and arguments[0] is not str:
            raise _unsupported(hint, subject, "The keys of a dict are str: write dict[str, ...].")
        return DictOf(item=_item(arguments[1] if arguments else Any, subject))
    if not isinstance(bare, type):
        raise _unsupported(hint, subject)
    return _class(bare, subject)


def _class(kind: type, subject: str) -> Component[Any]:
    # bool before int and datetime before date: the one is a subclass of the other.
    if issubclass(kind, Component):
        raise DefinitionError(
            f"{subject} is hinted with the component {kind.__name__} itself. Write the type that the function gets, "
            f"with the component behind it: Annotated[{_python_type(kind)}, {kind.__name__}()]."
        )
    if issubclass(kind, enum.Enum):
        return c.Dropdown(kind)
    for python, make in _PLAIN.items():
        if issubclass(kind, python):
            return make()
    for parent in kind.__mro__:
        known = _LIBRARY.get((parent.__module__.partition(".")[0], parent.__qualname__))
        if known is not None:
            return known()
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        fields = {name: component_for(each, name=name, where=f"{subject}, key") for name, each in hints.items()}
        return Record(fields=fields, needed=frozenset(getattr(kind, "__required_keys__", hints)))
    if is_dataclass(kind) or is_named_tuple(kind) or hasattr(kind, "model_fields"):
        from jupyter_spaces.space.groups import group_of

        return group_of(kind, subject)
    raise _unsupported(kind, subject)


_PLAIN: dict[type, Callable[[], Component[Any]]] = {
    str: lambda: c.Textbox(),
    bool: lambda: c.Checkbox(),
    int: lambda: c.Number(integer=True),
    float: lambda: c.Number(integer=False),
    datetime.datetime: lambda: c.DateTime(),
    datetime.date: lambda: c.DateTime(date=True),
    bytes: lambda: c.File(type="bytes"),
    PurePath: lambda: c.File(type="path"),
}

# (top package, class name) of types that are never imported here -> their component
_LIBRARY: dict[tuple[str, str], Callable[[], Component[Any]]] = {
    ("PIL", "Image"): lambda: c.Image(type="pil"),
    ("numpy", "ndarray"): lambda: c.Image(type="numpy"),
    ("pandas", "DataFrame"): lambda: c.Dataframe(type="pandas"),
    ("polars", "DataFrame"): lambda: c.Dataframe(type="polars"),
    ("matplotlib", "Figure"): lambda: c.Plot(),
    ("plotly", "BaseFigure"): lambda: c.Plot(),
    ("altair", "TopLevelMixin"): lambda: c.Plot(),
    ("jupyter_spaces", "MaskedImage"): lambda: c.ImageMask(),
}


def _list(item: Any, subject: str) -> Component[Any]:
    read = read_hint(item)
    if read.component is None and isinstance(read.type, type):
        if issubclass(read.type, PurePath):
            return c.Files()
        names = {(parent.__module__.partition(".")[0], parent.__qualname__) for parent in read.type.__mro__}
        if ("PIL", "Image") in names:
            return c.Gallery()
        if ("jupyter_spaces", "Message") in names:
            return c.Chatbot()
    component = _item(item, subject)
    if isinstance(component, c.Dropdown) and not component.multiple and not component.optional:
        if len(component.options) <= _FEW:
            return c.CheckboxGroup(component.choices)
        return component.replace(multiple=True)
    return ListOf(item=component)


def _tuple(arguments: tuple[Any, ...], subject: str) -> Component[Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return _list(arguments[0], subject)
    if not arguments:
        return ListOf(item=c.JSON(optional=True))
    return TupleOf(items=tuple(_item(argument, subject) for argument in arguments))


def _item(hint: Any, subject: str) -> Component[Any]:
    """The component inside of a container, where Any is any JSON value."""
    if hint in (Any, object):
        return c.JSON(optional=True)
    component = component_for(hint, where=subject)
    if isinstance(component, BlobComponent):
        raise _unsupported(hint, f"{subject}, inside of a container", _ADVICE_ON_FILES)
    return component


def _refine(component: Component[Any], hint: Any, subject: str) -> Component[Any]:
    """Let the hint say what the component leaves open, and refuse a pair that cannot fit."""
    bare = typing.get_origin(hint) or hint
    changes: dict[str, Any] = {}
    if isinstance(component, c.Number) and component.integer is None and bare in (int, float):
        changes["integer"] = bare is int
    elif isinstance(component, c.Dropdown) and bare is list and not component.multiple:
        changes["multiple"] = True
    elif isinstance(bare, type):
        changes = _value_type(component, bare)
    component = component.replace(**changes) if changes else component
    if bare in (str, int, float, bool) and isinstance(component, (c.Textbox, c.Number, c.Checkbox, c.Dropdown)):
        try:
            example = component.example()
        except InputError:  # a Dropdown whose choices come later has no example yet
            return component
        fits = isinstance(example, (int, float) if bare is float else bare)
        if not fits and example is not None:
            name, got = type(component).__name__, type(example).__name__
            raise DefinitionError(
                f"{subject} is hinted as {bare.__name__}, but {name} gives {got}. "
                f"Write Annotated[{got}, {name}(...)], or choose a component for {bare.__name__}."
            )
    return component


def _value_type(component: Component[Any], kind: type) -> dict[str, Any]:
    """The `type=` or `date=` option that makes a component give the hinted type."""
    if isinstance(getattr(component, "date", None), bool):
        return {"date": True} if kind is datetime.date else {}
    if not hasattr(component, "type"):
        return {}
    for parent in kind.__mro__:
        key = (parent.__module__.partition(".")[0], parent.__qualname__)
        wanted = _VALUE_TYPES.get(key) or ("path" if issubclass(kind, PurePath) else None)
        if wanted is not None and wanted != component.type:
            try:
                component.replace(type=wanted)
            except DefinitionError:  # this component has no such form; its own message comes with the first value
                return {}
            return {"type": wanted}
    return {}


_VALUE_TYPES = {
    ("PIL", "Image"): "pil",
    ("numpy", "ndarray"): "numpy",
    ("pandas", "DataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("builtins", "bytes"): "bytes",
    ("builtins", "list"): "list",
}


def _unsupported(hint: Any, subject: str, advice: str = "") -> UnsupportedTypeError:
    shown = type_name(hint)
    if isinstance(hint, types.ModuleType):
        short = hint.__name__.rpartition(".")[2]
        advice = f"{hint.__name__} is a module; write {short}.{short} if you mean its class."
    elif isinstance(hint, Component):
        kind = type(hint)
        advice = f"Write Annotated[{_python_type(kind)}, {kind.__name__}(...)]."
    return UnsupportedTypeError(
        f"{subject}: no component shows {shown}. {advice or f'Write Annotated[{shown}, JSON()] or another component.'} "
        f"Types with a component of their own: {ACCEPTED}."
    )


def type_name(hint: Any) -> str:
    """A type as a reader would write it."""
    if isinstance(hint, types.ModuleType):
        return f"the module {hint.__name__}"
    if isinstance(hint, Component):
        return f"a {type(hint).__name__} component"
    if isinstance(hint, type) and typing.get_origin(hint) is None:
        return hint.__qualname__.rpartition("<locals>.")[2]
    return str(hint).replace("typing.", "")


def _python_type(component: type[Component[Any]]) -> str:
    """The Python type that a component gives, for the sentence of an error."""
    try:
        example = component().example()
    except Exception:  # a component that needs arguments, or one of the user's own
        return "str"
    kind = type(example)
    if kind.__module__ == "builtins":
        return kind.__name__
    module = kind.__module__.partition("._")[0]  # pathlib._local.Path is pathlib.Path
    return f"{module}.{kind.__qualname__}"
