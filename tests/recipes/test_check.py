"""The judge of the tiny model's pictures: right on pictures whose words are known, and able to say no."""

from dataclasses import replace

import numpy as np
import pytest

from recipes.tiny.check import agrees, find_object, read
from recipes.tiny.draw import draw
from recipes.tiny.evaluate import QUESTIONS, agreement_on_drawings
from recipes.tiny.world import HELD_OUT, Scene

PLAIN = Scene("house", "blue", size="medium", place="left", background="grass")


def test_reads_what_was_drawn() -> None:
    """On drawings the answer is known: the check agrees in 98 % of them, property by property."""
    shares = agreement_on_drawings(count=300)
    assert all(share >= 0.98 for share in shares.values()), shares


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("kind", {"kind": "fish"}),
        ("colour", {"colour": "red"}),
        ("place", {"place": "right"}),
        ("size", {"size": "large"}),
    ],
)
def test_a_wrong_word_fails(asked: str, wrong: dict[str, str]) -> None:
    """A caption that names another object, colour, place or size is refused for that word and for no other."""
    reading = read(draw(PLAIN, np.random.default_rng(0)))
    everything = frozenset({"kind", "colour", "place", "size"})
    answers = agrees(replace(PLAIN, **wrong), reading, everything)
    assert [name for name, right in answers.items() if not right] == [asked]


def test_an_empty_picture_shows_nothing() -> None:
    """A plain wall and noise are no objects that somebody asked for."""
    wall = np.full((64, 64, 3), 200, np.uint8)
    assert find_object(wall) is None
    assert read(wall) is None
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    asked = frozenset({"kind", "colour"})
    assert not all(agrees(Scene("star", "blue"), read(noise), asked).values())


def test_every_question_is_about_a_pair_that_was_held_out() -> None:
    """The score measures composition, not memory."""
    assert {(question.scene.kind, question.scene.colour) for question in QUESTIONS} == HELD_OUT
