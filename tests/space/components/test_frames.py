"""Dataframe: one table in four forms, and what only looks like a table."""

from __future__ import annotations

import datetime
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_spaces.errors import DefinitionError, InputError, MissingExtraError
from jupyter_spaces.space.components import Dataframe

WIRE: Any = {"columns": ["name", "size"], "data": [["a", 1], ["b", 2]], "dtypes": ["string", "integer"]}
SAME_TABLE = [
    pd.DataFrame({"name": ["a", "b"], "size": [1, 2]}),
    pl.DataFrame({"name": ["a", "b"], "size": [1, 2]}),
    pl.LazyFrame({"name": ["a", "b"], "size": [1, 2]}),
    np.array([["a", 1], ["b", 2]], dtype=object),
    [["a", 1], ("b", 2)],
    [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
]


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy", "list"])
@pytest.mark.parametrize("value", SAME_TABLE, ids=lambda value: type(value).__module__ + type(value).__name__)
def test_a_result_may_be_any_kind_of_table(kind: Any, value: Any) -> None:
    component = Dataframe(kind, headers=["name", "size"])
    result = component.check(value)
    assert component.to_json(result) == WIRE
    assert isinstance(result, {"pandas": pd.DataFrame, "polars": pl.DataFrame, "numpy": np.ndarray, "list": list}[kind])


def test_a_frame_of_the_wanted_kind_goes_through_untouched() -> None:
    for kind, value in (("pandas", SAME_TABLE[0]), ("polars", SAME_TABLE[1]), ("numpy", SAME_TABLE[3])):
        assert Dataframe(kind).check(value) is value  # type: ignore[arg-type]


def test_empty_cells_are_null_on_the_wire() -> None:
    frame = pd.DataFrame({"n": [1.5, np.nan], "t": [pd.Timestamp("2026-01-31 10:00"), pd.NaT], "s": ["x", None]})
    wire = Dataframe().to_json(frame)
    assert wire == {
        "columns": ["n", "t", "s"],
        "data": [[1.5, "2026-01-31T10:00:00", "x"], [None, None, None]],
        "dtypes": ["number", "datetime", "string"],
    }
    back = Dataframe().from_json(wire)
    assert back["n"].dtype == np.float64
    assert back["t"].dtype.kind == "M"
    assert back["t"].isna().tolist() == [False, True]


def test_the_types_of_columns_survive_the_wire() -> None:
    row = ["x", 3, 3.0, True, datetime.datetime(2026, 1, 31), datetime.date(2026, 1, 31)]
    component = Dataframe("list")
    wire = component.to_json([row])
    assert wire["dtypes"] == ["string", "integer", "number", "boolean", "datetime", "date"]  # type: ignore[call-overload, index]
    back = component.from_json(wire)
    assert back == [row]
    assert [type(cell) for cell in back[0]] == [type(cell) for cell in row]


def test_a_client_need_not_send_the_types() -> None:
    frame = Dataframe().from_json({"columns": ["a", "b"], "data": [[1, "x"], [None, "y"]]})
    assert frame["a"].tolist() == [1, None]
    assert frame["b"].tolist() == ["x", "y"]


def test_an_index_that_means_something_becomes_a_column() -> None:
    frame = pd.DataFrame({"n": [1]}, index=pd.Index(["row"], name="key"))
    assert Dataframe().to_json(frame)["columns"] == ["key", "n"]  # type: ignore[call-overload, index]
    series = pd.Series([1, 2], name="n")
    assert Dataframe().check(series)["n"].tolist() == [1, 2]


def test_other_objects_in_cells_are_shown_as_short_text() -> None:
    wire: Any = Dataframe().to_json(pd.DataFrame({"x": [pd.Timedelta(days=1), [1, 2], "y" * 5]}))
    assert wire["data"] == [["1 days 00:00:00"], ["[1, 2]"], ["yyyyy"]]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Two columns are named 'a'; give them different names"),
        (pd.DataFrame({"a": [np.inf]}), "Row 0 of column 'a' is infinite, which has no form in JSON"),
        (np.zeros((2, 2, 2)), r"An array of shape \(2, 2, 2\) is not a table: give \(rows, columns\)"),
        ([[1, 2], [3]], "Row 1 has 1 cells and there are 2 columns"),
        ([[1], {"a": 1}], "give a row: a list of cells, or a dict by column name in every row"),
        ("a,b", "'a,b' is not accepted here: give a pandas or polars frame"),
        (pd.DataFrame(np.zeros((3, 1))), "The table has 3 rows and 1 columns; at most 2 rows and 2 columns"),
        ([[1, 2, 3]], "The table has 1 rows and 3 columns; at most 2 rows and 2 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Dataframe(max_rows=2, max_columns=2).to_json(value)


WRONG: list[tuple[Any, str]] = [
    ({"dtypes": ["string"]}, "'dtypes' has one word per column"),
    ({"dtypes": ["string", "int32"]}, "'int32' is not the type of a column; it is one of 'string', 'integer'"),
    ({"columns": ["name", 2]}, r"2 is not accepted here: give the name of a column"),
    ({"columns": ["name", "name"]}, "Two columns are named 'name'"),
    ({"data": [["a", {"x": 1}]]}, "give a row: a list of strings, numbers, booleans and nulls"),
    ({"data": [["a"]]}, "Row 0 has 1 cells and there are 2 columns"),
    ({"data": "rows"}, r"give an object \{'columns'"),
    ({"index": [1, 2]}, r"give an object \{'columns'"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy", "list"])
def test_a_wrong_table_from_the_wire_is_refused(kind: Any, change: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Dataframe(kind).from_json(WIRE | change)


@pytest.mark.parametrize("word", ["integer", "datetime", "boolean", "date", "number"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "list"])
def test_a_cell_that_is_not_of_its_columns_type_is_refused(kind: Any, word: str) -> None:
    with pytest.raises(InputError, match=f"'a' in column 'name' is not of the column's type, {word}"):
        Dataframe(kind).from_json(WIRE | {"dtypes": [word, "integer"]})


def test_moments_with_and_without_a_time_zone_do_not_share_a_column() -> None:
    moments = ["2026-01-31T10:00:00", "2026-01-31T10:00:00+01:00"]
    wire: Any = {"columns": ["t"], "data": [[each] for each in moments], "dtypes": ["datetime"]}
    with pytest.raises(InputError, match="Column 't' mixes moments with and without a time zone"):
        Dataframe("polars").from_json(wire)


def test_missing_values_of_every_kind_are_empty_cells() -> None:
    frame = pd.DataFrame({"a": pd.array([1, pd.NA], dtype="Int64"), "b": [np.nan, np.nan], "c": ["x", np.nan]})
    wire: Any = Dataframe().to_json(frame)
    assert wire["data"] == [[1, None, "x"], [None, None, None]]
    assert wire["dtypes"] == ["integer", "number", "string"]


def test_headers_name_an_empty_table() -> None:
    frame = Dataframe(headers=["a", "b"]).from_json({"columns": [], "data": []})
    assert list(frame.columns) == ["a", "b"]
    assert len(frame) == 0


def test_a_table_component_imports_only_the_library_that_it_names() -> None:
    code = (
        "import sys; from jupyter_spaces.space.components import Dataframe; c = Dataframe('list'); "
        "c.to_json(c.example()); c.from_json(c.to_json([[1, 2]])); "
        "print(sorted({'pandas', 'polars', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_library_that_is_not_installed_is_told_at_once() -> None:
    code = (
        "import sys; sys.modules['polars'] = None\n"
        "from jupyter_spaces.space.components import Dataframe\n"
        "Dataframe('polars')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert f"{MissingExtraError.__name__}: Dataframe has type='polars', and polars is not installed" in done.stderr
    assert "pip install polars" in done.stderr
    with pytest.raises(
        DefinitionError, match="Dataframe has type='spark'; it is one of 'pandas', 'polars', 'numpy', 'list'"
    ):
        Dataframe("spark")  # type: ignore[arg-type]
