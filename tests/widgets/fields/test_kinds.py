"""What each kind of field makes of what a page says."""

from __future__ import annotations

import datetime
import enum
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

from jupyter_spaces.errors import InputError
from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import problem_of, set_props, widget_for
from tests.widgets.fields.test_upload import png
from tests.widgets.fields.wire import Wire


@pytest.mark.parametrize(
    ("component", "typed", "value"),
    [
        (c.Number(), "1.5", 1.5),
        (c.Number(), "3", 3),
        (c.Number(), "", None),
        (c.Number(integer=True), "4.0", 4),
        (c.Number(integer=True), "9223372036854775807", 2**63 - 1),  # a page's own numbers end at 2**53
        (c.Number(allow_nan=True), "inf", float("inf")),
        (c.Slider(0.0, 1.0), "0.25", 0.25),
        (c.Textbox(optional=True), "", None),
        (c.Textbox(), "", ""),
        (c.Dropdown(["a", "b"]), 1, "b"),
        (c.Dropdown(["a"], optional=True), None, None),
        (c.Dropdown([("One", 1)], allow_custom=True), "One", 1),
        (c.Dropdown([("One", 1)], allow_custom=True), "other", "other"),
        (c.Dropdown(["a", "b"], multiple=True), [1, 0], ["b", "a"]),
        (c.Dropdown(["a"], multiple=True, allow_custom=True), [0, "own"], ["a", "own"]),
        (c.CheckboxGroup(["a", "b"]), [], []),
        (c.Radio([("No", False), ("Yes", True)]), 1, True),
        (c.Checkbox(), True, True),
        (c.ColorPicker(), "#FF8800", "#ff8800"),
        (c.DateTime(), "2026-05-01T10:30", datetime.datetime(2026, 5, 1, 10, 30)),
        (c.DateTime(date=True), "2026-05-01", datetime.date(2026, 5, 1)),
        (
            c.DateTime(aware=True),
            "2026-05-01T10:30:00.000Z",
            datetime.datetime(2026, 5, 1, 10, 30, tzinfo=datetime.UTC),
        ),
    ],
)
def test_an_entry_becomes_the_value(wire: Wire, component: c.Component[Any], typed: Any, value: Any) -> None:
    field = widget_for(component)
    wire.say(field, typed)
    assert problem_of(field) == ""
    assert field.value == value
    assert type(field.value) is type(value)


@pytest.mark.parametrize(
    ("component", "typed", "sentence"),
    [
        (c.Number(), "abc", "'abc' is not a number."),
        (c.Number(), "nan", "'NaN' is not accepted here: give a number."),
        (c.Number(integer=True), "1.5", "1.5 is not accepted here: give a whole number."),
        (c.Number(), 7, "The page sent something that is not a number; try again."),
        (c.Textbox(max_length=3), "four", "The text has 4 characters; at most 3 are accepted."),
        (c.Textbox(), ["x"], "The page sent something that is not text; try again."),
        (c.Dropdown(["a"]), 1, "This choice does not exist any more; choose again."),
        (c.Dropdown(["a"]), -1, "This choice does not exist any more; choose again."),
        (c.Dropdown(["a"]), True, "This choice does not exist any more; choose again."),
        (c.Dropdown(["a"]), "a", "This choice does not exist any more; choose again."),
        (c.CheckboxGroup(["a", "b"], max_choices=1), [0, 1], "2 chosen; at most 1 are accepted."),
        (c.CheckboxGroup(["a"]), 0, "The page sent something that is not a list of choices; try again."),
        (c.DateTime(date=True), "tomorrow", "'tomorrow' is not a date: write it as '2026-01-31'."),
        (c.ColorPicker(), "red", "'red' is not a colour: write '#rrggbb', for example '#ff8800'."),
        (c.Image(), "data:image/png;base64,AAAA", "Files arrive as uploads; try again."),
        (c.Chatbot(), [], "A conversation can only be cleared here."),
    ],
)
def test_an_entry_that_is_refused_says_why(wire: Wire, component: c.Component[Any], typed: Any, sentence: str) -> None:
    field = widget_for(component)
    wire.say(field, typed)
    assert problem_of(field) == sentence


def test_choices_may_be_any_objects(wire: Wire) -> None:
    class Size(enum.Enum):
        SMALL = 1
        LARGE = 2

    field = widget_for(c.Dropdown(Size))
    assert field.value is Size.SMALL
    wire.say(field, 1)
    assert field.value is Size.LARGE
    functions = widget_for(c.Radio([("shorten", str.strip), ("shout", str.upper)]))
    wire.say(functions, 1)
    assert functions.value is str.upper
    assert "upper" not in str(functions.props)


