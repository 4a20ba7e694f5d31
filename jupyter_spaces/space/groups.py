"""Dataclasses, pydantic models and NamedTuples as one input: a group of fields.

The function receives an instance; the form shows the fields; the class itself checks what belongs together. pydantic is
recognised by its `model_fields`, never imported.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

from jupyter_spaces.space import components as c
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.space.constraints import constrain


def group_of(kind: type, subject: str) -> Component[Any]:
    """The Group whose fields are those of a class. Raises what `component_for` raises, naming the field."""
    from jupyter_spaces.space.inference import component_for

    fields: dict[str, Component[Any]] = {}
    for name, hint, default, metadata in _fields(kind):
        where = f"{subject}, field"
        component = component_for(hint, name=name, where=where)
        component = constrain(component, metadata)
        if default is not MISSING:
            optional = {"optional": True} if default is None else {}
            component = component.replace(default=default, **optional)
        if component.label is None:
            words = name.replace("_", " ")
            component = component.replace(label=words[:1].upper() + words[1:])
        fields[name] = component
    return c.Group(fields=fields, factory=kind)


def _fields(kind: type) -> Iterator[tuple[str, Any, Any, tuple[Any, ...]]]:
    """(name, hint, default or MISSING, metadata) of each field that the constructor takes."""
    if hasattr(kind, "model_fields"):
        for name, info in kind.model_fields.items():
            default = MISSING if info.is_required() else info.get_default(call_default_factory=True)
            yield name, info.annotation, default, (info,)
        return
    hints = typing.get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            if not field.init:
                continue
            default = field.default
            if field.default_factory is not dataclasses.MISSING:
                default = field.default_factory()
            yield field.name, hints[field.name], MISSING if default is dataclasses.MISSING else default, ()
        return
    for name in kind._fields:  # type: ignore[attr-defined]  # a NamedTuple
        yield name, hints.get(name, MISSING), getattr(kind, "_field_defaults", {}).get(name, MISSING), ()
