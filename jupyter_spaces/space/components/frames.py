"""Tables between pandas, polars, NumPy, lists and JSON.

A Table is what they have in common: names, rows of JSON scalars, and one word per column for what JSON loses (3.0 or 3,
a day or a text). pandas and polars are looked up in `sys.modules`: a value of theirs can only exist when somebody
imported them, and only a component that asks for them imports them itself.
"""

from __future__ import annotations

import datetime
import importlib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import refuse
from jupyter_spaces.space.components.json_values import as_text
from jupyter_spaces.space.components.wording import shown

ColumnType = Literal["string", "integer", "number", "boolean", "datetime", "date", "any"]
COLUMN_TYPES: tuple[ColumnType, ...] = get_args(ColumnType)

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """Columns by name, rows of cells, and the type of each column."""

    columns: list[str]
    rows: list[list[Cell]]
    dtypes: list[ColumnType]


def is_installed(library: str) -> bool:
    """Whether pandas or polars can be imported, without importing it."""
    import importlib.util

    return importlib.util.find_spec(library) is not None


def is_pandas(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series))


def is_polars(value: object) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, (polars.DataFrame, polars.LazyFrame, polars.Series))


def as_table(value: Any, headers: Sequence[str] | None = None) -> Table:
    """Return the Table of a frame, a 2-D array, or a list of rows (lists, or dicts by column). Raises InputError.

    `headers` names the columns of what has no names of its own.
    """
    if is_pandas(value):
        frame = value.to_frame() if value.ndim == 1 else value
        pandas = sys.modules["pandas"]
        if not isinstance(frame.index, pandas.RangeIndex):
            frame = frame.reset_index()
        return make_table(frame.columns, frame.astype(object).to_numpy().tolist())
    if is_polars(value):
        polars = sys.modules["polars"]
        frame = value.to_frame() if isinstance(value, polars.Series) else value
        frame = frame.collect() if isinstance(frame, polars.LazyFrame) else frame
        return make_table(frame.columns, frame.rows())
    if hasattr(value, "__array__"):
        return _from_array(value, headers)
    if isinstance(value, (list, tuple)):
        return _from_list(value, headers)
    raise refuse(value, "a pandas or polars frame, a 2-D array or a list of rows")


def make_table(columns: Any, rows: Any, dtypes: Sequence[ColumnType] | None = None) -> Table:
    """Return a Table once names are distinct, rows equally long and cells JSON scalars. Raises InputError."""
    names = [as_text(str(name)) for name in columns]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InputError(f"Two columns are named {name!r}; give them different names.")
    cells: list[list[Cell]] = []
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise InputError(f"Row {number} has {len(row)} cells and there are {len(names)} columns.")
        cells.append([_cell(cell, number, name) for cell, name in zip(row, names, strict=True)])
    found = [_column_type([row[index] for row in rows]) for index in range(len(names))]
    return Table(names, cells, list(dtypes) if dtypes is not None else found)


def to_pandas(table: Table) -> Any:
    """Return the Table as a pandas frame."""
    pandas = importlib.import_module("pandas")
    columns = {}
    for index, (name, dtype) in enumerate(zip(table.columns, table.dtypes, strict=True)):
        values = _typed(table, index)
        # Integers and booleans with gaps stay objects: pandas would make floats of them.
        gaps = None in values
        kinds = {"integer": "int64", "number": "float64", "boolean": "bool", "datetime": None}
        plain = dtype in kinds and not (gaps and dtype in ("integer", "boolean"))
        columns[name] = pandas.Series(values, dtype=kinds[dtype] if plain else object)
    return pandas.DataFrame(columns, columns=pandas.Index(table.columns, dtype=object), index=range(len(table.rows)))


def to_polars(table: Table) -> Any:
    """Return the Table as a polars frame."""
    polars = importlib.import_module("polars")
    kinds = {
        "string": polars.String, "integer": polars.Int64, "number": polars.Float64, "boolean": polars.Boolean,
        "datetime": polars.Datetime("us"), "date": polars.Date, "any": polars.Object,
    }  # fmt: skip
    series = []
    for index, (name, dtype) in enumerate(zip(table.columns, table.dtypes, strict=True)):
        values = _typed(table, index)
        empty = all(value is None for value in values)
        series.append(polars.Series(name, values, dtype=polars.Null if empty and dtype == "any" else kinds[dtype]))
    return polars.DataFrame(series)


def to_numpy(table: Table) -> Any:
    """Return the Table as a 2-D array: int64, float64 (empty cells are NaN), bool, or object when types are mixed."""
    import numpy as np

    types = set(table.dtypes)
    rows: list[list[Any]] = [list(row) for row in table.rows]
    shape = (len(rows), len(table.columns))
    gaps = any(cell is None for row in rows for cell in row)
    if types <= {"integer", "number"} and types:
        if types == {"integer"} and not gaps:
            return np.array(rows, dtype=np.int64).reshape(shape)
        filled = [[math.nan if cell is None else cell for cell in row] for row in rows]
        return np.array(filled, dtype=np.float64).reshape(shape)
    if types == {"boolean"} and not gaps:
        return np.array(rows, dtype=bool).reshape(shape)
    array = np.empty(shape, dtype=object)
    for index, row in enumerate(rows):
        array[index] = row
    return array


