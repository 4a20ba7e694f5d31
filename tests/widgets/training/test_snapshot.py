"""The static form: what a reader without a kernel sees of a run."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from jupyter_spaces.train.run import Run
from jupyter_spaces.widgets.training import run_snapshot
from jupyter_spaces.widgets.training.envelope import DECAY
from tests.widgets.training.runs import reopened, write_run


def test_it_is_one_piece_of_html_without_script(old_run: Run) -> None:
    """Everything is inside: nothing is fetched, nothing runs, no style sheet is needed."""
    html = run_snapshot(old_run)["text/html"]
    sources = re.findall(r'src="([^"]{0,40})', html)
    assert len(sources) == 1 + 12 + 3 + 4
    assert all(source.startswith(("data:image/png;base64,", "data:image/svg+xml;base64,")) for source in sources)
    assert not re.search(r"<(script|style|link|svg|iframe)|\son\w+=|url\(", html)
    assert len(html) < 300_000


def test_it_says_the_key_figures(old_run: Run) -> None:
    """In the table and in the text; the smoothed loss is the weighted mean that it stands for."""
    bundle = run_snapshot(old_run)
    losses = old_run.history["loss"].tolist()
    weights = [DECAY ** (len(losses) - 1 - place) for place in range(len(losses))]
    smoothed = sum(w * loss for w, loss in zip(weights, losses, strict=True)) / sum(weights)
    lines = bundle["text/plain"].splitlines()
    assert lines[0] == "my-dog: stopped, step 300 of 400"
    said = dict(line.strip().split(": ") for line in lines[1:] if ": " in line)
    assert float(said["loss, smoothed"]) == pytest.approx(smoothed, rel=2e-3)
    assert said["class probe"] == "0.03 → 0.09"
    assert said["checkpoints"] == "100, 200, 300"
    assert said["speed"] == "10 steps/s"
    for name, text in said.items():
        assert f">{name}</td>" in bundle["text/html"]
        assert f">{text}</td>" in bundle["text/html"]


def test_the_curves_are_also_a_png(old_run: Run) -> None:
    """For readers that show no HTML."""
    image = Image.open(io.BytesIO(base64.b64decode(run_snapshot(old_run)["image/png"])))
    assert image.format == "PNG"
    assert image.width == 1440
    assert len(image.convert("RGB").getcolors(100_000) or []) > 8


def test_names_and_prompts_are_words_and_no_markup(tmp_path: Path) -> None:
    """A prompt may hold anything."""
    run = reopened(write_run(tmp_path / "<b>dog", steps=100))
    html = run_snapshot(run)["text/html"]
    assert "&lt;b&gt;dog" in html
    assert "<b>dog" not in html


def test_a_run_that_measured_nothing_has_no_curves(tmp_path: Path) -> None:
    """And still says what it is."""
    bundle = run_snapshot(reopened(write_run(tmp_path / "my-dog", steps=0, goal=50)))
    assert "step 0 of 50" in bundle["text/plain"]
    assert "my-dog" in bundle["text/html"]


def test_a_long_run_stays_small(tmp_path: Path) -> None:
    """A saved notebook holds at most eight steps of samples, and curves of a bounded length."""
    run = reopened(write_run(tmp_path / "my-dog", steps=3000))
    html = run_snapshot(run)["text/html"]
    assert html.count("<th ") == 8
    assert "step 3000</th>" in html
    assert "step 100</th>" in html
    assert len(html) < 400_000
