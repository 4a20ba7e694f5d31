"""The field of a group: the fields of a dataclass or a pydantic model, in a box."""

from __future__ import annotations

from typing import Any

import traitlets as t

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import MISSING, Component, Group
from jupyter_spaces.widgets.box import Box
from jupyter_spaces.widgets.registry import set_props, widget_for


class GroupField(Box):
    """A box of fields. `value` is what the group's factory makes of them, None while one of them misses its value."""

    component: Group

    def __init__(self, component: Group, *, label: str | None = None, interactive: bool = True) -> None:
        self._busy = True  # while this object itself moves values between the group and its members
        self.members = {
            name: widget_for(each, label=each.label or name.replace("_", " "), interactive=interactive)
            for name, each in component.fields.items()
        }
        super().__init__(component, list(self.members.values()), label=label, interactive=interactive)
        self.add_class("jsp-group")
        for member in self.members.values():
            member.observe(self._gather, "value")
        self._busy = False
        if component.default is not MISSING:
            self.value = component.default
        else:
            self._gather()

    def set_component(self, component: Component[Any]) -> None:
        super().set_component(component)
        for name, member in self.members.items():
            member.set_component(self.component.fields[name])

    @t.validate("value")
    def _check(self, proposal: Any) -> Any:
        value = proposal["value"]
        return value if value is None or self._busy else self.component.check(value)

    @t.observe("value")
    def _spread(self, change: Any) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            members = {} if change["new"] is None else self.component.members(change["new"])
            for name, member in self.members.items():
                member.value = members.get(name)
        finally:
            self._busy = False

    @t.observe("interactive")
    def _switch(self, _change: Any) -> None:
        for member in self.members.values():
            set_props(member, interactive=self.interactive)

    def _gather(self, _change: Any = None) -> None:
        if self._busy:
            return
        values = {name: member.value for name, member in self.members.items()}
        optional = {name for name, field in self.component.fields.items() if field.optional}
        given = {name: value for name, value in values.items() if value is not None or name in optional}
        self._busy = True
        try:
            self.value = self.component.check(given)
            self.error = ""
        except InputError as problem:
            self.value = None
            # A field that is still empty is no mistake yet; the call names it when it is needed.
            self.error = "" if len(given) < len(values) else str(problem)
        finally:
            self._busy = False
