"""The quickstart in JupyterLab, with the tiny model: what a person sees after `scripts/demo --lab`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import PATIENCE
from tests.browser.test_app import App, colour

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_quickstart_paints_what_was_typed(open_notebook: OpenNotebook, repository: Path, artifacts: Path) -> None:
    notebook = open_notebook(repository / "notebooks" / "quickstart.ipynb")
    notebook.page.set_viewport_size({"width": 1280, "height": 1240})
    notebook.hide_side_bar()
    cells = notebook.read().cells
    space = next(index for index, cell in enumerate(cells) if cell.source.startswith("%%space"))
    for index in range(space + 1):
        if cells[index].cell_type == "code":
            notebook.run(index)
    app = App(notebook, space).wait()

    app.prompt.fill("a large red boat on the sea")
    app.view.get_by_role("spinbutton", name="Seed").fill("11")
    app.run.click()
    expect(app.said).to_contain_text("done in", timeout=PATIENCE)

    # The steps of diffusers' own loop were counted; what is painted is the sea below.
    red, _green, blue = colour(app.picture, across=0.1, down=0.9)
    assert blue > red
    app.view.locator(".jsp-results").hover()
    notebook.cell(space).evaluate("(cell) => cell.scrollIntoView({ block: 'start' })")
    notebook.page.screenshot(path=artifacts / "quickstart.png")

    # The seed is in the call that can be copied.
    app.view.get_by_text("Use from Python").click()
    expect(app.view).to_contain_text(re.compile(r"seed=11"), timeout=PATIENCE)
