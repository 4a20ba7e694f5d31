"""The built-in model, loaded once, and drawn pictures of a few subjects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jupyter_spaces import models
from recipes.tiny.draw import draw
from recipes.tiny.world import Scene

SUBJECTS = (("dog", "brown", "plain"), ("backpack", "blue", "dotted"), ("can", "red", "striped"))
# Somewhere else in each picture, before something else.
VIEWS = (("center", "white", "medium"), ("left", "gray", "large"), ("bottom right", "sky", "medium"))


@pytest.fixture(scope="session")
def tiny() -> Iterator[Any]:
    """The untrained pipeline. Not to be changed."""
    pipeline = models.load("tiny", device="cpu", name="evaluated")
    yield pipeline
    models.free("evaluated")


@pytest.fixture(scope="session")
def drawn() -> dict[str, list[Image.Image]]:
    """Three pictures of each of three subjects, by the kind of the subject."""
    rng = np.random.default_rng(3)

    def pictures(kind: str, colour: str, texture: str) -> list[Image.Image]:
        scenes = [Scene(kind, colour, size, place, texture, background) for place, background, size in VIEWS]
        return [Image.fromarray(draw(scene, rng)) for scene in scenes]

    return {subject[0]: pictures(*subject) for subject in SUBJECTS}
