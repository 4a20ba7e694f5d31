"""Fields of text: Textbox and Code, and the sources of Markdown and HTML."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Code, Textbox
from jupyter_spaces.space.components.text import TextComponent
from jupyter_spaces.widgets.field import Field


class TextField(Field):
    """Text on one line or several. Empty text is None where the component is optional."""

    module = "entry"
    component: TextComponent

    def describe(self) -> dict[str, Any]:
        component = self.component
        lines = getattr(component, "lines", 4)
        if isinstance(component, Textbox) and lines == 1 and component.max_lines is None:
            kind = "password" if component.password else "text"
        else:
            kind = "textarea" if isinstance(component, Textbox) else "code"
        return {
            "kind": kind,
            "lines": lines,
            "max_lines": getattr(component, "max_lines", None) or (30 if isinstance(component, Code) else 20),
            "max_length": component.max_length,
            "placeholder": getattr(component, "placeholder", ""),
        }

    def initial(self, interactive: bool) -> Any:
        return None if self.component.optional or not interactive else ""

    def show(self, value: Any) -> Any:
        return "" if value is None else value

    def hear(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise InputError("The page sent something that is not text; try again.")
        # An empty required text is no mistake while somebody is still typing: the call refuses it where it must.
        if not data:
            return None if self.component.optional else ""
        return self.component.from_json(data)
