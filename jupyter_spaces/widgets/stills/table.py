"""The static form of a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

MOST_ROWS = 50
MOST_COLUMNS = 30


def table_html(component: Any, value: Any) -> str:
    table = component.table(value)
    return rows_html(table.columns, table.rows)


def rows_html(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return the first rows as an HTML table, and how many there are."""
    shown = [row[:MOST_COLUMNS] for row in rows[:MOST_ROWS]]
    names = list(columns)[:MOST_COLUMNS]
    sides = [f' style="text-align:{_side(shown, column)}"' for column in range(len(names))]
    head = "".join(f"<th{side}>{escape(name)}</th>" for name, side in zip(names, sides, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{side}>{_cell(cell)}</td>" for cell, side in zip(row, sides, strict=False)) + "</tr>"
        for row in shown
    )
    more = ""
    if len(rows) > MOST_ROWS or len(columns) > MOST_COLUMNS:
        more = f'<div style="opacity:.6">{len(rows)} rows, {len(columns)} columns</div>'
    return f'<div style="overflow:auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>'


def _side(rows: Sequence[Sequence[Any]], column: int) -> str:
    cells = [row[column] for row in rows if column < len(row) and row[column] is not None]
    return "right" if cells and all(type(cell) in (int, float) for cell in cells) else "left"


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    return escape(f"{cell:.6g}" if isinstance(cell, float) else str(cell))
