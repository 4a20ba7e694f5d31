"""Static forms of text, numbers, choices and JSON."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from jupyter_spaces.space.components.markup import markdown_to_html, sanitise_html

MOST_ITEMS = 200  # of one level of a JSON value


def text_html(component: Any, value: Any) -> str:
    return f'<div style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(str(value))}</div>'


def textbox_html(component: Any, value: Any) -> str:
    return text_html(component, component.to_text(value) if component.password else value)


def line_html(component: Any, value: Any) -> str:
    """Any value that fits on one line."""
    return f"<span>{escape(component.to_text(value))}</span>"


def color_html(component: Any, value: str) -> str:
    swatch = f"display:inline-block;width:1em;height:1em;border-radius:3px;vertical-align:-2px;background-color:{value}"
    return f'<span><span style="{swatch}"></span> <code>{escape(value)}</code></span>'


def code_html(component: Any, value: str) -> str:
    style = "margin:0;padding:8px;overflow:auto;max-height:30em;background:var(--jp-layout-color2,#8881)"
    return f'<pre style="{style}"><code>{escape(value)}</code></pre>'


def markdown_html(component: Any, value: str) -> str:
    return markdown_to_html(value)


def html_html(component: Any, value: str) -> str:
    return value if component.trusted else sanitise_html(value)


def json_html(component: Any, value: Any) -> str:
    return _tree(component.to_json(value))


def _tree(data: Any, key: str | None = None, depth: int = 0) -> str:
    """Nested details elements: they fold without a script."""
    name = "" if key is None else f"<b>{escape(key)}</b>: "
    if depth > 40 or not isinstance(data, (dict, list)) or not data:
        leaf = escape(json.dumps(data, ensure_ascii=False))
        return f'<div style="overflow-wrap:anywhere">{name}<code>{leaf}</code></div>'
    items = list(data.items()) if isinstance(data, dict) else [(str(i), each) for i, each in enumerate(data)]
    count = f"{len(items)} {'key' if isinstance(data, dict) else 'item'}{'' if len(items) == 1 else 's'}"
    more = f"<div>… {len(items) - MOST_ITEMS} more</div>" if len(items) > MOST_ITEMS else ""
    inner = "".join(_tree(each, name, depth + 1) for name, each in items[:MOST_ITEMS])
    opened = " open" if depth < 2 else ""
    return (
        f'<details{opened}><summary>{name}<span style="opacity:.6">{count}</span></summary>'
        f'<div style="padding-left:1.2em">{inner}{more}</div></details>'
    )


def group_html(component: Any, value: Any) -> str:
    """The fields of a group as the rows of a table."""
    from jupyter_spaces.widgets.snapshots import html_of

    members = component.members(value)
    rows = "".join(
        f'<tr><th style="text-align:left;vertical-align:top">{escape(each.label or name)}</th>'
        f'<td style="text-align:left">{html_of(each, members[name])}</td></tr>'
        for name, each in component.fields.items()
    )
    return f"<table>{rows}</table>"
