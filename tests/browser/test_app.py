"""A Space in a real JupyterLab, as the person in front of it meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import PATIENCE, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LOAD = "%load_ext jupyter_spaces"
PAINTER = '''%%space painter --title "Painter" --examples examples
import time
from typing import Annotated
from PIL import Image
from jupyter_spaces import Progress, Slider, Textbox

examples = [{"prompt": "teal", "steps": 2}, {"prompt": "crimson", "steps": 3}]

def paint(prompt: Annotated[str, Textbox(lines=2)], steps: Annotated[int, Slider(1, 600)] = 4,
          seed: int | None = None, *, progress: Progress) -> Image.Image:
    """Paint a picture of the prompt."""
    for _ in progress.tqdm(range(steps)):
        time.sleep(0.05)
    return Image.new("RGB", (64, 64), prompt)
'''


class App:
    """The parts of one Space's view, found as a person finds them: by their labels."""

    def __init__(self, notebook: NotebookPage, index: int = 1) -> None:
        self.view = notebook.output(index).locator(".jsp-view")
        self.prompt = self.view.get_by_role("textbox", name="Prompt", exact=True)
        self.steps = self.view.get_by_role("spinbutton", name="Steps")
        self.run = self.view.get_by_role("button", name="Run", exact=True)
        self.stop = self.view.get_by_role("button", name="Stop", exact=True)
        self.said = self.view.locator(".jsp-strip .jsp-said")
        self.progress = self.view.get_by_role("progressbar", name="Progress")
        self.picture = self.view.locator(".jsp-results img.jsp-picture")

    def wait(self) -> App:
        expect(self.run).to_be_visible(timeout=PATIENCE)
        return self


def colour(picture: Locator, across: float = 0.5, down: float = 0.5) -> list[int]:
    """A colour of a picture that is on the page, once it is there; (0, 0) is its upper left, (1, 1) its lower right."""
    expect(picture).to_be_visible(timeout=PATIENCE)
    middle = picture.evaluate(
        """async (img, [across, down]) => {
            await img.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
            const pen = canvas.getContext("2d");
            pen.drawImage(img, 0, 0);
            return [...pen.getImageData(canvas.width * across, canvas.height * down, 1, 1).data];
        }""",
        [across, down],
    )
    return list(middle[:3])


