"""The dashboard in a real Chromium: what a person does with mouse and keyboard."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Download, Locator

from jupyter_spaces.train.run import Run
from tests.widgets.fields.page import FieldPage
from tests.widgets.fields.test_chromium import THEME, UNNAMED
from tests.widgets.training.conftest import Views
from tests.widgets.training.runs import reopened, started, write_run

INKED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, place) => place % 4 === 3 && value > 0).length;
}"""


class Board:
    """The parts of a dashboard, found as a person finds them."""

    def __init__(self, fields: FieldPage, nth: int = 0) -> None:
        self.fields = fields
        self.root = fields.page.locator(".jsp-training").nth(nth)
        self.chart = self.root.locator(".jsp-chart-stage")
        self.state = self.root.locator(".jsp-badge")
        self.answer = self.root.locator(".jsp-train-answer")
        self.pictures = self.root.locator(".jsp-samples img[src]")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def fact(self, name: str) -> str:
        return self.root.locator(f".jsp-facts div:has(dt:text-is('{name}')) dd").inner_text()

    def inked(self) -> int:
        """How many pixels of the chart are drawn on."""
        return int(self.root.locator(".jsp-chart-canvas").evaluate(INKED))

    def until(self, condition: Callable[[], object], timeout: float = 60) -> None:
        self.fields.settle(condition, timeout=timeout)

    def drag(self, start: float, end: float) -> None:
        """Drag over the chart, between two parts of its width."""
        box = self.chart.bounding_box()
        assert box is not None
        mouse = self.fields.page.mouse
        mouse.move(box["x"] + start * box["width"], box["y"] + 80)
        mouse.down()
        mouse.move(box["x"] + end * box["width"], box["y"] + 90, steps=4)
        mouse.up()


@pytest.fixture
def board(fields: FieldPage, view_of: Views, old_run: Run) -> Board:
    """The run that was read from its folder, on a page, complete."""
    fields.show(view_of(old_run).root, "900px")
    board = Board(fields)
    board.until(lambda: board.pictures.count() == 12)
    return board


def test_a_page_that_comes_later_shows_the_same(fields: FieldPage, view_of: Views, old_run: Run) -> None:
    """A second view, or a reloaded page, draws the whole run from the same traits."""
    view = view_of(old_run)
    seen = []
    for nth in range(2):
        fields.show(view.root, "900px")
        board = Board(fields, nth)
        board.until(lambda board=board: board.pictures.count() == 12 and board.inked() > 2000)
        seen.append((board.inked(), board.root.inner_text()))
    assert seen[0] == seen[1]
    assert "300 of 400" in seen[0][1]
    assert "Stopped" in seen[0][1]


def test_the_chart_is_read_with_the_pointer(board: Board, old_run: Run) -> None:
    """Hovering says the step and its values in the legend."""
    box = board.chart.bounding_box()
    assert box is not None
    newest = board.root.locator(".jsp-legend-item", has_text="Learning rate").inner_text()
    board.fields.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 90)
    place = board.root.locator(".jsp-chart-place")
    board.until(lambda: place.inner_text().startswith("Step "))
    step = int(re.findall(r"\d+", place.inner_text())[0])
    assert 120 < step < 200
    board.fields.page.mouse.move(0, 0)
    board.until(lambda: not place.inner_text())
    assert board.root.locator(".jsp-legend-item", has_text="Learning rate").inner_text() == newest


def test_the_chart_is_read_with_the_keyboard(board: Board) -> None:
    """Arrows walk, and a screen reader is told where the cursor came to rest, once."""
    board.chart.focus()
    spoken = board.root.locator(".jsp-chart > [aria-live]")
    board.fields.page.evaluate(
        """() => { window.said = 0; new MutationObserver(() => window.said++)
            .observe(document.querySelector(".jsp-chart > [aria-live]"), { childList: true, characterData: true }); }"""
    )
    board.fields.page.keyboard.press("Home")
    for _ in range(20):
        board.fields.page.keyboard.press("ArrowRight")
    board.fields.page.keyboard.press("Shift+ArrowLeft")
    board.until(lambda: spoken.inner_text())
    assert spoken.inner_text().startswith("Step 11, Total 0.")
    assert "Photo probe" in spoken.inner_text()
    assert board.fields.page.evaluate("said") == 1
    board.fields.page.keyboard.press("End")
    board.until(lambda: spoken.inner_text().startswith("Step 300 · checkpoint · samples,"))


