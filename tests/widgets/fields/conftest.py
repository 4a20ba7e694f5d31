"""Fixtures of the field tests: the other end of the comm, and a picture in which a mistake shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.widgets.fields.page import FieldPage, field_page
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


@pytest.fixture
def fields(browser: Browser) -> Iterator[FieldPage]:
    """A page of Chromium in which new widgets appear; what it complains about fails the test."""
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    with field_page(page) as fields:
        yield fields
    page.close()
    assert complaints == []
