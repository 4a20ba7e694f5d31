"""Fixtures of the field tests: the other end of the comm, and a picture in which a mistake shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image

from tests.widgets.fields.wire import Wire, plugged_wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    with plugged_wire() as wire:
        yield wire


@pytest.fixture
def picture() -> Image.Image:
    """Two colours, not square: a swapped side or channel is seen."""
    image = Image.new("RGB", (60, 40), "red")
    image.paste("blue", (0, 0, 30, 40))
    return image