def test_one_looks_closer_and_sees_everything_again(board: Board) -> None:
    """By dragging, by wheel once the chart has the focus, by key; and back by double click, button and key."""
    everything = board.button("Show all")
    page = board.fields.page
    assert not everything.is_visible()
    board.drag(0.3, 0.5)
    board.until(everything.is_visible)
    page.mouse.dblclick(*centre(board.chart))
    board.until(lambda: not everything.is_visible())

    page.mouse.move(*centre(board.chart))
    page.mouse.wheel(0, -200)  # the chart has the focus since the click
    board.until(everything.is_visible)
    everything.click()
    board.until(lambda: not everything.is_visible())

    board.chart.focus()
    page.keyboard.press("+")
    board.until(everything.is_visible)
    page.keyboard.press("0")
    board.until(lambda: not everything.is_visible())


def test_the_wheel_scrolls_the_notebook_until_the_chart_has_the_focus(board: Board) -> None:
    """Who scrolls past must not be caught."""
    board.fields.page.mouse.move(*centre(board.chart))
    board.fields.page.mouse.wheel(0, -100)
    board.fields.settle()
    assert not board.button("Show all").is_visible()


def test_a_series_goes_and_comes_back(board: Board) -> None:
    """And the scale can be logarithmic."""
    before = board.inked()
    total = board.root.get_by_role("button", name=re.compile("^Total"))
    assert total.get_attribute("aria-pressed") == "true"
    total.click()
    board.until(lambda: board.inked() != before)
    assert total.get_attribute("aria-pressed") == "false"
    total.click()
    board.until(lambda: board.inked() == before)
    board.button("Log scale").click()
    board.until(lambda: board.inked() != before)


def test_a_long_run_is_seen_step_by_step_when_one_looks_closer(
    fields: FieldPage, view_of: Views, tmp_path: Path
) -> None:
    """The whole is an envelope; a part of it is fetched as fine as it is."""
    fields.show(view_of(reopened(write_run(tmp_path / "long", steps=2500, every=10_000))).root, "900px")
    board = Board(fields)
    board.drag(0.5, 0.53)
    board.until(board.button("Show all").is_visible)
    board.chart.focus()
    place = board.root.locator(".jsp-chart-place")

    def neighbours() -> bool:
        fields.page.keyboard.press("ArrowLeft")
        fields.settle()
        first = place.inner_text()
        fields.page.keyboard.press("ArrowLeft")
        fields.settle()
        return int(first.split()[1]) - int(place.inner_text().split()[1]) == 1

    board.until(neighbours)


def test_a_sample_is_enlarged(board: Board) -> None:
    """By a click or Enter; the arrows walk along its row, Escape closes."""
    page = board.fields.page
    board.root.locator(".jsp-samples .jsp-thumb").first.focus()
    page.keyboard.press("Enter")
    box = board.root.locator("dialog.jsp-lightbox")
    board.until(lambda: box.count() == 1 and box.is_visible())
    assert box.locator("figcaption").inner_text() == "a photo of sks dog, seed 0, step 100 (1 of 3)"
    page.keyboard.press("ArrowRight")
    assert "step 200" in box.locator("figcaption").inner_text()
    page.keyboard.press("Escape")
    board.until(lambda: box.count() == 0)


def test_photos_and_class_images_are_fetched_when_one_opens_them(board: Board) -> None:
    """A page does not load what nobody looks at."""
    pictures = board.root.locator(".jsp-material img[src]")
    assert pictures.count() == 0
    board.root.get_by_text("3 photos, 4 class images").click()
    board.until(lambda: pictures.count() == 7)


def test_the_slider_walks_over_checkpoints(board: Board) -> None:
    """The samples of its step stand out; what makes no sense without a live run says why."""
    slider = board.root.get_by_role("slider", name="Checkpoint")
    assert slider.input_value() == "2"
    slider.focus()
    board.fields.page.keyboard.press("ArrowLeft")
    board.until(lambda: "step 200" in (slider.get_attribute("aria-valuetext") or ""))
    assert "fidelity 0.6" in (slider.get_attribute("aria-valuetext") or "")
    assert board.root.locator("th.jsp-is-picked").inner_text() == "200"
    board.button("Roll back here").click()
    board.until(lambda: board.answer.inner_text() == "Back to step 200.")
    board.until(lambda: board.fact("Step") == "200 of 400" and board.pictures.count() == 8)


