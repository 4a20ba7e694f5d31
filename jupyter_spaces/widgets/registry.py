"""Which widget shows which component.

A component finds its widget by its class, then by the classes that it derives from; one that nobody registered is
edited and shown as JSON, since every component has a JSON form.
"""

from __future__ import annotations

from typing import Any, Protocol

import ipywidgets

from jupyter_spaces.errors import DefinitionError, SpacesError, did_you_mean
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.widgets.box import Box
from jupyter_spaces.widgets.field import Field


class WidgetFactory(Protocol):
    """Makes the widget of a component; a Field class is one."""

    def __call__(self, component: Any, *, label: str | None, interactive: bool) -> ipywidgets.Widget: ...


_factories: dict[type, WidgetFactory] = {}


def register_widget(component_class: type[Component[Any]], factory: WidgetFactory) -> None:
    """Let `factory(component, label=..., interactive=...)` make the widget of a component class and its subclasses.

    The widget needs a `value` trait that holds the Python value, None while it is empty.
    """
    if not (isinstance(component_class, type) and issubclass(component_class, Component)):
        raise DefinitionError(f"register_widget takes a Component class first, not {component_class!r}.")
    _factories[component_class] = factory


def factory_of(component: Component[Any]) -> WidgetFactory:
    """Return what makes the widget of a component."""
    return next(_factories[cls] for cls in type(component).__mro__ if cls in _factories)


def widget_for(component: Component[Any], *, label: str | None = None, interactive: bool = True) -> Any:
    """Return a new widget of a component, usable in any ipywidgets container.

    Its `value` is the Python value (None while empty); set it, observe it. `interactive=False` gives the form that
    shows
    a result; a component that says `interactive` itself is right.
    """
    wanted = interactive if component.interactive is None else component.interactive
    return factory_of(component)(component, label=label, interactive=wanted)


def problem_of(widget: ipywidgets.Widget) -> str:
    """Return the sentence that says why what was entered is refused, or '' when the value is good."""
    return str(getattr(widget, "error", "") or "")


_TRAITS = ("error", "info", "interactive", "label", "value", "visible")


def set_props(widget: ipywidgets.Widget, **props: Any) -> None:
    """Change a widget of `widget_for`: label, info, visible, interactive, value, error, and its component's options.

    Raises SpacesError (DefinitionError for a component's options) when there is no such property.
    """
    own = {name: props.pop(name) for name in _TRAITS if name in props}
    if isinstance(widget, (Field, Box)):
        if props:
            widget.set_component(_changed(widget.component, props))
        for name, value in own.items():
            setattr(widget, name, (value or "") if name in ("error", "info", "label") else value)
        return
    # A widget of another origin: what it has of these, by the names that ipywidgets uses.
    others = {"label": "description", "interactive": "disabled"}
    for name, value in {**own, **props}.items():
        other = others.get(name, "")
        if name == "visible":
            widget.layout.display = None if value else "none"
        elif widget.has_trait(name):
            setattr(widget, name, value)
        elif widget.has_trait(other):
            setattr(widget, other, not value if other == "disabled" else value or "")
        elif name not in _TRAITS:
            known = [*widget.trait_names(), *_TRAITS]
            raise SpacesError(f"{type(widget).__name__} has no property {name!r}.{did_you_mean(name, known)}")


def _changed(component: Component[Any], props: dict[str, Any]) -> Component[Any]:
    """Return the component with other options, without its default where that no longer fits them."""
    try:
        return component.replace(**props)
    except DefinitionError:
        return component.replace(**{"default": MISSING} | props)


def close_tree(widget: ipywidgets.Widget) -> None:
    """Close a widget with everything that exists only for it: children, Layout and Style."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, ipywidgets.Widget):
            part.close()
    widget.close()
