"""The boxes of a view, made so that a page has few models to build.

Every ipywidget brings a Layout model of its own, and most a Style: many models for boxes that set nothing. So the boxes
of one view share one Layout, CSS classes say how they look (`static/view.css`), and `free` knows not to close what is
shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ipywidgets

from jupyter_spaces.space.components import Component
from jupyter_spaces.space.components.markup import markdown_to_html
from jupyter_spaces.widgets.field import Field, view_traits
from jupyter_spaces.widgets.registry import factory_of, widget_for


class Boxes:
    """Makes the containers of one view, and frees them."""

    def __init__(self) -> None:
        self.layout = ipywidgets.Layout()

    def box(self, name: str, children: Sequence[ipywidgets.Widget]) -> ipywidgets.VBox:
        """A box with these CSS classes (several by spaces)."""
        return ipywidgets.VBox(children, layout=self.layout, _dom_classes=classes(name))

    def html(self, name: str, html: str) -> ipywidgets.HTML:
        """HTML that is safe already."""
        return ipywidgets.HTML(html, layout=self.layout, _dom_classes=classes(name))

    def tabs(self, children: Sequence[ipywidgets.Widget], titles: Iterable[str]) -> ipywidgets.Tab:
        """One tab per child."""
        return ipywidgets.Tab(children, titles=tuple(titles), layout=self.layout, _dom_classes=classes("jsp-tabs"))

    def accordion(self, children: Sequence[ipywidgets.Widget], titles: Iterable[str]) -> ipywidgets.Accordion:
        """One section per child, closed."""
        return ipywidgets.Accordion(
            children, titles=tuple(titles), layout=self.layout, _dom_classes=classes("jsp-accordion")
        )

    def field(
        self, component: Component[Any], *, label: str, interactive: bool = True, name: str = ""
    ) -> ipywidgets.Widget:
        """The widget of a component, with these CSS classes, and the Layout of this view where it takes one."""
        factory = factory_of(component)
        alone = isinstance(factory, type) and issubclass(factory, Field)  # else it makes fields of its own
        token = view_traits.set({"layout": self.layout} | ({"_dom_classes": classes(name)} if alone else {}))
        try:
            widget = widget_for(component, label=label, interactive=interactive)
        finally:
            view_traits.reset(token)
        for each in () if alone else classes(name):
            widget.add_class(each)
        return widget

    def free_tree(self, widget: ipywidgets.Widget) -> None:
        """Close a widget that `field` made, with everything below it."""
        for each in tree(widget):
            self.free(each)

    def free(self, widget: ipywidgets.Widget) -> None:
        """Close one widget of this view with its Style, and its Layout where that is its own; not its children."""
        style, layout = getattr(widget, "style", None), getattr(widget, "layout", None)
        widget.close()
        if isinstance(style, ipywidgets.Widget):
            style.close()
        if isinstance(layout, ipywidgets.Widget) and layout is not self.layout:
            layout.close()

    def close(self) -> None:
        """The view is gone: close what its boxes shared."""
        self.layout.close()


def classes(names: str) -> tuple[str, ...]:
    """CSS classes for the constructor of a widget: added later, they cost a message each."""
    return tuple(names.split())


def prose(markdown: str) -> str:
    """An author's Markdown as HTML that is safe for a page."""
    return f'<div class="jsp-prose">{markdown_to_html(markdown)}</div>'


def tree(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """The widget and everything below it."""
    found = [widget]
    for child in getattr(widget, "children", ()):
        found += tree(child)
    return found
