"""A notebook open in JupyterLab in a real browser, driven as a person would drive it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab

PATIENCE = 90_000  # ms: conditions are waited for, and two busy cores may take their time


def notebook_of(cells: list[str]) -> NotebookNode:
    """An unexecuted notebook with these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


class NotebookPage:
    """One open notebook: its cells, their outputs, and the page around them."""

    def __init__(self, lab: Lab, page: Page, path: Path) -> None:
        self.lab = lab
        self.page = page
        self.path = path

    def open(self, *, start_kernel: bool = True) -> None:
        self.page.goto(self.lab.page_url(self.path.name))
        expect(self.page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell").first).to_be_visible(timeout=PATIENCE)
        if start_kernel:
            self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Until the kernel is there and has nothing to do (the indicator says "idle" before the kernel has started)."""
        self.page.wait_for_function(
            """() => {
                const context = window.jupyterapp.shell.currentWidget?.sessionContext;
                return context?.isReady && context.session?.kernel?.status === "idle";
            }""",
            timeout=PATIENCE,
        )

    def command(self, name: str, **arguments: object) -> None:
        """One of JupyterLab's own commands, as its palette would run it."""
        self.page.evaluate(
            "([name, arguments]) => void window.jupyterapp.commands.execute(name, arguments)", [name, arguments]
        )

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")

    def run(self, index: int) -> None:
        """Click into the cell and press Shift+Enter."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def save(self) -> NotebookNode:
        """Save with Ctrl+S and read the file that was written."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        for _ in range(PATIENCE // 100):
            if self.path.stat().st_mtime_ns != before:
                return self.read()
            self.page.wait_for_timeout(100)
        raise AssertionError("the notebook was not saved")

    def read(self) -> NotebookNode:
        """The file as it is on the disk."""
        return nbformat.read(self.path, as_version=4)

    def cell(self, index: int) -> Locator:
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")

    def output(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-Cell-outputArea")

    def wait_until_executed(self, index: int) -> None:
        """Until the prompt shows a number instead of a star."""
        prompt = self.cell(index).locator(".jp-InputArea-prompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE)

    def wait_until_static(self, index: int, fragment: str) -> None:
        """Until the ordinary outputs of the cell (what is saved) hold `fragment`: they follow the live view."""
        self.page.wait_for_function(
            """([index, fragment]) => {
                const cell = window.jupyterapp.shell.currentWidget.content.widgets[index].model;
                return JSON.stringify(cell.sharedModel.getOutputs()).includes(fragment);
            }""",
            arg=[index, fragment],
            timeout=PATIENCE,
        )

    def use_theme(self, name: str) -> None:
        self.command("apputils:change-theme", theme=name)
        light = "false" if "Dark" in name else "true"
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", light, timeout=PATIENCE)

    def hide_side_bar(self) -> None:
        """The file browser takes a quarter of the width; most pictures are better without it."""
        self.page.evaluate("() => { const s = window.jupyterapp.shell; if (!s.leftCollapsed) s.collapseLeft(); }")