def wait_for_colour(picture: Locator, expected: list[int]) -> None:
    """For a picture that takes the place of another one."""
    for _ in range(PATIENCE // 100):
        if colour(picture) == expected:
            return
        picture.page.wait_for_timeout(100)
    raise AssertionError(f"the picture is {colour(picture)}, not {expected}")


def expect_no_sideways_scrolling(view: Locator) -> None:
    too_wide = view.evaluate(
        """(view) => [view, ...view.querySelectorAll("*")]
            .filter((e) => e.getBoundingClientRect().right > view.getBoundingClientRect().right + 1 && e.offsetParent)
            .map((e) => e.className)"""
    )
    assert too_wide == []


@pytest.fixture
def painter(open_notebook: OpenNotebook) -> NotebookPage:
    notebook = open_notebook([LOAD, PAINTER, "6 * 7"])
    notebook.hide_side_bar()
    notebook.run(0)
    notebook.run(1)
    App(notebook).wait()
    return notebook


def test_a_prompt_becomes_a_picture(painter: NotebookPage, artifacts: Path) -> None:
    app = App(painter)
    # Nothing was asked for yet, so there is no picture yet.
    expect(app.picture).to_be_hidden()

    app.prompt.fill("orange")
    app.run.click()

    expect(app.said).to_contain_text("done in", timeout=PATIENCE)
    assert colour(app.picture) == [255, 165, 0]
    painter.page.screenshot(path=artifacts / "app-light.png")

    # The next picture takes its place.
    app.prompt.fill("navy")
    app.run.click()
    wait_for_colour(app.picture, [0, 0, 128])


def test_an_example_fills_the_form(painter: NotebookPage) -> None:
    app = App(painter)
    app.view.get_by_role("button", name=re.compile("crimson")).click()
    expect(app.prompt).to_have_value("crimson")
    expect(app.steps).to_have_value("3")
    app.run.click()
    assert colour(app.picture) == [220, 20, 60]


def test_stop_ends_a_running_job_and_the_next_one_runs(painter: NotebookPage, artifacts: Path) -> None:
    app = App(painter)
    app.prompt.fill("orange")
    app.steps.fill("600")  # half a minute
    app.run.click()
    # The bar moves and the steps are counted.
    expect(app.said).to_contain_text(re.compile(r"\d+ of 600"), timeout=PATIENCE)
    painter.page.screenshot(path=artifacts / "app-running.png")
    app.stop.click()
    expect(app.said).to_contain_text("stopped", timeout=10_000)
    expect(app.picture).to_be_hidden()

    # The notebook answered all along, and the app goes on.
    painter.run(2)
    expect(painter.output(2)).to_contain_text("42", timeout=PATIENCE)
    app.steps.fill("2")
    app.run.click()
    assert colour(app.picture) == [255, 165, 0]


def test_the_notebook_stays_free_while_a_job_runs(painter: NotebookPage) -> None:
    app = App(painter)
    app.prompt.fill("orange")
    app.steps.fill("600")
    app.run.click()
    expect(app.stop).to_be_visible(timeout=PATIENCE)
    painter.run(2)
    expect(painter.output(2)).to_contain_text("42", timeout=PATIENCE)
    expect(app.stop).to_be_visible()
    app.stop.click()
    expect(app.said).to_contain_text("stopped", timeout=10_000)


def test_a_reloaded_page_shows_the_running_job(painter: NotebookPage, artifacts: Path) -> None:
    app = App(painter)
    app.prompt.fill("orange")
    app.steps.fill("600")
    app.run.click()
    expect(app.said).to_contain_text(re.compile(r"\d+ of 600"), timeout=PATIENCE)
    painter.save()

    painter.page.reload()

    # The same job, with what was typed, still running.
    expect(app.said).to_contain_text(re.compile(r"\d+ of 600"), timeout=PATIENCE)
    expect(app.prompt).to_have_value("orange")
    painter.page.screenshot(path=artifacts / "app-reloaded.png")
    # Stop reaches it, and the app goes on.
    app.stop.click()
    expect(app.said).to_contain_text("stopped", timeout=10_000)
    app.steps.fill("2")
    app.run.click()
    assert colour(app.picture) == [255, 165, 0]


def test_running_the_cell_again_keeps_what_was_typed(painter: NotebookPage) -> None:
    app = App(painter)
    app.prompt.fill("orange")
    app.steps.fill("7")
    app.steps.press("Tab")
    painter.run(1)
    painter.wait_until_idle()
    app.wait()
    expect(app.prompt).to_have_value("orange")
    expect(app.steps).to_have_value("7")
    expect(painter.page.locator(".jsp-view")).to_have_count(1)


def test_an_error_is_shown_where_one_looks(painter: NotebookPage, artifacts: Path) -> None:
    app = App(painter)
    app.prompt.fill("no such colour")
    app.run.click()
    trouble = app.view.locator(".jsp-trouble")
    expect(trouble).to_contain_text("unknown color specifier: 'no such colour'", timeout=PATIENCE)
    # The traceback is there for whoever wants it.
    expect(trouble.locator("pre")).to_be_hidden()
    trouble.get_by_text("Traceback", exact=True).click()
    expect(trouble.locator("pre")).to_contain_text("in paint")
    painter.page.screenshot(path=artifacts / "app-error.png")


def test_by_keyboard_alone(painter: NotebookPage) -> None:
    app = App(painter)
    keyboard = painter.page.keyboard
    app.prompt.focus()
    # Letters that are commands of the notebook are letters here.
    keyboard.type("ddaabbmy")
    for _ in range(8):
        keyboard.press("Backspace")
    keyboard.type("orange")
    expect(app.prompt).to_have_value("orange")
    expect(painter.page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)

    # On with Tab, as the fields follow each other; arrows move the slider.
    keyboard.press("Tab")
    expect(app.view.get_by_role("slider", name="Steps")).to_be_focused()
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    expect(app.steps).to_have_value("6")
    keyboard.press("Tab")
    expect(app.steps).to_be_focused()
    keyboard.press("Tab")
    expect(app.view.get_by_role("spinbutton", name="Seed")).to_be_focused()
    keyboard.type("3")
    keyboard.press("Tab")
    expect(app.run).to_be_focused()
    keyboard.press("Enter")
    assert colour(app.picture) == [255, 165, 0]

    # Back in the prompt, Ctrl+Enter is Run.
    app.prompt.focus()
    keyboard.press("Control+a")
    keyboard.type("navy")
    keyboard.press("Control+Enter")
    wait_for_colour(app.picture, [0, 0, 128])


def test_at_home_in_the_dark_theme(painter: NotebookPage, artifacts: Path) -> None:
    painter.use_theme("JupyterLab Dark")
    app = App(painter)
    app.prompt.fill("orange")
    app.run.click()
    assert colour(app.picture) == [255, 165, 0]
    # Light letters on a dark ground.
    shade = """(element) => {
        const [r, g, b] = getComputedStyle(element).color.match(/[\\d.]+/g).map(Number);
        return (r + g + b) / 3;
    }"""
    assert app.prompt.evaluate(shade) > 150
    assert app.view.locator(".jsp-label").first.evaluate(shade) > 150
    painter.page.screenshot(path=artifacts / "app-dark.png")
    painter.use_theme("JupyterLab Light")


def test_fits_a_narrow_column(painter: NotebookPage, artifacts: Path) -> None:
    painter.page.set_viewport_size({"width": 560, "height": 1000})
    app = App(painter)
    app.prompt.fill("orange")
    app.run.click()
    assert colour(app.picture) == [255, 165, 0]
    expect_no_sideways_scrolling(app.view)
    app.run.scroll_into_view_if_needed()
    painter.page.screenshot(path=artifacts / "app-narrow.png")
