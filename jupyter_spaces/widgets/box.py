"""Box: several widgets, or one that somebody else wrote, under one label, with what every field has.

It answers to the same names as Field (label, info, error, visible, interactive, set_component), so that `set_props`
and the view treat both alike.
"""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets
import traitlets as t

from jupyter_spaces.space.components import Component
from jupyter_spaces.widgets.field import PythonValue


class Box(ipywidgets.VBox):
    """Children under a heading. `value` is the Python value, None while it is empty."""

    value = PythonValue(None, allow_none=True)
    label = t.Unicode()
    info = t.Unicode()
    error = t.Unicode()
    visible = t.Bool(True)
    interactive = t.Bool(True)

    def __init__(
        self, component: Component[Any], children: list[Any], *, label: str | None = None, interactive: bool = True
    ) -> None:
        self.component = component
        self._heading = ipywidgets.HTML()
        super().__init__(
            children=[self._heading, *children],
            label=label if label is not None else component.label or "",
            info=component.info or "",
            visible=component.visible,
            interactive=interactive,
        )
        self.add_class("jsp-box-field")
        self._draw_heading()

    def set_component(self, component: Component[Any]) -> None:
        """Show another state of the component."""
        self.component = component

    @t.observe("label", "info", "error", "visible")
    def _draw_heading(self, _change: Any = None) -> None:
        info = f'<div style="color:var(--jp-ui-font-color2,#616161)">{escape(self.info)}</div>' if self.info else ""
        error = ""
        if self.error:
            error = f'<div role="alert" style="color:var(--jp-error-color1,#d32f2f)">⚠ {escape(self.error)}</div>'
        self._heading.value = f"<div><b>{escape(self.label)}</b>{info}{error}</div>"
        self._heading.layout.display = None if self.label or info or error else "none"
        self.layout.display = None if self.visible else "none"
