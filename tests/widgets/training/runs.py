"""Runs for the dashboard's tests: one that was written long ago, and one that trains now."""

from __future__ import annotations

import json
import math
from pathlib import Path

from PIL import Image

from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.history import ProbeRow, StepRow
from jupyter_spaces.train.run import Run
from jupyter_spaces.train.run_folder import RunFolder

SUBJECT, CLASS = "a photo of sks dog", "a photo of a dog"


def write_run(path: Path, *, steps: int = 300, goal: int | None = None, every: int = 100) -> Path:
    """The folder of a run with samples and checkpoints at every hundredth step; returns it."""
    folder = RunFolder(path)
    config = TrainConfig(instance_images=str(path / "photos"), instance_prompt=SUBJECT, class_prompt=CLASS,
                         steps=goal or steps)  # fmt: skip
    folder.write_config(config)
    folder.write_pictures("photos", [Image.new("RGB", (64, 64), (200, 120 + 20 * n, 40)) for n in range(3)])
    folder.write_pictures("class", [Image.new("RGB", (64, 64), (40, 90, 120 + 20 * n)) for n in range(4)])
    folder.append_probe(ProbeRow(0, 0.03, 0.3))
    for step in range(1, steps + 1):
        wave = 0.05 * math.sin(step * 1.7) ** 2
        instance, prior = 0.1 + 0.4 * math.exp(-step / 60) + wave, 0.06 + wave / 2
        folder.append_step(StepRow(step, instance + prior, instance, prior, 5e-6, 0.8 + wave, 0.1, 2.0 * 2**30))
        if step % 25 == 0:
            folder.append_probe(ProbeRow(step, 0.03 + step / 5000, 0.3 * math.exp(-step / 90) + step / 4000))
        if step % every == 0:
            for seed in (0, 1):
                for prompt in (SUBJECT, CLASS):
                    folder.add_sample(step, prompt, seed, Image.new("RGB", (96, 96), (step % 256, 100, 60 + 80 * seed)))
            saved = folder.checkpoints / f"step-{step:06d}"
            saved.mkdir(parents=True)
            (saved / "state.json").write_text(json.dumps({"step": step}))
            (saved / "scores.json").write_text(json.dumps({"fidelity": 0.4 + step / 1000}))
    folder.close()
    return path


def reopened(path: Path) -> Run:
    """The run of a folder, as another kernel left it."""
    return Run.open(path.name, path)


def started(path: Path, *, steps: int) -> Run:
    """A run of the tiny model that trains now; small in everything that takes time."""
    photos = path / "photos-of-it"
    photos.mkdir(parents=True)
    for number in range(4):
        Image.effect_noise((64, 64), 40 + 20 * number).convert("RGB").save(photos / f"{number}.png")
    config = TrainConfig(
        instance_images=str(photos), instance_prompt=SUBJECT, class_prompt=CLASS, steps=steps, method="lora",
        num_class_images=1, prior_steps=1, crops=1, sample_steps=1, sample_every=10**6, checkpoint_every=10**6,
        probe_every=10**6,
    )  # fmt: skip
    return Run(path.name, config, path / "run").start()
