"""Readers without a kernel: what a Space showed is still there, as an ordinary output."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Lab
from tests.browser.notebook import PATIENCE, notebook_of
from tests.browser.test_app import LOAD, PAINTER, App, colour

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CRIMSON, ORANGE, TEAL = [220, 20, 60], [255, 165, 0], [0, 128, 128]


@pytest.fixture
def offline_page(browser: Browser) -> Iterator[Page]:
    """A page that reaches nothing but files."""
    context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with the painter in a folder of its own, not executed."""
    path = tmp_path_factory.mktemp("readers") / "painted.ipynb"
    nbformat.write(notebook_of([LOAD, PAINTER]), path)
    return path


def test_the_saved_notebook_opened_without_its_kernel(open_notebook: OpenNotebook, lab: Lab, artifacts: Path) -> None:
    # Somebody paints, saves and shuts the kernel down.
    notebook = open_notebook([LOAD, PAINTER])
    notebook.run(0)
    notebook.run(1)
    app = App(notebook).wait()
    app.prompt.fill("orange")
    app.run.click()
    assert colour(app.picture) == ORANGE
    notebook.wait_until_static(1, "image")
    saved = notebook.save()
    assert "application/vnd.jupyter.widget-view+json" in str(saved.cells[1].outputs)
    lab.shut_kernels_down()

    # Somebody else opens the file, and starts no kernel.
    reader = open_notebook(notebook.path, start_kernel=False)
    reader.hide_side_bar()
    output = reader.output(1)
    assert colour(output.locator("img").first) == ORANGE
    expect(output).to_contain_text("Painter")
    expect(output).to_contain_text("orange")
    reader.page.screenshot(path=artifacts / "reader-saved.png")

    # JupyterLab has started a new kernel meanwhile, which knows nothing of the old widgets: nothing changes.
    reader.wait_until_idle()
    expect(output).not_to_contain_text("Error displaying widget")
    expect(output).not_to_contain_text("Loading widget")
    assert colour(output.locator("img").first) == ORANGE


def test_a_notebook_executed_headless_and_opened_in_jupyterlab(
    open_notebook: OpenNotebook, painted: Path, artifacts: Path
) -> None:
    _run("-m", "nbconvert", "--execute", "--to", "notebook", "--output", "executed.ipynb", painted)

    reader = open_notebook(painted.parent / "executed.ipynb", start_kernel=False)
    reader.hide_side_bar()
    pictures = reader.output(1).locator("img")
    assert [colour(pictures.nth(0)), colour(pictures.nth(1))] == [TEAL, CRIMSON]
    expect(reader.output(1)).not_to_contain_text("Error displaying widget")
    reader.page.screenshot(path=artifacts / "reader-headless.png")


def test_plain_nbconvert_html_opened_offline(painted: Path, offline_page: Page, artifacts: Path) -> None:
    _run("-m", "nbconvert", "--execute", "--to", "html", "--output", "plain.html", painted)

    offline_page.goto((painted.parent / "plain.html").as_uri())
    pictures = offline_page.locator(".jp-OutputArea img")
    assert [colour(pictures.nth(0)), colour(pictures.nth(1))] == [TEAL, CRIMSON]
    offline_page.screenshot(path=artifacts / "reader-nbconvert.png", full_page=True)


def test_the_demos_page_opened_offline(
    painted: Path, offline_page: Page, repository: Path, tmp_path: Path, artifacts: Path
) -> None:
    _run(repository / "scripts" / "execute_notebook.py", painted, tmp_path)

    asked: list[str] = []
    offline_page.on("request", lambda request: asked.append(request.url))
    page = (tmp_path / "painted.html").as_uri()
    offline_page.goto(page)
    pictures = offline_page.locator(".jp-OutputArea img")
    assert [colour(pictures.nth(0)), colour(pictures.nth(1))] == [TEAL, CRIMSON]
    # One file, no script: nothing else was even asked for.
    assert [url for url in asked if not url.startswith("data:")] == [page]
    assert offline_page.locator("script").count() == 0
    offline_page.screenshot(path=artifacts / "reader-demo-page.png", full_page=True)


def _run(*command: str | Path) -> None:
    answer = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=PATIENCE / 500
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
