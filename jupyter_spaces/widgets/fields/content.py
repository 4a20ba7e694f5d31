"""Fields that show what Python made: Markdown, HTML, JSON and everything else whose live form is its static form.

The HTML is made safe in Python, so that the page may set it as it is; a saved notebook shows the same.
"""

from __future__ import annotations

import json
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import HTML, JSON, Markdown
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.fields.text import TextField


class ContentField(Field):
    """Shows the static HTML of its value."""

    module = "content"

    def show(self, value: Any) -> Any:
        from jupyter_spaces.widgets.snapshots import html_of

        return None if value is None else {"html": html_of(self.component, value), "text": self.plain(value)}

    def hear(self, data: Any) -> Any:
        raise InputError("This is shown only; it takes no input.")

    def plain(self, value: Any) -> str:
        """Return what the copy button copies, or '' for no such button."""
        return value if isinstance(value, str) else ""


class JsonField(ContentField):
    """A JSON value as a tree that folds."""

    def plain(self, value: Any) -> str:
        return json.dumps(self.component.to_json(value), ensure_ascii=False, indent=2)


class JsonSourceField(TextField):
    """A JSON value as text to edit; serves every component that has no field of its own."""

    def describe(self) -> dict[str, Any]:
        return {"kind": "code", "lines": 4, "max_lines": 20, "max_length": 2_000_000, "placeholder": "JSON"}

    def initial(self, interactive: bool) -> Any:
        return None

    def show(self, value: Any) -> Any:
        return "" if value is None else json.dumps(self.component.to_json(value), ensure_ascii=False, indent=2)

    def hear(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise InputError("The page sent something that is not text; try again.")
        if not data.strip():
            return None
        try:
            parsed = json.loads(data)
        except (ValueError, RecursionError) as problem:
            reason = str(problem) if isinstance(problem, ValueError) else "it is nested too deeply"
            raise InputError(f"This is not JSON: {reason}.") from None
        return self.component.from_json(parsed)


def content_or_source(component: Any, *, label: str | None, interactive: bool) -> Field:
    """Return the rendered form to look at, or the source to edit."""
    made: type[Field]
    if interactive:
        made = TextField if isinstance(component, (Markdown, HTML)) else JsonSourceField
    else:
        made = JsonField if isinstance(component, JSON) else ContentField
    return made(component, label=label, interactive=interactive)
