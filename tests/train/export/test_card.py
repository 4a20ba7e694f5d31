"""A card may be published as it is: it says what the model is, and its pictures and its cell work elsewhere."""

from __future__ import annotations

import html
import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt
from PIL import Image

from jupyter_spaces.train.checkpoint import Checkpoint
from jupyter_spaces.train.config import TrainConfig, read_config
from jupyter_spaces.train.evaluate import Evaluation, Scores
from jupyter_spaces.train.export import write_card
from jupyter_spaces.train.export.markdown import block, code, table
from jupyter_spaces.train.history import History, ProbeRow, StepRow
from jupyter_spaces.train.run_folder import RunFolder, Sample

CHECKPOINT_STATE = (
    '{"step": 20, "device": "cuda:0", "versions": {"python": "3.11.2", "torch": "2.9.0", "diffusers": "0.40.0"}}'
)


def history_of(steps: int) -> History:
    """Losses that fall from 1, and probes whose photo loss is lowest at step 10."""
    history = History()
    for step in range(1, steps + 1):
        history.steps.append(StepRow(step, 1.0, 1.0 / step, math.nan, 1e-4, 0.5, 0.25, 3e9))
    for step, photo in ((5, 0.3), (10, 0.1), (20, 0.2)):
        history.probes.append(ProbeRow(step, 0.5, photo))
    return history


def card_of(folder: Path, **more: Any) -> tuple[str, dict[str, Any]]:
    """The card of a run of 20 steps, as text and with its head read."""
    folder.mkdir(parents=True, exist_ok=True)
    files = RunFolder(folder)
    for step in (0, 10, 20, 30):
        for seed in (0, 1):
            files.add_sample(step, "a photo of sks dog", seed, Image.new("RGB", (16, 16)))
    checkpoint = folder / "checkpoints" / "step-000020"
    checkpoint.mkdir(parents=True, exist_ok=True)
    (checkpoint / "state.json").write_text(CHECKPOINT_STATE)
    given: dict[str, Any] = {
        "config": settings(folder),
        "history": history_of(30),
        "samples": files.read_samples(),
        "checkpoint": Checkpoint(20, checkpoint, 0),
    } | more
    path = write_card(folder, given.pop("config"), **given)
    assert path == folder / "card.md"
    text = path.read_text("utf-8")
    head: dict[str, Any] = yaml.safe_load(text.removeprefix("---\n").split("\n---\n")[0])
    return text, head


def settings(folder: Path, **more: Any) -> TrainConfig:
    return TrainConfig(
        **{
            "instance_images": str(folder.parent / "my photos"), "instance_prompt": "a photo of sks dog",
            "class_prompt": "a photo of a dog", "class_images": str(folder.parent / "dogs"), "method": "lora",
            "model": "stabilityai/stable-diffusion-2-1", "learning_rate": 1e-4, "steps": 30, "device": "cpu",
        } | more
    )  # fmt: skip


def test_the_hub_reads_the_head(tmp_path: Path) -> None:
    """Its own client parses the card: the base, the prompt, the tags, and a gallery of the checkpoint's pictures."""
    folder = tmp_path / "runs" / "my-dog"
    text, head = card_of(folder)
    data = ModelCard(text).data.to_dict()
    assert data["base_model"] == "stabilityai/stable-diffusion-2-1"
    assert data["tags"] == ["text-to-image", "diffusers", "dreambooth", "lora"]
    assert head["instance_prompt"] == "a photo of sks dog"
    assert "license" not in data
    assert "add `license:` to the head" in text
    urls = [entry["output"]["url"] for entry in head["widget"]]
    assert [Path(url).name[:11] for url in urls] == ["step-000020"] * 2
    assert all((folder / url).is_file() for url in urls)


def test_no_path_of_this_machine_is_in_it(tmp_path: Path) -> None:
    """Not of the photos, the class images, the base or the run; every picture is named by its place beside the card."""
    folder = tmp_path / "runs" / "my dog"
    (tmp_path / "runs" / "my-base").mkdir(parents=True)
    text, head = card_of(folder, config=settings(folder, model=str(tmp_path / "runs" / "my-base"), method="full"))
    assert str(tmp_path) not in text
    assert "my photos" not in text
    assert "base_model" not in head  # no repository has that name
    assert "`my-base`" in text
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert len(pictures) == 2
    assert all((folder / unquote(picture)).is_file() for picture in pictures)


