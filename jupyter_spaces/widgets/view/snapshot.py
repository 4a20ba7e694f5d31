"""The static form of a whole view: what a reader without a kernel sees in its place.

One piece of HTML without a script, with its pictures inside: title, and for every call the inputs as they were and the
results. All styles are written on the elements, because readers that do not trust a notebook strip style sheets; they
rest on JupyterLab's variables and fall back to colours that work on light and on dark paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from jupyter_spaces.space import Endpoint, Runtime, Slot, Space
from jupyter_spaces.space.components import BlobComponent
from jupyter_spaces.space.components.markup import markdown_to_html
from jupyter_spaces.widgets.snapshots import html_of, static_form

_MUTED = "color:var(--jp-ui-font-color2,#757575)"
_LINE = "1px solid var(--jp-border-color2,#9994)"


@dataclass(frozen=True)
class Call:
    """One call as a reader sees it. `results` is empty while there are none; `error` says why there are none."""

    endpoint: Endpoint
    values: Mapping[str, Any]
    results: tuple[Any, ...] = ()
    error: str = ""


Placed = Sequence[tuple[Slot, Any]]
"""What a laid-out page shows: its slots with their values, in reading order."""


def description_of(space: Space) -> str:
    """What the Space does, as its author wrote it; of a Space with one endpoint, the docstring says it too."""
    endpoints = list(space.endpoints.values())
    return space.description or (endpoints[0].description if len(endpoints) == 1 else "")


def placed(runtime: Runtime) -> Placed:
    """The visible slots of a page with their values."""
    slots = [node for node in runtime.layout.root.walk() if isinstance(node, Slot)]
    return [(slot, runtime.value(slot.id)) for slot in slots if runtime.is_visible(slot.id)]


def snapshot(space: Space, calls: Sequence[Call], slots: Placed = ()) -> dict[str, Any]:
    """The mime bundle of a Space: text/html, text/plain and, when one picture is all that came out, that picture."""
    return {"text/html": _html(space, calls, slots), "text/plain": plain(space, calls, slots), **_only_picture(calls)}


def _html(space: Space, calls: Sequence[Call], slots: Placed) -> str:
    parts = []
    if space.title:
        parts.append(f'<div style="font-size:1.25em;font-weight:600;margin:0">{escape(space.title)}</div>')
    if description := description_of(space):
        parts.append(f'<div style="{_MUTED}">{markdown_to_html(description)}</div>')
    named = len(space.endpoints) > 1
    parts += [_call(call, named=named) for call in calls]
    parts += [
        f'<div style="margin:6px 0">{_label(slot.label)}{html_of(slot.component, value)}</div>'
        for slot, value in slots
        if value is not None
    ]
    return f'<div class="jsp-static" style="padding:4px 0">{"".join(parts)}</div>'


def plain(space: Space, calls: Sequence[Call], slots: Placed = ()) -> str:
    """The text of `snapshot`: one line per call and per result."""
    lines = [space.title or space.name]
    for call in calls:
        lines.append(f"{call.endpoint.name}({call.endpoint.describe_inputs(call.values)})")
        for result, value in zip(call.endpoint.results, call.results, strict=False):
            name = f"{result.label}: " if result.count > 1 else ""
            lines.append(f"  {name}{result.component.to_text(value)}")
        if call.error:
            lines.append(f"  failed: {call.error}")
    for slot, value in slots:
        if value is not None:
            lines.append(f"{slot.label or slot.id}: {slot.component.to_text(value)}")
    return "\n".join(lines)


def _call(call: Call, *, named: bool) -> str:
    rows = "".join(
        f'<div style="margin:2px 0"><span style="{_MUTED}">{escape(parameter.label)}</span> '
        f"{_value(parameter.component, call.values[parameter.name])}</div>"
        for parameter in call.endpoint.parameters
        if not _empty(call.values.get(parameter.name))
    )
    title = f'<div style="font-weight:600">{escape(call.endpoint.title)}</div>' if named else ""
    results = "".join(
        f'<div style="margin:2px 0">{_label(result.label) if result.count > 1 else ""}'
        f"{html_of(result.component, value)}</div>"
        for result, value in zip(call.endpoint.results, call.results, strict=False)
    )
    if call.error:
        results += f'<div style="color:var(--jp-error-color1,#d32f2f);white-space:pre-wrap">{escape(call.error)}</div>'
    return (
        f'<div style="border-top:{_LINE};margin-top:8px;padding-top:8px">{title}'
        '<div style="display:flex;flex-wrap:wrap;gap:8px 24px">'
        f'<div style="flex:1 1 200px;min-width:0">{rows}</div>'
        f'<div style="flex:2 1 260px;min-width:0">{results}</div></div></div>'
    )


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value)


def _value(component: Any, value: Any) -> str:
    if isinstance(component, BlobComponent):
        return f'<div style="max-width:160px">{html_of(component, value)}</div>'
    return f'<span style="overflow-wrap:anywhere">{escape("" if value is None else component.to_text(value))}</span>'


def _label(label: str | None) -> str:
    return f'<div style="{_MUTED}">{escape(label)}</div>' if label else ""


def _only_picture(calls: Sequence[Call]) -> dict[str, Any]:
    """The picture that is all that came out, as a mime type of its own, for readers that show no HTML."""
    if [len(call.results) for call in calls] != [1]:
        return {}
    component, value = calls[0].endpoint.results[0].component, calls[0].results[0]
    if value is None or not isinstance(component, BlobComponent):
        return {}
    return {mime: data for mime, data in static_form(component, value).items() if mime.startswith("image/")}
