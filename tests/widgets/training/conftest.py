"""A page of Chromium and a front end without one, for the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from jupyter_spaces.train.run import Run
from jupyter_spaces.widgets.training import RunView
from tests.widgets.fields.page import FieldPage, field_page
from tests.widgets.training.runs import reopened, write_run
from tests.widgets.view.conftest import front_end  # noqa: F401  # a fixture

Views = Callable[..., RunView]


@pytest.fixture
def fields(browser: Browser) -> Iterator[FieldPage]:
    """A page in which new widgets appear; what it complains about fails the test."""
    page = browser.new_page(viewport={"width": 1000, "height": 1300})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    with field_page(page) as fields:
        yield fields
    page.close()
    assert complaints == []


@pytest.fixture
def view_of() -> Iterator[Views]:
    """Makes views that the test's end closes."""
    views: list[RunView] = []

    def make(run: Run, **options: Any) -> RunView:
        views.append(RunView(run, **options))
        assert views[-1].flush()
        return views[-1]

    yield make
    for view in views:
        view.close()


@pytest.fixture
def old_run(tmp_path: Path) -> Run:
    """A run of 300 of 400 steps, read from its folder."""
    return reopened(write_run(tmp_path / "my-dog", steps=300, goal=400))
