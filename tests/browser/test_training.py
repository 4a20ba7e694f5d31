"""The training dashboard in a real JupyterLab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Lab
from tests.browser.notebook import PATIENCE
from tests.widgets.training.runs import write_run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

OLD = """from pathlib import Path
from jupyter_spaces.train import Run
from jupyter_spaces.widgets.training import display_run
run = Run.open("my-dog", Path("runs/my-dog"))
display_run(run)"""
LIVE = """from PIL import Image
from pathlib import Path
from jupyter_spaces import train
from jupyter_spaces.widgets.training import display_run
Path("photos").mkdir(exist_ok=True)
for number in range(4):
    Image.effect_noise((64, 64), 40 + 20 * number).convert("RGB").save(f"photos/{number}.png")
run = train.dreambooth("live", instance_images="photos", instance_prompt="a photo of sks dog",
                       class_prompt="a photo of a dog", steps=100000, method="lora", num_class_images=1, prior_steps=1,
                       crops=1, sample_steps=2, sample_every=1000, checkpoint_every=1000, probe_every=1000)
display_run(run)"""


def test_a_run_from_its_folder_in_light_dark_and_without_a_kernel(
    open_notebook: OpenNotebook, lab: Lab, artifacts: Path
) -> None:
    if not (lab.folder / "runs" / "my-dog").exists():
        write_run(lab.folder / "runs" / "my-dog", steps=300, goal=400)
    notebook = open_notebook([OLD])
    notebook.hide_side_bar()
    notebook.run(0)
    board = notebook.output(0).locator(".jsp-training")
    expect(board.locator(".jsp-samples img[src]")).to_have_count(12, timeout=PATIENCE)
    expect(board.locator(".jsp-facts")).to_contain_text("300 of 400")
    notebook.page.screenshot(path=artifacts / "training-lab-light.png")
    notebook.use_theme("JupyterLab Dark")
    notebook.page.wait_for_function("() => getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')")
    notebook.page.screenshot(path=artifacts / "training-lab-dark.png")
    notebook.use_theme("JupyterLab Light")

    # Letters belong to the notebook only outside of the dashboard.
    board.locator(".jsp-chart-stage").focus()
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")
    expect(notebook.cell(0)).to_be_visible()

    notebook.wait_until_static(0, "300 of 400")
    notebook.save()
    lab.shut_kernels_down()
    reader = open_notebook(notebook.path, start_kernel=False)
    reader.hide_side_bar()
    expect(reader.output(0)).to_contain_text("stopped, step 300 of 400", timeout=PATIENCE)
    curves = reader.output(0).get_by_role("img", name="The curves of my-dog")
    assert curves.evaluate("async (img) => { await img.decode(); return img.naturalWidth; }") == 720
    reader.page.screenshot(path=artifacts / "training-lab-static.png")


def test_a_live_run_survives_a_reload_and_obeys(open_notebook: OpenNotebook, artifacts: Path) -> None:
    notebook = open_notebook([LIVE, "run.stop(); run.result(60)"])
    notebook.hide_side_bar()
    notebook.run(0)
    board = notebook.output(0).locator(".jsp-training")
    state = board.locator(".jsp-badge")
    expect(state).to_have_text("Training", timeout=3 * PATIENCE)  # diffusers is imported, the photos are encoded
    expect(board.locator(".jsp-facts")).to_contain_text(re.compile(r"[5-9]\d* of 100000"), timeout=PATIENCE)
    expect(board.locator(".jsp-samples img[src]").first).to_be_visible(timeout=PATIENCE)
    notebook.save()

    # The same run, with its whole curve and its samples.
    notebook.page.reload()
    expect(state).to_have_text("Training", timeout=PATIENCE)
    expect(board.locator(".jsp-samples img[src]").first).to_be_visible(timeout=PATIENCE)
    board.get_by_role("button", name="Pause", exact=True).click()
    expect(state).to_have_text("Paused", timeout=PATIENCE)
    notebook.page.screenshot(path=artifacts / "training-lab-paused.png")
    board.get_by_role("button", name="Stop", exact=True).click()
    expect(state).to_have_text("Stopped", timeout=PATIENCE)
    expect(board.get_by_role("slider", name="Checkpoint")).to_be_visible(timeout=PATIENCE)
    notebook.run(1)
    notebook.wait_until_executed(1)
