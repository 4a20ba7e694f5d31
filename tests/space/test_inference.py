"""A type hint becomes a component."""

import collections.abc
import datetime
import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Optional, TypedDict, Union

import altair
import matplotlib.figure
import numpy as np
import numpy.typing
import pandas as pd
import plotly.graph_objects
import polars as pl
import pydantic
import pytest
from PIL import Image as PILImage

from jupyter_spaces import (
    JSON,
    Audio,
    Checkbox,
    CheckboxGroup,
    Code,
    Dropdown,
    File,
    Files,
    Gallery,
    Image,
    Label,
    MaskedImage,
    Message,
    Number,
    Radio,
    Slider,
    Textbox,
)
from jupyter_spaces.errors import DefinitionError, InputError, UnsupportedTypeError
from jupyter_spaces.space import components as c
from jupyter_spaces.space.inference import component_for
from jupyter_spaces.space.nested import DictOf, ListOf, Record, TupleOf


class Style(enum.Enum):
    OIL = "oil"
    INK = "ink"


class Size(enum.IntEnum):
    SMALL = 1


@dataclass
class Options:
    width: int
    height: int = 64
    style: Style = Style.OIL
    tags: list[str] = field(default_factory=list)


class Point(NamedTuple):
    x: float
    y: float = 0.5


class Row(TypedDict):
    name: str
    score: NotRequired[float]


class Model(pydantic.BaseModel):
    steps: int = pydantic.Field(20, ge=1, le=50, description="How long to think.")
    prompt: str = pydantic.Field(max_length=9)


UserId = NewType("UserId", int)

PLAIN = [
    (str, Textbox),
    (int, Number),
    (float, Number),
    (bool, Checkbox),
    (int | float, Number),
    (UserId, Number),
    (Literal["a", "b"], Dropdown),
    (Style, Dropdown),
    (Size, Dropdown),
    (bytes, File),
    (Path, File),
    (datetime.datetime, "DateTime"),
    (datetime.date, "DateTime"),
    (PILImage.Image, Image),
    (np.ndarray, Image),
    (numpy.typing.NDArray[np.uint8], Image),
    (pd.DataFrame, "Dataframe"),
    (pl.DataFrame, "Dataframe"),
    (matplotlib.figure.Figure, "Plot"),
    (plotly.graph_objects.Figure, "Plot"),
    (altair.Chart, "Plot"),
    (altair.LayerChart, "Plot"),
    (list, ListOf),
    (list[int], ListOf),
    (Sequence[str], ListOf),
    (tuple[int, ...], ListOf),
    (tuple[int, str], TupleOf),
    (list[tuple[str, float]], ListOf),
    (list[Path], Files),
    (list[PILImage.Image], Gallery),
    (list[Message], "Chatbot"),
    (MaskedImage, "ImageMask"),
    (Annotated[tuple[int, np.ndarray], Audio()], Audio),
    (list[Literal["a", "b"]], CheckboxGroup),
    (list[Style], CheckboxGroup),
    (dict, DictOf),
    (dict[str, Any], DictOf),
    (collections.abc.Mapping[str, int], DictOf),
    (Row, Record),
    (Options, "Group"),
    (Point, "Group"),
    (Model, "Group"),
]


@pytest.mark.parametrize(("hint", "kind"), PLAIN, ids=lambda each: getattr(each, "__name__", str(each)))
def test_every_documented_type_has_a_component(hint: Any, kind: Any) -> None:
    kind = getattr(c, kind) if isinstance(kind, str) else kind
    component = component_for(hint, name="x")
    assert type(component) is kind
    assert component.optional is False
    # Both spellings of an optional one.
    assert component_for(Optional[hint], name="x").optional is True  # noqa: UP045 - the old spelling is the claim
    assert type(component_for(Union[hint, None], name="x")) is kind  # noqa: UP007


def test_whole_numbers_and_floats_differ() -> None:
    assert component_for(int).check(3) == 3
    with pytest.raises(InputError, match="whole number"):
        component_for(int).check(3.5)
    assert isinstance(component_for(float).check(3), float)


def test_literal_with_none_is_optional() -> None:
    component = component_for(Literal["a", None])
    assert component.optional is True
    assert component.choices == ("a",)


