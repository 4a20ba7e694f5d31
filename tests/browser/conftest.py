"""Fixtures of the browser tests: one JupyterLab for all of them, and a page for each test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.lab import Lab, running_lab
from tests.browser.notebook import PATIENCE, NotebookPage, notebook_of

OpenNotebook = Callable[..., NotebookPage]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def outside(context: BrowserContext) -> list[str]:
    """Addresses outside this machine that a page asked for; `page` fails the test if there are any."""
    asked: list[str] = []
    local = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|file:|about:|chrome")
    context.on("request", lambda request: None if local.match(request.url) else asked.append(request.url))
    return asked


@pytest.fixture
def page(
    context: BrowserContext, outside: list[str], artifacts: Path, request: pytest.FixtureRequest
) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    if getattr(request.node, "failed", False):
        page.screenshot(path=artifacts / f"FAILED-{request.node.name}.png")
    assert outside == [], "the page asked for something outside this machine"
    assert errors == [], "the page threw"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Lets `page` know that the test failed, in time for a picture of what it failed on."""
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report


@pytest.fixture
def open_notebook(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Iterator[OpenNotebook]:
    """`open_notebook(cells)` writes a notebook with these code cells (or copies a .ipynb file) and opens it."""
    opened: list[NotebookPage] = []

    def open_notebook(cells: list[str] | Path, *, start_kernel: bool = True, on: Page | None = None) -> NotebookPage:
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        path = lab.folder / f"{name}-{len(opened)}.ipynb"
        notebook = nbformat.read(cells, as_version=4) if isinstance(cells, Path) else notebook_of(cells)
        nbformat.write(notebook, path)
        opened.append(NotebookPage(lab, on or page, path))
        opened[-1].open(start_kernel=start_kernel)
        return opened[-1]

    yield open_notebook
    lab.shut_kernels_down()