def to_list(table: Table) -> list[list[Any]]:
    """Return the rows as lists."""
    columns = [_typed(table, index) for index in range(len(table.columns))]
    return [[column[row] for column in columns] for row in range(len(table.rows))]


CONVERTERS: Mapping[str, Callable[[Table], Any]] = {
    "pandas": to_pandas,
    "polars": to_polars,
    "numpy": to_numpy,
    "list": to_list,
}


def _from_array(value: Any, headers: Sequence[str] | None) -> Table:
    import numpy as np

    array = np.asarray(value)
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise InputError(f"An array of shape {array.shape} is not a table: give (rows, columns).")
    return make_table(_names(headers, array.shape[1]), array.tolist())


def _from_list(value: Sequence[Any], headers: Sequence[str] | None) -> Table:
    if value and all(isinstance(row, Mapping) for row in value):
        names = list(dict.fromkeys(name for row in value for name in row))
        return make_table(names, [[row.get(name) for name in names] for row in value])
    for row in value:
        if not isinstance(row, (list, tuple)):
            raise refuse(row, "a row: a list of cells, or a dict by column name in every row")
    return make_table(_names(headers, max(map(len, value), default=0)), value)


def _names(headers: Sequence[str] | None, width: int) -> Sequence[str]:
    if headers is not None and (width == 0 or len(headers) == width):
        return headers
    return [str(number) for number in range(1, width + 1)]


def _cell(cell: Any, row: int, column: str) -> Cell:
    """Return a cell as a JSON scalar; NaN, NaT and pandas' NA are empty cells. Raises InputError."""
    if cell is None or isinstance(cell, (bool, int)):
        return cell
    if isinstance(cell, str):
        return as_text(cell)
    if isinstance(cell, float):
        if math.isinf(cell):
            raise InputError(f"Row {row} of column {column!r} is infinite, which has no form in JSON.")
        return None if math.isnan(cell) else float(cell)
    if type(cell).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(cell, (datetime.datetime, datetime.date)):
        return cell.isoformat()
    if hasattr(cell, "item") and getattr(cell, "shape", None) == ():
        return _cell(cell.item(), row, column)
    # Decimals, durations, UUIDs, nested lists: shown as text. Foreign text may be anything, so it is kept short.
    return as_text(str(cell)[:1000])


def _column_type(cells: Sequence[Any]) -> ColumnType:
    kinds = {kind for kind in map(_cell_type, cells) if kind is not None}
    if not kinds and any(isinstance(cell, float) for cell in cells):
        return "number"  # nothing but NaN, which elsewhere is an empty cell of any type
    if kinds == {"integer", "number"}:
        return "number"
    return next(iter(kinds)) if len(kinds) == 1 else "any"


def _cell_type(cell: Any) -> ColumnType | None:
    if hasattr(cell, "item") and getattr(cell, "shape", None) == ():
        cell = cell.item()
    if cell is None or type(cell).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(cell, float):
        return None if math.isnan(cell) else "number"
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int):
        return "integer"
    if isinstance(cell, datetime.datetime):
        return "datetime"
    if isinstance(cell, datetime.date):
        return "date"
    return "string"


def _typed(table: Table, index: int) -> list[Any]:
    """Return the cells of a column as the Python type that its word stands for. Raises InputError."""
    dtype = table.dtypes[index]
    name = table.columns[index]
    cells = [None if row[index] is None else _typed_cell(row[index], dtype, name) for row in table.rows]
    if dtype == "datetime" and len({cell.tzinfo is None for cell in cells if cell is not None}) == 2:
        # polars would take them all for UTC.
        raise InputError(f"Column {name!r} mixes moments with and without a time zone; give all of them one or none.")
    return cells


def _typed_cell(cell: Any, dtype: ColumnType, column: str) -> Any:
    number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    try:
        if dtype == "number" and number:
            return float(cell)
        if dtype == "integer" and number and float(cell).is_integer() and -(2**63) <= cell < 2**63:
            return int(cell)
        if dtype == "datetime" and isinstance(cell, str):
            return datetime.datetime.fromisoformat(cell)
        if dtype == "date" and isinstance(cell, str):
            return datetime.date.fromisoformat(cell)
    except (ValueError, OverflowError):
        pass  # told below, with the column's name
    else:
        if (
            dtype == "any"
            or (dtype == "boolean" and isinstance(cell, bool))
            or (dtype == "string" and isinstance(cell, str))
        ):
            return cell
    raise InputError(f"{shown(cell)} in column {column!r} is not of the column's type, {dtype}.")
