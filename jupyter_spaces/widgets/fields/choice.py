"""Fields that choose: Checkbox, Radio, Dropdown, CheckboxGroup."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import CheckboxGroup, Dropdown, Radio
from jupyter_spaces.space.components.choices import ChoiceComponent
from jupyter_spaces.widgets.field import Field


class CheckboxField(Field):
    """Yes or no."""

    module = "choice"

    def describe(self) -> dict[str, Any]:
        return {"kind": "checkbox"}

    def initial(self, interactive: bool) -> Any:
        return False if interactive and not self.component.optional else None


class ChoiceField(Field):
    """One or several of the component's choices.

    The page knows labels and says places in the list, so that the values may be any Python objects. A Dropdown that
    takes other text too (`allow_custom`) says the text itself.
    """

    module = "choice"
    component: ChoiceComponent

    def describe(self) -> dict[str, Any]:
        component = self.component
        if isinstance(component, Radio):
            kind = "radio"
        elif self._many:
            kind = "group" if isinstance(component, CheckboxGroup) else "many"
        else:
            kind = "combobox" if getattr(component, "allow_custom", False) else "dropdown"
        return {
            "kind": kind,
            "choices": [choice.label for choice in component.options],
            "optional": component.optional,
            "custom": self._many and getattr(component, "allow_custom", False),
        }

    @property
    def _many(self) -> bool:
        return isinstance(self.component, CheckboxGroup) or getattr(self.component, "multiple", False)

    def initial(self, interactive: bool) -> Any:
        if not interactive or self.component.optional:
            return None
        if self._many:
            return []
        # A list that drops down shows its first entry as if it were chosen; radio buttons show that nothing is.
        single = isinstance(self.component, Dropdown) and not self.component.allow_custom
        return self.component.first() if single and self.component.options else None

    def show(self, value: Any) -> Any:
        if value is None:
            return [] if self._many else None
        if self._many:
            return [self._place(each) for each in value]
        return self.component.find(value).label if self.describe()["kind"] == "combobox" else self._place(value)

    def _place(self, value: Any) -> int | str:
        choice = self.component.find(value)
        options = self.component.options
        return options.index(choice) if choice in options else choice.label

    def hear(self, data: Any) -> Any:
        if data is None:
            return None
        if self._many:
            if not isinstance(data, list):
                raise InputError("The page sent something that is not a list of choices; try again.")
            return self.component.from_json([self._wire(each) for each in data])
        return self.component.from_json(self._wire(data))

    def _wire(self, said: Any) -> Any:
        options = self.component.options
        if isinstance(said, str) and getattr(self.component, "allow_custom", False):
            return next((choice.wire for choice in options if choice.label == said), said)
        if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said < len(options):
            raise InputError("This choice does not exist any more; choose again.")
        return options[said].wire
