"""The field of a table: a grid that shows a window of the rows, and that a keyboard edits."""

from __future__ import annotations

import json
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Dataframe
from jupyter_spaces.space.components.frames import Cell, ColumnType, Table
from jupyter_spaces.space.components.wording import shown
from jupyter_spaces.widgets.field import Field

FIRST_ROWS = 100  # travel with the model; the page asks for others when it scrolls to them
MOST_ROWS = 500  # in one answer
MOST_CELLS = 20_000  # in one paste

_WORDS: dict[str, Cell] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class DataframeField(Field):
    """A table. The page says `{"cells": [[row, column, text], ...]}`, `{"insert": row}` or `{"remove": row}`.

    A paste or an edit below the last row makes the rows that it needs. Text becomes what the column holds.
    """

    module = "dataframe"
    answers = True
    component: Dataframe

    def describe(self) -> dict[str, Any]:
        return {"max_rows": self.component.max_rows}

    def initial(self, interactive: bool) -> Any:
        if not interactive or self.component.optional or not self.component.headers:
            return None
        return self.component.check([])

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        table = self.component.table(value)
        return {
            "columns": table.columns,
            "dtypes": table.dtypes,
            "total": len(table.rows),
            "rows": table.rows[:FIRST_ROWS],
        }

    def hear(self, data: Any) -> Any:
        if not isinstance(data, dict) or len(data) != 1:
            raise InputError("The page sent something that is not an edit of a table; try again.")
        table = Table([], [], []) if self.value is None else self.component.table(self.value)
        rows = [list(row) for row in table.rows]
        dtypes = list(table.dtypes)
        ((action, what),) = data.items()
        if action == "cells":
            self._write(rows, dtypes, what)
        else:
            if isinstance(what, bool) or not isinstance(what, int) or not 0 <= what <= len(rows):
                raise InputError("This row does not exist any more.")
            if action == "insert":
                rows.insert(what, [None] * len(dtypes))
            elif action == "remove" and what < len(rows):
                del rows[what]
            else:
                raise InputError("The page sent an unknown edit of a table; try again.")
        return self.component.from_json({"columns": table.columns, "data": rows, "dtypes": dtypes})  # type: ignore[dict-item]

    def _write(self, rows: list[list[Cell]], dtypes: list[ColumnType], cells: Any) -> None:
        if not isinstance(cells, list) or len(cells) > MOST_CELLS:
            raise InputError(f"At most {MOST_CELLS} cells are changed at once.")
        for cell in cells:
            if not (isinstance(cell, list) and len(cell) == 3):
                raise InputError("The page sent something that is not a cell; try again.")
            row, column, text = cell
            places = all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in (row, column))
            if not places or not isinstance(text, str) or column >= len(dtypes) or row >= self.component.max_rows:
                raise InputError(f"The table has {len(dtypes)} columns and at most {self.component.max_rows} rows.")
            while row >= len(rows):
                rows.append([None] * len(dtypes))
            rows[row][column] = cell_of(text, dtypes[column])

    def on_page_message(self, message: dict[str, Any], buffers: list[Any]) -> None:
        start, key = message.get("start"), message.get("id")
        if message.get("jsp") != "rows" or self.value is None or not isinstance(start, int) or start < 0:
            return
        rows = self.component.table(self.value).rows
        self.send({"jsp": "rows", "id": key, "start": start, "rows": rows[start : start + MOST_ROWS]})


def cell_of(text: str, dtype: str) -> Cell:
    """Return what a typed text means in a column. Raises InputError."""
    if text == "":
        return None
    try:
        if dtype == "integer":
            return int(text)
        if dtype == "number":
            return float(text)
    except ValueError:
        raise InputError(f"{shown(text)} is not a number, which this column holds.") from None
    if dtype == "boolean":
        if text.strip().lower() not in _WORDS:
            raise InputError(f"{shown(text)} is neither true nor false, which this column holds.")
        return _WORDS[text.strip().lower()]
    if dtype == "any":
        # An empty column takes its type from what is typed into it.
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return value if isinstance(value, (bool, int, float)) else text
    return text
