"""Photos of a subject and a small random model to train on: what the tests of runs share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from recipes.tiny.draw import draw
from recipes.tiny.world import Scene


def write_photos(folder: Path, count: int = 5) -> Path:
    """Drawn photos of a purple mug before different walls."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        background = ("white", "sky", "gray", "yellow", "grass")[number % 5]
        scene = Scene("mug", "purple", size="large", background=background)
        Image.fromarray(draw(scene, rng)).save(folder / f"{number}.png")
    return folder


def settings(photos: Path, **more: Any) -> dict[str, Any]:
    """A short run of the random model, whose pictures are 16 pixels wide."""
    return {
        "instance_images": str(photos), "instance_prompt": "a red boat", "class_prompt": "a boat", "model": "random",
        "steps": 8, "num_class_images": 8, "learning_rate": 1e-3, "checkpoint_every": 4, "sample_every": None,
        "probe_every": 4, "prior_steps": 2, "sample_steps": 2, "sample_seeds": [0],
    } | more  # fmt: skip
