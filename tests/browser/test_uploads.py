"""Pictures that come from the person's machine, through the kernel's connection, which takes 10 MB per message."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import PATIENCE, NotebookPage
from tests.browser.test_app import LOAD, colour

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MIRROR = '''%%space mirror
from PIL import Image, ImageOps

def mirror(picture: Image.Image) -> tuple[Image.Image, str]:
    """Mirror a picture."""
    return ImageOps.mirror(picture.resize((64, 64))), f"{picture.width} x {picture.height}"
'''


@pytest.fixture
def mirror(open_notebook: OpenNotebook) -> NotebookPage:
    notebook = open_notebook([LOAD, MIRROR])
    notebook.hide_side_bar()
    notebook.run(0)
    notebook.run(1)
    expect(run_button(notebook)).to_be_visible(timeout=PATIENCE)
    return notebook


def run_button(notebook: NotebookPage) -> Locator:
    return notebook.output(1).get_by_role("button", name="Run", exact=True)


def drop_file(page: Page, target: Locator, data: bytes, name: str, mime: str) -> None:
    """What the browser tells a page when a file is dragged over an element and let go."""
    transfer = page.evaluate_handle(
        """([data, name, type]) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
            transfer.items.add(new File([bytes], name, { type }));
            return transfer;
        }""",
        [base64.b64encode(data).decode(), name, mime],
    )
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": transfer})


def test_a_picture_is_dragged_in(mirror: NotebookPage, artifacts: Path) -> None:
    # Left half red, right half blue.
    picture = Image.new("RGB", (80, 40), (255, 0, 0))
    picture.paste((0, 0, 255), (40, 0, 80, 40))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    view = mirror.output(1)

    drop_file(mirror.page, view.locator(".jsp-param-picture .jsp-drop"), buffer.getvalue(), "two.png", "image/png")
    expect(view.locator(".jsp-param-picture img.jsp-picture")).to_be_visible(timeout=PATIENCE)
    run_button(mirror).click()

    expect(view.get_by_role("textbox", name="Result 2")).to_have_value("80 x 40", timeout=PATIENCE)
    mirrored = view.locator(".jsp-results img.jsp-picture")
    assert [colour(mirrored, across=0.25), colour(mirrored, across=0.75)] == [[0, 0, 255], [255, 0, 0]]
    mirror.page.screenshot(path=artifacts / "upload-dragged.png")


def test_what_is_no_picture_is_refused_with_a_sentence(mirror: NotebookPage) -> None:
    view = mirror.output(1)
    drop_file(
        mirror.page, view.locator(".jsp-param-picture .jsp-drop"), b"MZ\x90 not a picture", "cat.png", "image/png"
    )
    expect(view.locator(".jsp-param-picture .jsp-error")).to_contain_text("The file is not an image", timeout=PATIENCE)


def test_a_photo_of_40_megabytes(mirror: NotebookPage, tmp_path: Path, artifacts: Path) -> None:
    # Noise does not compress, as a raw photo hardly does: 3700 x 3650 pixels of three bytes.
    noise = np.random.default_rng(0).integers(0, 256, (3650, 3700, 3), dtype=np.uint8)
    photo = tmp_path / "photo.png"
    Image.fromarray(noise).save(photo, compress_level=0)
    assert photo.stat().st_size > 40_000_000
    view = mirror.output(1)

    view.locator(".jsp-param-picture input[type=file]").set_input_files(photo)
    # Progress is visible while it travels.
    expect(view.locator(".jsp-param-picture progress")).to_be_visible(timeout=PATIENCE)
    mirror.page.screenshot(path=artifacts / "upload-progress.png")
    expect(view.locator(".jsp-param-picture img.jsp-picture")).to_be_visible(timeout=2 * PATIENCE)

    run_button(mirror).click()
    expect(view.get_by_role("textbox", name="Result 2")).to_have_value("3700 x 3650", timeout=PATIENCE)
