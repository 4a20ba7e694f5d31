"""Values as Python source and as one short line."""

import datetime
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from jupyter_spaces.space.source import call_source, one_line, same_value, value_source


class Style(enum.Enum):
    OIL = "oil"


@dataclass
class Size:
    width: int
    height: int = 3


LITERALS = [
    ("a red boat", '"a red boat"'),
    ("it's", '"it\'s"'),
    ('say "hi"', "'say \"hi\"'"),
    ("both ' and \"", repr("both ' and \"")),
    ("a\nb", '"a\\nb"'),
    (None, "None"),
    (True, "True"),
    (20, "20"),
    (0.5, "0.5"),
    (float("inf"), 'float("inf")'),
    ([1, "a"], '[1, "a"]'),
    ((1,), "(1,)"),
    ({"a": [None]}, '{"a": [None]}'),
    (Style.OIL, "Style.OIL"),
    (Size(2), "Size(width=2, height=3)"),
    (Path("a/b.png"), 'Path("a/b.png")'),
    (datetime.date(2024, 2, 29), "datetime.date(2024, 2, 29)"),
]


@pytest.mark.parametrize(("value", "source"), LITERALS)
def test_literals_read_as_people_write_them(value: Any, source: Any) -> None:
    assert value_source(value) == source


def test_values_without_a_literal_say_what_to_fill_in() -> None:
    assert value_source(Image.new("RGB", (2, 2)), "photo") == 'Image.open("photo.png")'
    assert value_source(np.zeros(3), "signal") == 'np.load("signal.npy")'
    assert value_source(pd.DataFrame(), "table") == 'pd.read_csv("table.csv")'
    assert value_source(b"x" * 1000, "data") == 'Path("data").read_bytes()'
    assert value_source(b"ab") == "b'ab'"


def test_a_long_call_is_broken_into_lines() -> None:
    assert call_source("f", "g", {"a": 1}) == 'f("g", a=1)'
    broken = call_source("f", None, {"prompt": "x" * 99, "steps": 3})
    assert broken == 'f(\n    prompt="' + "x" * 99 + '",\n    steps=3,\n)'


def test_one_line_is_short_and_never_raises() -> None:
    class Hostile:
        def __repr__(self):
            raise RuntimeError("no")

    assert one_line(Hostile()) == "<Hostile>"
    assert "\n" not in one_line(pd.DataFrame({"a": range(100)}))
    assert len(one_line("x" * 10_000)) < 100
    assert one_line(np.zeros((3, 4), "uint8")) == "<ndarray 3x4 uint8>"
    assert one_line(Image.new("RGB", (3, 4))) == "<Image 3x4 RGB>"


def test_same_value_survives_arrays() -> None:
    array = np.zeros(3)
    assert same_value(array, array)
    assert not same_value(array, np.zeros(3))  # unknown counts as different
    assert same_value([1, 2], [1, 2])
    assert not same_value(1, True)
