"""Pictures for the tests: one in which every turn and mirroring shows, noise, and a subject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Four quarters of different colours: upright is red, green above blue, white."""
    picture = Image.new("RGB", (width, height), (255, 0, 0))
    picture.paste((0, 160, 0), (width // 2, 0, width, height))
    picture.paste((0, 0, 255), (0, height // 2, width, height))
    picture.paste((255, 255, 255), (width // 2, height // 2, width, height))
    return picture


def noise(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def save(folder: Path, name: str, picture: Image.Image | None = None, **options: Any) -> Path:
    """Save a picture (noise of its own by default) under a name and return the path."""
    path = folder / name
    (picture or noise(seed=sum(name.encode()))).save(path, **options)
    return path


def with_subject(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """A striped ball in a box, on a ground that grows lighter and is a little noisy."""
    width, height = size
    ground = np.linspace(90, 150, width)[None, :, None] + np.random.default_rng(0).normal(0, 4, (height, width, 3))
    picture = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    draw.ellipse(box, fill=(220, 60, 30))
    for line in range(box[1] + (box[3] - box[1]) // 3, box[3] - (box[3] - box[1]) // 4, 12):
        draw.line((box[0] + (box[2] - box[0]) // 4, line, box[2] - (box[2] - box[0]) // 4, line), "white", 3)
    return picture