def test_a_wish_that_does_not_fit_is_answered(board: Board) -> None:
    """By Python, in a sentence, where one looks."""
    board.root.get_by_label("to step").fill("200")
    board.button("Resume").click()
    board.until(lambda: "resume to a larger number than 200" in board.answer.inner_text())


def test_the_numbers_and_the_chart_can_be_kept(board: Board, old_run: Run) -> None:
    """As files that the page makes."""
    found: list[Download] = []
    board.fields.page.on("download", lambda download: found.append(download))
    board.button("Download the numbers as CSV").click()
    board.until(lambda: len(found) == 1)
    rows = list(csv.DictReader(io.StringIO(Path(found[0].path()).read_text())))
    assert found[0].suggested_filename == "my-dog.csv"
    assert [int(row["step"]) for row in rows] == list(range(301))
    assert [float(row["loss"]) for row in rows[1:]] == pytest.approx(old_run.history["loss"].tolist(), rel=1e-6)
    assert float(rows[300]["class_loss"]) == pytest.approx(0.09)

    board.button("Download the chart as PNG").click()
    board.until(lambda: len(found) == 2)
    with Image.open(found[1].path()) as picture:
        assert (found[1].suggested_filename, picture.format) == ("my-dog.png", "PNG")
        assert picture.width >= 1440


@pytest.mark.parametrize(
    ("width", "dark"), [(900, False), (900, True), (400, False)], ids=["light", "dark", "narrow"]
)  # fmt: skip
def test_it_looks_right(
    fields: FieldPage,
    view_of: Views,
    old_run: Run,
    tmp_path: Path,
    artifacts: Path,
    width: int,
    dark: bool,
    request: Any,
) -> None:
    """Every control has a name, nothing is wider than its place; the rest is for a person to see in the picture."""
    fields.page.evaluate(THEME, dark)
    other = reopened(write_run(tmp_path / "other-dog", steps=250))
    fields.page.set_viewport_size({"width": width + 40, "height": 1300})
    fields.show(view_of(old_run, others=[other]).root, f"{width}px")
    board = Board(fields)
    board.root.get_by_text("3 photos, 4 class images").click()
    board.until(lambda: board.root.locator("img[src]").count() == 19)
    assert fields.page.evaluate(UNNAMED) == []
    too_wide = board.root.evaluate(
        """(root) => [...root.querySelectorAll("*")].filter((e) => e.offsetParent && !e.closest(".jsp-samples-scroll")
            && e.getBoundingClientRect().right > root.getBoundingClientRect().right + 1).map((e) => e.className)"""
    )
    assert too_wide == []
    fields.page.screenshot(path=artifacts / f"training-{request.node.callspec.id}.png", full_page=True)


def test_a_run_is_watched_paused_and_stopped(fields: FieldPage, view_of: Views, tmp_path: Path) -> None:
    """The chart grows, samples appear, and each button reaches the run."""
    run = started(tmp_path / "live", steps=100_000)
    fields.show(view_of(run).root, "900px")
    board = Board(fields)
    board.until(lambda: board.state.inner_text() == "Training" and board.chart.is_visible(), timeout=120)
    board.until(lambda: run.step >= 5)
    before = board.inked()
    board.until(lambda: board.inked() != before)

    board.button("Pause").click()
    board.until(lambda: run.state == "paused" and board.state.inner_text() == "Paused")
    board.button("Go on").click()
    board.until(lambda: run.state == "training" and board.button("Pause").is_visible())

    board.root.get_by_label("Learning rate", exact=True).fill("much")
    board.root.get_by_label("Learning rate", exact=True).press("Enter")
    board.until(lambda: board.answer.inner_text().startswith("The learning rate is a number above 0"))
    before_samples = len(run.samples)
    board.root.get_by_label("Prompt", exact=True).fill("a photo of sks dog in the snow")
    board.root.get_by_label("Seed", exact=True).fill("3")
    board.button("Sample now").click()
    board.until(lambda: len(run.samples) > before_samples)
    board.until(lambda: board.root.get_by_role("button", name=re.compile("in the snow, seed 3")).count() == 1)

    stop = board.button("Stop")
    stop.focus()
    fields.page.keyboard.press("Enter")
    board.until(lambda: board.state.inner_text() == "Stopped")
    # The button is gone, and a keyboard is not lost with it.
    board.until(lambda: fields.page.evaluate("document.activeElement.textContent") == "Resume")


def centre(place: Locator) -> tuple[float, float]:
    """The middle of an element, in the page's pixels."""
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