def test_the_cell_makes_it_again(tmp_path: Path) -> None:
    """It is read as the config of the run, with the usual names for folders; what was left out is left out again."""
    folder = tmp_path / "my-dog"
    config = settings(folder, snr_gamma=5.0, sample_seeds=(3, 4))
    text, _ = card_of(folder, config=config)
    (cell,) = re.findall(r"```\n%%train dreambooth my-dog\n(.*?)```", text, re.DOTALL)
    again = read_config(cell)
    assert again == config.replace(instance_images="photos/", class_images="class/", device=None)
    assert "batch_size" not in cell


def test_the_key_figures_are_the_checkpoint_s(tmp_path: Path) -> None:
    """Nothing of the steps after it; what was not measured is not in the table."""
    text, _ = card_of(tmp_path / "my-dog")
    training = text.split("## Training")[1].split("##")[0]
    assert "| steps | 20 |" in training
    assert "| loss on the photos, first and last tenth | 0.7500, 0.0513 |" in training
    assert "| probe loss of the held-out photo, first and last | 0.3000, 0.2000 |" in training
    assert "| probe loss of the held-out photo, lowest | 0.1000 at step 10 |" in training
    assert "| time per step, median | 0.25 s |" in training
    assert "| memory, most | 3.0 GB |" in training
    assert "class images" not in training


def test_settings_are_those_that_differ(tmp_path: Path) -> None:
    """And the few that everybody asks for, each with its meaning; the versions and the device below."""
    text, _ = card_of(tmp_path / "my-dog")
    table_of = text.split("## Settings")[1].split("##")[0]
    for line in ("| `method` | `lora` |", "| `learning_rate` | `0.0001` |", "| `batch_size` | `1` | photos per step |"):
        assert line in table_of
    assert "adam_beta1" not in table_of
    assert "`device`" not in table_of
    assert "torch 2.9.0, diffusers 0.40.0, on cuda:0." in table_of


def test_an_evaluation_is_a_table(tmp_path: Path) -> None:
    """One row per checkpoint in percent, the recommended one named, and what was not measured as a dash."""
    evaluation = Evaluation(
        "a photo of sks dog", "a photo of a dog", ("a photo of sks dog",), (0,), str(tmp_path / "dino"), "CLIP-T",
        "LPIPS", 0.9, Scores(None, 0.3, 0.3, 0.2, math.nan),
        (Scores(10, 0.4, 0.3, 0.2, math.nan), Scores(20, 0.9, 0.3, 0.1, math.nan)),
    )  # fmt: skip
    text, _ = card_of(tmp_path / "my-dog", evaluation=evaluation)
    rows = text.split("## Evaluation")[1].split("##")[0]
    assert "| step | subject learned | class kept | prompt followed | diversity |" in rows
    assert "| 10 | 17 % | 100 % | 100 % | - |" in rows
    assert "| 20 (recommended) | 100 % | 100 % | 50 % | - |" in rows
    assert "compared by `dino`" in rows
    assert "## Evaluation" not in card_of(tmp_path / "other")[0]


def test_a_run_without_pictures_or_curves_has_a_card(tmp_path: Path) -> None:
    """What is not there is not spoken of; a picture outside the folder counts as not there."""
    away = Sample(10, "a photo of sks dog", 0, tmp_path / "elsewhere.png")
    text, head = card_of(tmp_path / "my-dog", samples=[away], history=History())
    assert "widget" not in head
    assert "![" not in text
    assert "There is no record of the training." in text


@pytest.mark.parametrize(
    "prompt", ["a `sks` | dog", "<script>alert(1)</script>", "```\n# sks", "sks\n---\nlicense: mit", "`", "[sks](x)"]
)
def test_a_prompt_stays_a_prompt(tmp_path: Path, prompt: str) -> None:
    """Whatever is in it: rendered, it is code, the page keeps its sections and tables, and the head its fields."""
    folder = tmp_path / "my-dog"
    text, head = card_of(folder, config=settings(folder, instance_prompt=prompt, class_prompt=None, class_images=None))
    assert head["instance_prompt"] == prompt
    data = ModelCard(text).data.to_dict()
    assert "license" not in data
    page = MarkdownIt("gfm-like", {"linkify": False}).render(ModelCard(text).text)
    line = html.escape(" ".join(prompt.split()), quote=False).replace('"', "&quot;")
    assert f"<code>{line}</code>" in page
    assert "<script" not in page
    assert page.count("<h1>") == 1
    assert page.count("<table>") == 3
    sections = re.findall("<h2>(.*?)</h2>", page)
    assert sections == ["Use", "Settings", "Training", "Make it again", "License"]


def test_markdown_by_itself() -> None:
    """Fences are longer than what they hold, and a table is head, rule and rows."""
    assert code("plain") == "`plain`"
    assert code("a ` b") == "`` a ` b ``"
    assert block("```\n", "python") == "````python\n```\n````"
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