def test_a_mask_is_drawn_on_a_preview_and_has_the_size_of_the_picture(wire: Wire) -> None:
    field = widget_for(c.ImageMask())
    wire.upload(field, png(Image.new("RGB", (3000, 2000), "red")), "photo.png")
    assert field.value.mask.getextrema() == (0, 0)
    shown = Image.open(io.BytesIO(field._shown["data"]["data"]))
    drawing = Image.new("L", shown.size, 0)
    drawing.paste(255, (0, 0, shown.width // 2, shown.height))
    assert wire.upload(field, png(drawing), "mask.png", slot="mask")["step"] == "done"
    assert field.value.mask.size == (3000, 2000)
    assert field.value.mask.getpixel((100, 1000)) == 255
    assert field.value.mask.getpixel((2900, 1000)) == 0
    assert sorted(set(field.value.mask.tobytes())) == [0, 255]


def test_a_mask_without_its_picture_is_refused(wire: Wire) -> None:
    field = widget_for(c.ImageMask())
    answer = wire.upload(field, png(Image.new("L", (4, 4))), "mask.png", slot="mask")
    assert answer["error"] == "The picture is gone; choose it again."


def test_drawing_does_not_make_python_show_the_picture_again(wire: Wire, picture: Image.Image) -> None:
    """It would wipe the strokes that followed."""
    field = widget_for(c.ImageMask())
    field.value = picture
    before = len(wire.updates(field, "_shown"))
    wire.upload(field, png(Image.new("L", picture.size, 255)), "mask.png", slot="mask")
    assert len(wire.updates(field, "_shown")) == before


@pytest.fixture
def frame() -> pandas.DataFrame:
    return pandas.DataFrame({"name": ["a", "b"], "size": [1, 2], "share": [0.5, 0.25], "on": [True, False]})


def test_cells_are_edited_as_what_their_column_holds(wire: Wire, frame: pandas.DataFrame) -> None:
    field = widget_for(c.Dataframe())
    field.value = frame
    wire.say(field, {"cells": [[0, 0, "changed"], [1, 1, "12"], [0, 2, "1e-3"], [1, 3, "yes"]]})
    assert field.value.to_dict("list") == {
        "name": ["changed", "b"], "size": [1, 12], "share": [0.001, 0.25], "on": [True, True],
    }  # fmt: skip
    assert [str(kind) for kind in field.value.dtypes[1:]] == ["int64", "float64", "bool"]
    # The frame that the user holds is not the one that was edited.
    assert frame["name"][0] == "a"


def test_a_paste_below_the_last_row_makes_rows(wire: Wire, frame: pandas.DataFrame) -> None:
    field = widget_for(c.Dataframe())
    field.value = frame
    wire.say(field, {"cells": [[2, 0, "c"], [3, 0, "d"]]})
    assert list(field.value["name"]) == ["a", "b", "c", "d"]
    assert field._shown["data"]["total"] == 4


def test_rows_come_and_go(wire: Wire, frame: pandas.DataFrame) -> None:
    field = widget_for(c.Dataframe())
    field.value = frame
    wire.say(field, {"insert": 1})
    assert list(field.value["name"]) == ["a", None, "b"]
    wire.say(field, {"remove": 0})
    assert len(field.value) == 2


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"cells": [[0, 1, "many"]]}, "'many' is not a number, which this column holds."),
        ({"cells": [[0, 3, "maybe"]]}, "'maybe' is neither true nor false, which this column holds."),
        ({"cells": [[0, 99, "x"]]}, "The table has 4 columns and at most 10000 rows."),
        ({"cells": [[10**9, 0, "x"]]}, "The table has 4 columns and at most 10000 rows."),
        ({"cells": [[0, 0]]}, "The page sent something that is not a cell; try again."),
        ({"cells": "x"}, "At most 20000 cells are changed at once."),
        ({"remove": 7}, "This row does not exist any more."),
        ({"drop": 0}, "The page sent an unknown edit of a table; try again."),
        ([], "The page sent something that is not an edit of a table; try again."),
    ],
)
def test_a_refused_edit_changes_nothing(wire: Wire, frame: pandas.DataFrame, edit: Any, sentence: str) -> None:
    field = widget_for(c.Dataframe())
    field.value = frame
    wire.say(field, edit)
    assert problem_of(field) == sentence
    assert field.value is frame


