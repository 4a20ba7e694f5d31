"""A run's folder is the run: readable by anyone at any moment, also after a crash."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.history import ProbeRow, StepRow
from jupyter_spaces.train.run_folder import RunFolder, write_text


def row(step: int, **more: Any) -> StepRow:
    usual: dict[str, Any] = {
        "loss": 0.1, "instance_loss": 0.1, "prior_loss": math.nan, "lr": 1e-4, "grad_norm": 2.0, "seconds": 0.1,
        "memory": 3e9,
    }  # fmt: skip
    return StepRow(step, **{**usual, **more})


def picture(value: int = 0) -> Image.Image:
    return Image.new("RGB", (4, 4), (value, 0, 0))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    made = RunFolder(tmp_path / "my-dog")
    yield made
    made.close()


@pytest.fixture
def config() -> TrainConfig:
    return TrainConfig(instance_images=("ä.png", "b.png"), instance_prompt="a photo of sks dög", steps=7)


def test_the_config_is_yaml_that_gives_an_equal_config(folder: RunFolder, config: TrainConfig) -> None:
    """People read it: letters are letters, and the fields are in their order."""
    folder.write_config(config)
    text = (folder.path / "config.yaml").read_text("utf-8")
    assert "sks dög" in text
    assert list(yaml.safe_load(text)) == list(config.as_dict())
    assert folder.read_config() == config


def test_pictures_that_never_were_files_are_named_as_such(folder: RunFolder, config: TrainConfig) -> None:
    """And paths in a list become texts."""
    folder.write_config(config.replace(instance_images=(picture(), Path("b.png"))))
    assert folder.read_config().instance_images == ("(a picture)", "b.png")


def test_a_folder_without_a_config_is_no_run(tmp_path: Path) -> None:
    """The sentence says what it lacks."""
    with pytest.raises(CheckpointError, match=r"is not the folder of a run: it has no config\.yaml"):
        RunFolder(tmp_path).read_config()


def test_the_curves_are_lines_of_json(folder: RunFolder, config: TrainConfig) -> None:
    """NaN and infinity are null, since JSON knows neither; every line is on the disk when the call returns."""
    folder.write_config(config)
    folder.append_step(row(1, loss=math.inf))
    folder.append_step(row(2))
    folder.append_probe(ProbeRow(2, 0.5, math.nan))
    lines = (folder.path / "metrics.jsonl").read_text().splitlines()
    first = json.loads(lines[0], parse_constant=pytest.fail)
    assert (first["step"], first["loss"], first["prior_loss"], len(lines)) == (1, None, None, 2)
    history = RunFolder(folder.path).read_history()
    assert history["step"].tolist() == [1, 2]
    assert math.isnan(history["loss"][0])
    assert math.isnan(history["photo_loss"][0])
    assert history["class_loss"].tolist() == [0.5]


def test_a_last_line_that_a_crash_cut_off_is_left_out(folder: RunFolder, config: TrainConfig) -> None:
    """What was whole is read, and the run writes on after it."""
    folder.write_config(config)
    for step in (1, 2, 3):
        folder.append_step(row(step))
        folder.append_probe(ProbeRow(step, 0.1, 0.2))
    folder.close()
    for name in ("metrics.jsonl", "probes.jsonl"):
        path = folder.path / name
        path.write_text(path.read_text()[:-9])
    assert folder.read_history()["step"].tolist() == [1, 2]
    assert len(folder.read_history().probes) == 2
    folder.cut(2)
    folder.append_step(row(3, loss=0.9))
    folder.append_probe(ProbeRow(3, 0.1, 0.2))
    assert folder.read_history()["step"].tolist() == [1, 2, 3]
    assert folder.read_history()["loss"][-1] == np.float32(0.9)


def test_a_cut_removes_the_lines_and_samples_after_a_step(folder: RunFolder, config: TrainConfig) -> None:
    """The run goes on from there as if they had never been."""
    folder.write_config(config)
    for step in (1, 2, 3):
        folder.append_step(row(step))
        folder.append_probe(ProbeRow(step, 0.1, 0.2))
        folder.add_sample(step, "a dog", 0, picture(step))
    folder.cut(2)
    assert folder.read_history()["step"].tolist() == [1, 2]
    assert len(folder.read_history().probes) == 2
    assert [sample.step for sample in folder.read_samples()] == [1, 2]
    assert len(list((folder.path / "samples").glob("*.png"))) == 2
    again = folder.add_sample(3, "a dog", 0, picture(9))
    assert [sample.path for sample in folder.read_samples()][-1] == again.path
    folder.cut(0)
    assert folder.read_samples() == []
    assert len(folder.read_history()) == 0


def test_samples_keep_their_prompt_and_seed(folder: RunFolder) -> None:
    """Two of one step have files of their own; one that was deleted by hand is not listed, and none is overwritten."""
    first = folder.add_sample(100, "a sks dog", 0, picture(1))
    second = folder.add_sample(100, "a sks dog, {brackets}", 1, picture(2))
    assert folder.read_samples() == [first, second]
    assert np.asarray(Image.open(second.path))[0, 0, 0] == 2
    first.path.unlink()
    folder.cut(100)
    third = folder.add_sample(100, "a dog", 2, picture(3))
    assert folder.read_samples() == [second, third]
    assert np.asarray(Image.open(second.path))[0, 0, 0] == 2


def test_small_pictures_are_in_order(folder: RunFolder) -> None:
    """Written again, they take the places of those before."""
    paths = folder.write_pictures("photos", [picture(1), picture(2)])
    assert folder.pictures("photos") == paths
    folder.write_pictures("photos", [picture(7)])
    assert [int(np.asarray(Image.open(path))[0, 0, 0]) for path in folder.pictures("photos")] == [7, 2]
    assert folder.pictures("class") == []


def test_a_file_is_replaced_and_never_rewritten(folder: RunFolder, config: TrainConfig) -> None:
    """A reader that has it open reads the old one to its end; nothing else is left in the folder."""
    folder.write_config(config)
    path = folder.path / "config.yaml"
    with path.open(encoding="utf-8") as reader:
        head = reader.read(10)
        folder.write_config(config.replace(steps=9))
        rest = reader.read()
    assert "steps: 7\n" in head + rest
    assert folder.read_config().steps == 9
    write_text(folder.path / "card.md", "ö")
    folder.add_sample(1, "a", 0, picture())
    folder.append_step(row(1))
    folder.cut(1)
    assert list(folder.path.rglob(".*")) == []
