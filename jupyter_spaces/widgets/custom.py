"""`@component`: any anywidget class with a `value` trait becomes a component.

    @component(example=3)
    class Rating(anywidget.AnyWidget):
        _esm = "..."
        value = traitlets.Int(0, min=0, max=5).tag(sync=True)
        symbol = traitlets.Unicode("★").tag(sync=True)

    def review(stars: Annotated[int, Rating(symbol="♥")]) -> str: ...

The name now stands for a Component: its options are the widget's own traits beside label, info, default and the like,
its JSON Schema is that of the trait, and its values are checked by the trait. The widget class stays within reach as
`Rating.widget`. A package ships components by naming them in the entry point group `jupyter_spaces.components`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, overload

import ipywidgets
import traitlets as t

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import MISSING, Component, register_component
from jupyter_spaces.space.components.json_values import Json, as_json
from jupyter_spaces.space.components.wording import shown
from jupyter_spaces.widgets.box import Box
from jupyter_spaces.widgets.registry import register_widget
from jupyter_spaces.widgets.snapshots import register_html

_OWN = frozenset(field.name for field in dataclasses.fields(Component))


@dataclasses.dataclass(frozen=True, eq=False)
class WidgetComponent(Component[Any]):
    """What the components share that `component` makes of widget classes."""

    widget: ClassVar[type[Any]]
    value_json_schema: ClassVar[dict[str, Any] | None] = None
    example_given: ClassVar[Any] = MISSING

    @property
    def trait(self) -> t.TraitType[Any, Any]:
        """The widget's `value` trait."""
        trait: t.TraitType[Any, Any] = self.widget.class_traits()["value"]
        return trait

    def widget_options(self) -> dict[str, Any]:
        """Return the traits that were given."""
        options = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name not in _OWN
        }
        return {name: value for name, value in options.items() if value is not MISSING}

    def check_definition(self) -> None:
        traits = self.widget.class_traits()
        for name, value in self.widget_options().items():
            try:
                _validated(traits[name], value, self.widget.__name__)
            except t.TraitError as error:
                raise DefinitionError(f"The option {name} of {type(self).__name__} is refused: {error}") from error

    def check_value(self, value: object) -> Any:
        try:
            return _validated(self.trait, value, self.widget.__name__)
        except t.TraitError as error:
            raise InputError(f"{shown(value)} is not accepted here: {error}") from error

    def load_value(self, data: Json) -> Any:
        return self.check_value(data)

    def dump_value(self, value: Any) -> Json:
        return as_json(list(value) if isinstance(value, (tuple, set)) else value)

    def value_schema(self) -> dict[str, Any]:
        return self.value_json_schema if self.value_json_schema is not None else schema_of(self.trait)

    def example_value(self) -> Any:
        return self.trait.default() if self.example_given is MISSING else self.example_given


class WidgetField(Box):
    """Somebody's widget in a box that gives it a label, help and a place for errors. `inner` is the widget itself."""

    component: WidgetComponent

    def __init__(self, component: WidgetComponent, *, label: str | None = None, interactive: bool = True) -> None:
        self.inner = component.widget(**component.widget_options())
        super().__init__(component, [self.inner], label=label, interactive=interactive)
        if component.default not in (MISSING, None):
            self.inner.value = component.default
        self.value = None if component.default is None or not interactive else self.inner.value
        self.inner.observe(self._heard, "value")
        self._switch()

    def set_component(self, component: Component[Any]) -> None:
        super().set_component(component)
        for name, value in self.component.widget_options().items():
            setattr(self.inner, name, value)

    def _heard(self, change: Any) -> None:
        try:
            self.value = self.component.check(change["new"])
            self.error = ""
        except InputError as problem:
            self.error = str(problem)

    @t.validate("value")
    def _check(self, proposal: Any) -> Any:
        return None if proposal["value"] is None else self.component.check(proposal["value"])

    @t.observe("value")
    def _show(self, change: Any) -> None:
        if change["new"] is None:
            return
        try:
            self.inner.value = change["new"]
        except t.TraitError as error:  # a validator of the widget's own, which the trait alone does not know
            raise InputError(f"{shown(change['new'])} is not accepted here: {error}") from error

    @t.observe("interactive")
    def _switch(self, _change: Any = None) -> None:
        for name, value in (("interactive", self.interactive), ("disabled", not self.interactive)):
            if self.inner.has_trait(name):
                setattr(self.inner, name, value)


