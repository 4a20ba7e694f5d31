"""Static forms of what classifiers say: confidences as bars, text with its categories marked."""

from __future__ import annotations

from html import escape
from typing import Any

from jupyter_spaces.widgets.stills.pictures import color_of


def label_html(component: Any, value: str | dict[str, float]) -> str:
    if isinstance(value, str):
        return f'<div style="font-size:1.4em;font-weight:600">{escape(value)}</div>'
    shown = list(value.items())[: component.top]
    rows = "".join(_bar(name, confidence) for name, confidence in shown)
    return f'<table style="width:100%;border-collapse:collapse">{rows}</table>'


def _bar(name: str, confidence: float) -> str:
    track = "height:8px;border-radius:4px;background-color:var(--jp-border-color2,#8883)"
    fill = f"width:{100 * confidence:.4g}%;height:8px;border-radius:4px;background-color:var(--jp-brand-color1,#1976d2)"
    cell = "padding:3px 8px 3px 0;border:0"
    return (
        f'<tr><td style="{cell};text-align:left;width:30%;overflow-wrap:anywhere">{escape(name)}</td>'
        f'<td style="{cell}"><div style="{track}"><div style="{fill}"></div></div></td>'
        f'<td style="{cell};width:4em;text-align:right;font-variant-numeric:tabular-nums">{confidence:.1%}</td></tr>'
    )


def highlighted_html(component: Any, value: list[tuple[str, str | float | None]]) -> str:
    categories = list(dict.fromkeys(label for _, label in value if isinstance(label, str)))
    given = component.colors or {}
    colors = {label: given.get(label) or color_of(place) for place, label in enumerate(categories)}
    largest = max((abs(label) for _, label in value if isinstance(label, (int, float))), default=1.0) or 1.0
    pieces = []
    for text, label in value:
        if label is None:
            pieces.append(escape(text))
        elif isinstance(label, str):
            name = f'<small style="margin-left:4px;color:{colors[label]};font-weight:600">{escape(label)}</small>'
            pieces.append(_mark(escape(text) + name, colors[label], 0.22))
        else:
            color = "#2e7d32" if label >= 0 else "#c62828"
            pieces.append(_mark(escape(text), color, 0.6 * abs(label) / largest, title=f"{label:.4g}"))
    return f'<div style="white-space:pre-wrap;line-height:1.9">{"".join(pieces)}</div>'


def _mark(html: str, color: str, opacity: float, title: str = "") -> str:
    style = f"padding:2px 4px;border-radius:3px;color:inherit;background-color:{color}{round(255 * opacity):02x}"
    return f'<mark style="{style}"{f" title={title!r}" if title else ""}>{html}</mark>'
