"""Limits that were written for another library become limits of the component.

`Annotated[int, Field(ge=1, le=50)]` (pydantic) and `Annotated[int, Interval(ge=1, le=50)]` (annotated-types) say what a
slider needs to know. The objects are recognised by their attributes, so that neither library is imported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyter_spaces.space.components import Component, Number, Slider, Textbox

_OF_NUMBERS = {"ge": "minimum", "le": "maximum", "multiple_of": "step"}
_OF_TEXT = {"min_length": "min_length", "max_length": "max_length", "pattern": "pattern"}


def constrain(component: Component[Any], metadata: Iterable[Any]) -> Component[Any]:
    """Apply the limits found in `Annotated` metadata; a number with both ends becomes a Slider."""
    limits: dict[str, Any] = {}
    for each in metadata:
        # pydantic's Field(...) keeps its limits in a list of its own.
        for part in (each, *(getattr(each, "metadata", None) or ())):
            for name in ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern"):
                value = getattr(part, name, None)
                if value is not None:
                    limits[name] = value
        for name, option in (("title", "label"), ("description", "info")):
            text = getattr(each, name, None)
            if isinstance(text, str) and getattr(component, option) is None:
                component = component.replace(**{option: text})
    if isinstance(component, Number):
        return _number(component, limits)
    if isinstance(component, Textbox):
        changes = {option: limits[name] for name, option in _OF_TEXT.items() if name in limits}
        return component.replace(**changes) if changes else component
    return component


def _number(component: Number, limits: dict[str, Any]) -> Component[Any]:
    changes = {option: limits[name] for name, option in _OF_NUMBERS.items() if name in limits}
    # The open ends of whole numbers are the next ones; a float has no next one that a person would type.
    step = 1 if component.whole else 0
    if "gt" in limits:
        changes["minimum"] = limits["gt"] + step
    if "lt" in limits:
        changes["maximum"] = limits["lt"] - step
    if not changes:
        return component
    if type(component) is Number and {"minimum", "maximum"} <= changes.keys() and not component.optional:
        options: dict[str, Any] = {"label": component.label, "info": component.info, "integer": component.integer}
        return Slider(**options, **changes)
    return component.replace(**changes)