def test_many_choices_fold_into_a_dropdown() -> None:
    many = Literal["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    component = component_for(list[many])
    assert isinstance(component, Dropdown)
    assert component.multiple is True
    assert component.check(["a", "j"]) == ["a", "j"]


def test_an_enum_gives_its_members() -> None:
    component = component_for(Style, default=Style.INK)
    assert component.check("ink") is Style.INK
    assert component.default is Style.INK


def test_annotated_refines() -> None:
    slider = component_for(Annotated[int, Slider(1, 50)], default=20)
    assert isinstance(slider, Slider)
    assert slider.default == 20
    assert slider.whole
    assert not component_for(Annotated[float, Slider(1, 50)]).whole
    assert component_for(Annotated[str, Textbox]).lines == 1  # the class stands for its defaults
    assert isinstance(component_for(Annotated[str, Code()]), Code)
    assert component_for(Annotated[int, Slider(1, 50)] | None).optional is True
    assert component_for(Annotated[int | None, Slider(1, 50)]).optional is True


def test_the_hint_says_which_python_value_a_component_gives() -> None:
    assert component_for(Annotated[np.ndarray, Image()]).type == "numpy"
    assert component_for(Annotated[Path, Image()]).type == "path"
    assert component_for(Annotated[bytes, File()]).type == "bytes"
    assert component_for(Annotated[PILImage.Image, Image()]).type == "pil"
    assert component_for(Annotated[list[str], Dropdown(["a", "b"])]).multiple is True
    assert component_for(Annotated[datetime.date, c.DateTime()]).date is True


def test_the_last_component_of_nested_annotations_wins() -> None:
    inner = Annotated[str, Textbox(lines=2)]
    assert component_for(Annotated[inner, Textbox(lines=5)]).lines == 5


def test_limits_written_for_pydantic_become_limits_of_the_component() -> None:
    component = component_for(Annotated[int, pydantic.Field(ge=1, le=50, description="How long.")])
    assert isinstance(component, Slider)
    assert (component.minimum, component.maximum, component.info) == (1, 50, "How long.")
    positive = component_for(Annotated[int, pydantic.Field(gt=0)])
    assert (type(positive), positive.minimum) == (Number, 1)
    assert component_for(Annotated[float, pydantic.Field(lt=1)]).maximum == 1
    assert component_for(Annotated[str, pydantic.Field(max_length=3)]).max_length == 3


def test_a_default_without_a_hint_gives_its_type() -> None:
    assert isinstance(component_for(default="x"), Textbox)
    assert component_for(default=3).whole
    assert isinstance(component_for(default=Path("pyproject.toml")), File)
    assert component_for(default=[1, 2]).check([3]) == [3]
    assert isinstance(component_for(default=True), Checkbox)
    with pytest.raises(DefinitionError, match=r"'x' has no type hint\. Write x: str"):
        component_for(name="x", default=None)


def test_none_as_default_makes_it_optional() -> None:
    component = component_for(int, default=None)
    assert component.optional is True
    assert component.default is None


def test_a_dataclass_is_a_group_of_fields() -> None:
    group = component_for(Options)
    assert list(group.fields) == ["width", "height", "style", "tags"]
    assert group.fields["height"].default == 64
    assert group.fields["style"].label == "Style"
    assert group.check({"width": 3}) == Options(3)
    assert group.from_json({"width": 3, "style": "ink"}) == Options(3, 64, Style.INK)
    assert group.to_json(Options(1)) == {"width": 1, "height": 64, "style": "oil", "tags": []}


def test_a_pydantic_model_is_a_group_with_its_limits() -> None:
    group = component_for(Model)
    assert isinstance(group.fields["steps"], Slider)
    assert group.fields["steps"].default == 20
    assert group.fields["steps"].info == "How long to think."
    assert group.from_json({"prompt": "short"}) == Model(prompt="short")
    with pytest.raises(InputError, match="prompt"):
        group.from_json({"prompt": "far too long"})


def test_a_named_tuple_is_a_group_as_input() -> None:
    assert component_for(Point).from_json({"x": 1.5}) == Point(1.5, 0.5)


def test_nested_shapes_check_what_is_inside() -> None:
    with pytest.raises(InputError, match=r"item 1: .*whole number"):
        component_for(list[int]).from_json([1, "a"])
    with pytest.raises(InputError, match=r"'a': .*number"):
        component_for(dict[str, float]).check({"a": "b"})
    assert component_for(tuple[int, str]).from_json([1, "a"]) == (1, "a")
    with pytest.raises(InputError, match="a list of 2 values is needed here, got 1"):
        component_for(tuple[int, str]).check((1,))
    row = component_for(Row)
    assert row.check({"name": "x"}) == {"name": "x"}
    with pytest.raises(InputError, match="needs the key 'name'"):
        row.check({"score": 1.0})
    with pytest.raises(InputError, match="has no key 'nam'"):
        row.check({"nam": "x"})
    dates = component_for(list[datetime.date])
    assert dates.check(["2024-02-29"]) == [datetime.date(2024, 2, 29)]  # what a JSON field can give
    assert dates.to_json([datetime.date(2024, 2, 29)]) == ["2024-02-29"]


@pytest.mark.parametrize("hint", [list[int], tuple[int, str], dict[str, float], Row, Options, list[datetime.date]])
def test_the_example_of_a_shape_travels(hint: Any) -> None:
    component = component_for(hint)
    example = component.example()
    assert component.from_json(component.to_json(example)) == example
    assert component.schema()["type"] in ("array", "object")


class Weird:
    pass


def test_an_unsupported_type_is_named_with_what_to_write() -> None:
    with pytest.raises(
        UnsupportedTypeError,
        match=r"^paint\(\), parameter 'w': no component shows Weird\. Write Annotated\[Weird, JSON\(\)\] or another "
        r"component\. Types with a component of their own: str, int, .*pydantic models",
    ):
        component_for(Weird, name="w", where="paint(), parameter")


@pytest.mark.parametrize(
    "hint",
    [
        *(Any, object, type, complex, Weird, str | int, set[int], lambda: 1, "x"),
        *(list[Weird], dict[int, str], dict[str, bytes], tuple[int, np.ndarray], list[np.ndarray]),
    ],
    ids=str,
)
def test_other_types_without_a_component(hint: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="no component shows"):
        component_for(hint, name="x")


def test_a_module_as_a_hint() -> None:
    with pytest.raises(UnsupportedTypeError, match=r"PIL.Image is a module; write Image.Image if you mean its class"):
        component_for(PILImage, name="x")


def test_a_component_in_place_of_a_type() -> None:
    with pytest.raises(DefinitionError, match=r"Write .* Annotated\[str, Textbox\(\)\]"):
        component_for(Textbox, name="x")
    with pytest.raises(DefinitionError, match=r"Annotated\[PIL\.Image\.Image, Image\(\)\]"):
        component_for(Image, name="x")
    with pytest.raises(UnsupportedTypeError, match=r"Write Annotated\[int, Slider\(\.\.\.\)\]"):
        component_for(Slider(1, 5), name="x")


def test_a_component_that_gives_another_type_than_the_hint() -> None:
    with pytest.raises(DefinitionError, match=r"hinted as str, but Slider gives int. Write Annotated\[int, Slider"):
        component_for(Annotated[str, Slider(1, 50)], name="x")
    with pytest.raises(DefinitionError, match="hinted as int, but Dropdown gives str"):
        component_for(Annotated[int, Dropdown(["1", "2"])], name="x")
    assert isinstance(component_for(Annotated[float, Radio([1, 2])]), Radio)
    assert isinstance(component_for(Annotated[dict[str, float], Label()]), Label)
    assert isinstance(component_for(Annotated[Weird, JSON()]), JSON)


def test_a_default_out_of_its_own_range() -> None:
    with pytest.raises(DefinitionError, match=r"parameter 'steps': The default .* 70 is above the maximum 50"):
        component_for(Annotated[int, Slider(1, 50)], name="steps", default=70)
    with pytest.raises(DefinitionError, match=r"not a number|whole number"):
        component_for(int, name="steps", default="many")
    with pytest.raises(DefinitionError, match="finite"):
        component_for(float, name="scale", default=float("nan"))
