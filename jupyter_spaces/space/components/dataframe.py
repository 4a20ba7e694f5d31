"""Dataframe: a table, as a pandas or polars frame, a NumPy array or a list of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from jupyter_spaces.errors import DefinitionError, InputError, MissingExtraError, SpacesError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.frames import (
    COLUMN_TYPES,
    CONVERTERS,
    Table,
    as_table,
    is_installed,
    is_pandas,
    is_polars,
    make_table,
)
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed, shown


@register_component
@dataclass(frozen=True, eq=False)
class Dataframe(Component[Any]):
    """A table. `type` says what the function receives; results may be any of them, or a list of dicts.

    On the wire {"columns": [...], "data": [[...], ...], "dtypes": [...]}: JSON scalars, null for empty cells, and one
    word per column (string, integer, number, boolean, datetime, date, any; optional from a client).
    """

    kind = "dataframe"
    default_in_schema = False

    type: Literal["pandas", "polars", "numpy", "list"] = "pandas"
    _: KW_ONLY
    headers: Sequence[str] | None = None  # the columns of an empty table, and of arrays and lists
    max_rows: int = 10_000
    max_columns: int = 200

    def check_definition(self) -> None:
        if self.type not in CONVERTERS:
            raise DefinitionError(f"Dataframe has type={self.type!r}; it is one of {listed(CONVERTERS)}.")
        if self.type in ("pandas", "polars") and not is_installed(self.type):
            raise MissingExtraError(
                f"Dataframe has type={self.type!r}, and {self.type} is not installed: "
                f"install it (pip install {self.type}), or write Dataframe(type='list')."
            )
        if self.headers is not None:
            object.__setattr__(self, "headers", tuple(self.headers))

    def check_value(self, value: object) -> Any:
        if self._is_mine(value):
            self._check_size(*value.shape)  # type: ignore[attr-defined]
            return value
        return self._convert(self.table(value))

    def table(self, value: object) -> Table:
        """Return what is in a value of any accepted type, within the limits. Raises InputError."""
        shape = getattr(value, "shape", ())
        if shape:  # a large frame is refused before it is copied
            self._check_size(shape[0], shape[1] if len(shape) > 1 else 1)
        table = as_table(value, self.headers)
        self._check_size(len(table.rows), len(table.columns))
        return table

    def dump_value(self, value: Any) -> Json:
        table = self.table(value)
        return {"columns": list(table.columns), "data": [list(row) for row in table.rows], "dtypes": list(table.dtypes)}

    def load_value(self, data: Json) -> Any:
        shape = "an object {'columns': [...], 'data': [[...], ...]}"
        if not isinstance(data, dict) or not {"columns", "data"} <= set(data) <= {"columns", "data", "dtypes"}:
            raise refuse(data, shape)
        columns, rows, dtypes = data["columns"], data["data"], data.get("dtypes")
        if not isinstance(columns, list) or not isinstance(rows, list):
            raise refuse(data, shape)
        self._check_size(len(rows), len(columns))
        for name in columns:
            if not isinstance(name, str):
                raise refuse(name, "the name of a column (a str)")
        for row in rows:
            if not isinstance(row, list) or any(isinstance(cell, (list, dict)) for cell in row):
                raise refuse(row, "a row: a list of strings, numbers, booleans and nulls")
        if dtypes is not None:
            if not isinstance(dtypes, list) or len(dtypes) != len(columns):
                raise InputError("'dtypes' has one word per column.")
            for word in dtypes:
                if word not in COLUMN_TYPES:
                    raise InputError(f"{shown(word)} is not the type of a column; it is one of {listed(COLUMN_TYPES)}.")
        return self._convert(make_table(columns, rows, dtypes))  # type: ignore[arg-type]

    def value_schema(self) -> dict[str, Any]:
        cell = {"type": ["string", "number", "boolean", "null"]}
        row = {"type": "array", "items": cell, "maxItems": self.max_columns}
        return {
            "type": "object",
            "properties": {
                "columns": {
                    "type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": self.max_columns,
                },
                "data": {"type": "array", "items": row, "maxItems": self.max_rows},
                "dtypes": {"type": "array", "items": {"enum": list(COLUMN_TYPES)}},
            },
            "required": ["columns", "data"],
            "additionalProperties": False,
        }  # fmt: skip

    def example_value(self) -> Any:
        columns = list(self.headers) if self.headers else ["name", "size"]
        rows = [[f"row {number}", *([number] * (len(columns) - 1))][: len(columns)] for number in (1, 2)]
        return self._convert(make_table(columns, rows))

    def text_of(self, value: Any) -> str:
        table = self.table(value)
        return f"table of {len(table.rows)} rows: {', '.join(table.columns)}"

    def _convert(self, table: Table) -> Any:
        if not table.rows and not table.columns and self.headers:
            table = Table(list(self.headers), [], ["any"] * len(self.headers))
        try:
            return CONVERTERS[self.type](table)
        except SpacesError:
            raise
        except Exception as error:
            # Years before 1678 in pandas 2, and what else the libraries' versions do not hold, with their own errors.
            raise InputError(f"The table does not fit into {self.type}: {type(error).__name__}: {error}") from error

    def _is_mine(self, value: object) -> bool:
        """Whether a value is already what the function receives, so that it goes through untouched."""
        if getattr(value, "ndim", 2) != 2 or not hasattr(value, "shape"):
            return False
        if self.type == "pandas":
            return is_pandas(value)
        if self.type == "polars":
            return is_polars(value) and hasattr(value, "rows")
        return self.type == "numpy" and type(value).__module__ == "numpy"

    def _check_size(self, rows: int, columns: int) -> None:
        if rows > self.max_rows or columns > self.max_columns:
            raise InputError(
                f"The table has {rows} rows and {columns} columns; at most {self.max_rows} rows and "
                f"{self.max_columns} columns are accepted."
            )
