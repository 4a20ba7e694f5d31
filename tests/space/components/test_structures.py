"""Label, HighlightedText, JSON, Chatbot and Group: values made of other values."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydantic
import pytest
from PIL import Image as PILImage

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import (
    JSON,
    Chatbot,
    ColorPicker,
    DateTime,
    Group,
    HighlightedText,
    Label,
    Message,
    Number,
    Slider,
    Textbox,
)

# Label


def test_confidences_are_sorted_and_between_zero_and_one() -> None:
    value = Label().check({"dog": np.float32(0.25), "cat": 0.75})
    assert list(value) == ["cat", "dog"]
    assert Label().check({"cat": 1.0000001}) == {"cat": 1.0}
    assert Label(top=1).to_text(value) == "cat 75.0%"
    for given, message in (
        ({"cat": 3.2}, "The confidence of 'cat' is 3.2; confidences are in .* Apply a softmax to logits"),
        ({"cat": math.nan}, "The confidence of 'cat': nan is not accepted"),
        ({3: 0.5}, r"3 is not accepted here: give a class name"),
        (["cat"], "give a class name or a dict of confidences"),
        ({str(n): 0.5 for n in range(10_001)}, "There are 10001 classes; at most 10000"),
    ):
        with pytest.raises(InputError, match=message):
            Label().check(given)
    with pytest.raises(DefinitionError, match="Label has top=0"):
        Label(top=0)


# HighlightedText


def test_entities_of_a_token_classifier_become_pieces() -> None:
    given = {
        "text": "Ada wrote to London.",
        "entities": [
            {"start": 13, "end": 19, "entity_group": "LOC", "score": 0.9},
            {"start": 0, "end": 3, "label": "PER"},
        ],
    }
    pieces = HighlightedText().check(given)
    assert pieces == [("Ada", "PER"), (" wrote to ", None), ("London", "LOC"), (".", None)]
    assert HighlightedText().to_text(pieces) == "[Ada](PER) wrote to [London](LOC)."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"text": "ab", "entities": [{"start": 0, "end": 2, "entity": "X"}, {"start": 1, "end": 2, "entity": "Y"}]},
            "overlaps",
        ),
        ({"text": "ab", "entities": [{"start": 0, "end": 9, "entity": "X"}]}, "or leaves the text"),
        ({"text": "ab", "entities": [{"start": 0}]}, "give an entity"),
        ({"text": "ab"}, "or a dict with 'text' and 'entities'"),
        ([("a", True)], "True is not accepted here: give a number"),
        ([("a", "b", "c")], r"give a pair \(text, category\)"),
        ("text", r"give a list of \(text, category\)"),
        ([("a" * 11, None)], "The text has 11 characters; at most 10 are accepted"),
    ],
)
def test_wrong_highlights_are_refused(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        HighlightedText(max_length=10).check(value)


# JSON


def test_json_takes_what_json_can_say_and_names_the_place_of_the_rest() -> None:
    assert JSON().check({"a": (1, np.float64(2.5), np.arange(2))}) == {"a": [1, 2.5, [0, 1]]}
    loop: list[Any] = []
    loop.append(loop)
    for value, message in (
        ({"loss": [1.0, math.nan]}, r"nan at \['loss'\]\[1\] has no form in JSON; use None or a string instead"),
        ({1: 2}, "The key 1 is not a string; keys in JSON are strings"),
        ({"when": datetime.date(2026, 1, 31)}, r"A date at \['when'\] is not a JSON value: give dicts"),
        (loop, r"nested more than 100 levels deep \(or contains itself\)"),
        ({"n": 10**400}, r"A whole number of 1329 bits at \['n'\] is too large"),
        ("x" * 100, "The JSON text has 102 bytes; at most 50 bytes are accepted"),
    ):
        with pytest.raises(InputError, match=message):
            JSON(max_size=50).check(value)


# Chatbot


def test_a_conversation_is_written_in_any_of_the_usual_ways() -> None:
    picture = PILImage.new("RGB", (2, 2))
    assert Chatbot().check(
        [
            ("Hello", "Hi!"),
            ("Are you there?", None),
            {"role": "assistant", "content": "Yes."},
            Message("user", [picture, "what is this?"]),
            Message("assistant", picture),
        ]
    ) == [
        Message("user", "Hello"),
        Message("assistant", "Hi!"),
        Message("user", "Are you there?"),
        Message("assistant", "Yes."),
        Message("user", [picture, "what is this?"]),
        Message("assistant", [picture]),
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Hello", "give a list of Messages"),
        (["Hello"], "give a Message, {'role'"),
        (
            [{"role": "robot", "content": "x"}],
            "The role of a message is one of 'user', 'assistant', 'system', not 'robot'",
        ),
        ([Message("user", 3)], "3 is not accepted here: give a PIL image"),  # type: ignore[arg-type]
        ([Message("user", "x" * 11)], "A message has 11 characters; at most 10 are accepted"),
        ([Message("user", "x")] * 4, "The conversation has 4 messages; at most 3 are accepted"),
        ([Message("user", ["x", "y", "z"])], "A message has 3 parts; at most 2 are accepted"),
    ],
)
def test_wrong_conversations_are_refused(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Chatbot(max_messages=3, max_length=10, max_parts=2).check(value)


@pytest.mark.parametrize(
    "content",
    [None, 3, [{"text": 3}], [{"image": "/etc/passwd"}], [{"image": "https://x/y.png"}], [{"text": "a", "image": "b"}]],
)
def test_wrong_messages_from_the_wire_are_refused(content: Any) -> None:
    with pytest.raises(InputError):
        Chatbot().from_json([{"role": "user", "content": content}])


# Group


@dataclass
class Brush:
    width: int
    color: str = "#000000"


class Canvas(pydantic.BaseModel):
    width: int
    height: int

    @pydantic.model_validator(mode="after")
    def _wide(self) -> Canvas:
        if self.height > self.width:
            raise ValueError("a canvas is wider than high")
        return self


brush = Group({"width": Slider(1, 9), "color": ColorPicker(default="#000")}, Brush)
canvas = Group({"width": Number(integer=True), "height": Number(integer=True)}, Canvas)


def test_a_group_builds_what_its_factory_makes_of_the_fields() -> None:
    assert brush.from_json({"width": 3}) == Brush(3, "#000000")
    assert brush.check({"width": 3, "color": "#F00"}) == Brush(3, "#ff0000")
    assert canvas.from_json({"width": 4, "height": 3}) == Canvas(width=4, height=3)
    assert canvas.to_json(Canvas(width=4, height=3)) == {"width": 4, "height": 3}
    same = Brush(3)
    assert brush.check(same) is same
    assert brush.check(Brush(3, "#F00")).color == "#ff0000"
    assert Group({"name": Textbox()}).check({"name": "x"}) == {"name": "x"}
    nested = Group({"brush": brush, "when": DateTime(date=True)})
    assert nested.from_json({"brush": {"width": 1}, "when": "2026-01-31"})["brush"] == Brush(1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "The field 'width' of Brush is missing"),
        ({"width": 99}, r"width: 99 is above the maximum 9"),
        ({"widht": 3}, r"Brush has no field 'widht'\. Did you mean 'width'\?"),
        ([3], "give Brush or a dict with width, color|give an object with width, color"),
    ],
)
def test_wrong_groups_are_refused_with_the_field(value: Any, message: str) -> None:
    for read in (brush.check, brush.from_json):
        with pytest.raises(InputError, match=message):
            read(value)


def test_what_the_class_itself_refuses_is_bad_input() -> None:
    with pytest.raises(InputError, match=r"Canvas refuses these values: .*a canvas is wider than high"):
        canvas.from_json({"width": 3, "height": 4})


def test_the_fields_of_a_group_are_components() -> None:
    with pytest.raises(DefinitionError, match="The field 'width' of this Group is 3, not a component"):
        Group({"width": 3})  # type: ignore[dict-item]
