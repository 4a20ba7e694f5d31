"""The static form of a whole view: self-contained, safe, and readable as text."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jupyter_spaces.space import Space
from jupyter_spaces.widgets.view import Call, snapshot


def paint(prompt: str, size: int = 8, seed: int | None = None) -> Image.Image:
    """Paint a picture of the prompt."""
    return Image.new("RGB", (size, size), "teal")


def pair(n: int) -> tuple[int, str]:
    """Two results."""
    return n, str(n)


def call(space: Space, **values: Any) -> Call:
    """The call of the only endpoint with these values, and its results."""
    ((_, endpoint),) = space.endpoints.items()
    bound = endpoint.bind(values)
    return Call(endpoint, bound, endpoint.split(endpoint.function(**bound)))


def test_it_holds_title_inputs_and_the_picture() -> None:
    """And says what the Space does, as the view does."""
    space = Space.from_function(paint, title="Painter")
    bundle = snapshot(space, [call(space, prompt="a red boat")])
    assert "Painter" in bundle["text/html"]
    assert "Paint a picture of the prompt." in bundle["text/html"]
    assert "a red boat" in bundle["text/html"]
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.getpixel((0, 0)) == (0, 128, 128)
    assert base64.b64encode(b"\x89PNG").decode()[:5] in bundle["text/html"]


def test_nothing_in_it_runs_or_loads() -> None:
    """No script, no link, no address; what a visitor typed is text."""
    space = Space.from_function(paint, title="<script>alert(1)</script>")
    html = snapshot(space, [call(space, prompt="<img src=//evil onerror=alert(1)>")])["text/html"]
    assert "<script" not in html
    assert "<img src=//evil" not in html
    assert "http" not in html


def test_an_input_that_is_empty_takes_no_line() -> None:
    """An optional seed that nobody gave is no news."""
    space = Space.from_function(paint)
    assert "Seed" not in snapshot(space, [call(space, prompt="x")])["text/html"]
    assert "Seed" in snapshot(space, [call(space, prompt="x", seed=7)])["text/html"]


def test_several_results_have_labels_and_no_picture_of_their_own() -> None:
    """The picture is a mime type of its own only when it is all that came out."""
    space = Space.from_function(pair)
    bundle = snapshot(space, [call(space, n=4)])
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"].splitlines() == ["Pair", "pair(n=4)", "  Result 1: 4", "  Result 2: 4"]


def test_a_failed_call_says_so() -> None:
    """In words and in colour."""
    space = Space.from_function(paint)
    endpoint = space["paint"]
    bundle = snapshot(space, [Call(endpoint, endpoint.bind({"prompt": "x"}), error="RuntimeError: no <paint>")])
    assert "failed: RuntimeError: no <paint>" in bundle["text/plain"]
    assert "no &lt;paint&gt;" in bundle["text/html"]


@pytest.mark.parametrize("value", [np.zeros((4, 4, 3), np.uint8), Image.new("RGB", (4, 4))])
def test_pictures_among_the_inputs_are_shown(value: Any) -> None:
    """An array answers == with an array, and is shown all the same."""

    def keep(picture: np.ndarray, other: Image.Image | None = None) -> int:
        return 1

    space = Space.from_function(keep)
    assert "<img" in snapshot(space, [call(space, picture=np.asarray(value))])["text/html"]
