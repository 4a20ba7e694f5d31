"""Fields of a colour and of a date, for which the browser has inputs of its own."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.space.components import DateTime
from jupyter_spaces.widgets.field import Field


class ColorField(Field):
    """A colour. The browser's input is never empty, so neither is the value, unless the component is optional."""

    module = "entry"

    def describe(self) -> dict[str, Any]:
        return {"kind": "color"}

    def initial(self, interactive: bool) -> Any:
        return None if self.component.optional or not interactive else "#000000"


class DateTimeField(Field):
    """A day or a moment. Where a time zone is needed, the page shows the visitor's own and sends UTC."""

    module = "entry"
    component: DateTime

    def describe(self) -> dict[str, Any]:
        component = self.component
        low, high = (None if each is None else each.isoformat() for each in (component.minimum, component.maximum))
        kind = "date" if component.date else "datetime-local"
        return {"kind": kind, "aware": component.aware, "min": low, "max": high, "step": "1"}

    def hear(self, data: Any) -> Any:
        return None if data in (None, "") else self.component.from_json(data)