@overload
def component(widget_class: type[Any]) -> type[WidgetComponent]: ...
@overload
def component(
    *,
    kind: str | None = None,
    example: Any = MISSING,
    schema: dict[str, Any] | None = None,
    html: Callable[[Any, Any], str] | None = None,
) -> Callable[[type[Any]], type[WidgetComponent]]: ...
def component(
    widget_class: type[Any] | None = None,
    *,
    kind: str | None = None,
    example: Any = MISSING,
    schema: dict[str, Any] | None = None,
    html: Callable[[Any, Any], str] | None = None,
) -> Any:
    """Turn a widget class with a `value` trait into a Component class; a decorator, with or without options.

    kind: the stable name in schemas; the class's name in lower case without it.
    example: a value for headless runs; the trait's default without it.
    schema: the JSON Schema of the value; derived from the trait without it.
    html: `html(component, value)` makes the static form (already safe); a JSON tree without it.
    Raises DefinitionError when the class is no widget or has no `value` trait.
    """
    if widget_class is None:
        return lambda cls: _make(cls, kind, example, schema, html)
    return _make(widget_class, kind, example, schema, html)


def _make(cls: Any, kind: str | None, example: Any, schema: Any, html: Callable[[Any, Any], str] | None) -> Any:
    if not (isinstance(cls, type) and issubclass(cls, ipywidgets.DOMWidget)):
        raise DefinitionError(f"@component decorates a widget class (a subclass of anywidget.AnyWidget), not {cls!r}.")
    widget: Any = cls
    if "value" not in widget.class_traits():
        raise DefinitionError(
            f"{cls.__name__} has no trait named value: add one, for example value = traitlets.Int(0).tag(sync=True)."
        )
    inherited = ipywidgets.DOMWidget.class_traits()
    options = [
        (name, Any, dataclasses.field(default=MISSING, kw_only=True))
        for name in widget.class_trait_names(sync=True)
        if not name.startswith("_") and name != "value" and name not in inherited and name not in _OWN
    ]
    made = dataclasses.make_dataclass(
        cls.__name__,
        options,
        bases=(WidgetComponent,),
        namespace={
            "__doc__": cls.__doc__,
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "kind": kind or cls.__name__.lower(),
            "widget": cls,
            "value_json_schema": schema,
            "example_given": example,
        },
        frozen=True,
        eq=False,
    )
    register_component(made)
    register_widget(made, WidgetField)
    if html is not None:
        register_html(made, html)
    return made


def _validated(trait: t.TraitType[Any, Any], value: Any, owner: str) -> Any:
    """Return `value` as the trait takes it. Raises TraitError, whose sentence names the owner."""
    return trait._validate(type(owner, (t.HasTraits,), {})(), value)


def schema_of(trait: t.TraitType[Any, Any]) -> dict[str, Any]:
    """Return the JSON Schema of what a trait accepts; {} for a trait that says nothing about it."""
    schema: dict[str, Any] = {}
    if isinstance(trait, (t.Int, t.Float)):
        schema = {"type": "integer" if isinstance(trait, t.Int) else "number"}
        for option, bound in (("minimum", trait.min), ("maximum", trait.max)):
            if bound is not None and abs(bound) != float("inf"):
                schema[option] = bound
    elif isinstance(trait, t.Bool):
        schema = {"type": "boolean"}
    elif isinstance(trait, t.Enum):
        schema = {"enum": list(trait.values or [])}
    elif isinstance(trait, t.Unicode):
        schema = {"type": "string"}
    elif isinstance(trait, (t.List, t.Tuple, t.Set)):
        inner = getattr(trait, "_trait", None)
        schema = {"type": "array"} | ({"items": schema_of(inner)} if inner is not None else {})
    elif isinstance(trait, t.Dict):
        schema = {"type": "object"}
    return {"anyOf": [schema, {"type": "null"}]} if schema and trait.allow_none else schema