def test_a_large_table_sends_its_rows_when_they_are_looked_at(wire: Wire) -> None:
    field = widget_for(c.Dataframe(), interactive=False)
    field.value = pandas.DataFrame({"n": range(5000)})
    assert len(field._shown["data"]["rows"]) == 100
    ((answer, _),) = wire.tell(field, {"jsp": "rows", "id": "x", "start": 4800})
    assert answer["rows"][0] == [4800]
    assert wire.tell(field, {"jsp": "rows", "id": "x", "start": -1}) == []


def test_pictures_of_a_conversation_travel_once(wire: Wire, picture: Image.Image) -> None:
    field = widget_for(c.Chatbot(), interactive=False)
    talk = [c.Message("user", ["Look:", picture]), c.Message("assistant", "A **fl")]
    field.value = talk
    (pictures,) = wire.updates(field, "_pictures")
    for end in ("ag", "ag** of", "ag** of two colours"):
        field.value = [talk[0], c.Message("assistant", "A **fl" + end)]
    assert len(wire.updates(field, "_pictures")) == 1
    (name,) = pictures
    last = wire.updates(field, "_shown")[-1]["data"]["messages"]
    assert last[0]["parts"][1] == {"picture": name}
    assert "<strong>flag</strong> of two colours" in last[1]["parts"][0]["html"]


def test_what_a_model_writes_cannot_run_in_the_page() -> None:
    attack = "<img src=x onerror=alert(1)> <script>alert(2)</script> [x](javascript:alert(3))"
    field = widget_for(c.Chatbot(), interactive=False)
    field.value = [c.Message("assistant", attack)]
    html = field._shown["data"]["messages"][0]["parts"][0]["html"]
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    shown = widget_for(c.HTML(), interactive=False)
    shown.value = attack
    assert "onerror" not in shown._shown["data"]["html"]
    assert "<script" not in shown._shown["data"]["html"]


@dataclass
class Size:
    width: int
    height: int = 64


def test_a_group_is_what_its_factory_makes_of_its_fields(wire: Wire) -> None:
    group = widget_for(c.Group({"width": c.Number(1, 512, integer=True), "height": c.Slider(1, 512, default=64)}, Size))
    assert group.value is None
    wire.say(group.members["width"], "32")
    assert group.value == Size(32, 64)
    group.value = Size(5, 6)
    assert (group.members["width"].value, group.members["height"].value) == (5, 6)
    with pytest.raises(InputError, match="height: 1000 is above the maximum 512"):
        group.value = Size(5, 1000)


def test_a_group_says_what_its_class_refuses(wire: Wire) -> None:
    def build(low: float, high: float) -> tuple[float, float]:
        if low > high:
            raise ValueError("low is above high")
        return low, high

    group = widget_for(c.Group({"low": c.Number(), "high": c.Number()}, build))
    wire.say(group.members["low"], "5")
    assert problem_of(group) == ""
    wire.say(group.members["high"], "1")
    assert problem_of(group) == "build refuses these values: low is above high."
    assert group.value is None


def test_a_group_switches_all_of_its_fields() -> None:
    group = widget_for(c.Group({"a": c.Textbox(), "b": c.Checkbox()}))
    set_props(group, interactive=False, label="Both", visible=False)
    assert [member.interactive for member in group.members.values()] == [False, False]
    assert group.layout.display == "none"


def test_a_sound_for_a_function_that_wants_samples_is_asked_for_as_wav() -> None:
    assert widget_for(c.Audio()).props["convert"]
    assert not widget_for(c.Audio(type="path")).props["convert"]


def test_a_film_above_the_inline_limit_is_fetched(wire: Wire, tmp_path: Path) -> None:
    film = tmp_path / "long.webm"
    film.write_bytes(c.Video().example().read_bytes() + bytes(5 * 2**20))
    field = widget_for(c.Video(), interactive=False)
    field.value = film
    assert field._shown["data"]["data"] is None
    assert wire.fetch(field, "value") == film.read_bytes()


def test_plotly_brings_its_own_browser_part(wire: Wire) -> None:
    import plotly.graph_objects as go

    field = widget_for(c.Plot(), interactive=False)
    field.value = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))
    assert field._shown["data"]["library"] == "plotly"
    assert wire.fetch(field, "vendor/plotly.js")[:40].startswith(b"/**\n* plotly.js")
