"""Ordinary photographs for the autoencoder: the samples that scikit-image and scikit-learn ship, some held out.

The model's pictures are drawn, but people will teach it their own photographs: its autoencoder must carry those.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skimage
import sklearn
from PIL import Image

_SKIMAGE = Path(skimage.__file__).parent / "data"
_SKLEARN = Path(sklearn.__file__).parent / "datasets" / "images"

SEEN: tuple[Path, ...] = (
    *(_SKLEARN / name for name in ("china.jpg", "flower.jpg")),
    *(_SKIMAGE / name for name in ("coffee.png", "motorcycle_left.png", "retina.jpg", "hubble_deep_field.jpg")),
    *(_SKIMAGE / name for name in ("ihc.png", "brick.png", "grass.png", "gravel.png", "camera.png")),
)
HELD_OUT: tuple[Path, ...] = tuple(_SKIMAGE / name for name in ("astronaut.png", "chelsea.png", "rocket.jpg"))


@lru_cache(maxsize=32)
def _load(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def crop(paths: Sequence[Path], rng: np.random.Generator, side: int = 64) -> npt.NDArray[np.uint8]:
    """A random square of a random photograph, mirrored half of the time, (side, side, 3)."""
    photo = _load(paths[int(rng.integers(len(paths)))])
    shorter = min(photo.size)
    width = int(side + (shorter - side) * rng.random() ** 0.7)
    left = int(rng.integers(photo.size[0] - width + 1))
    top = int(rng.integers(photo.size[1] - width + 1))
    square = photo.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + width, top + width))
    pixels = np.asarray(square)
    return pixels[:, ::-1] if rng.random() < 0.5 else pixels


def held_out_crops(side: int = 64, each: int = 33, seed: int = 0) -> npt.NDArray[np.uint8]:
    """What the reconstruction is measured on: of every held-out photograph its central square and random crops."""
    rng = np.random.default_rng(seed)
    squares = []
    for path in HELD_OUT:
        photo = _load(path)
        width = min(photo.size)
        left, top = (photo.size[0] - width) // 2, (photo.size[1] - width) // 2
        centre = photo.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + width, top + width))
        squares.append(np.asarray(centre))
        squares += [crop([path], rng, side) for _ in range(each)]
    return np.stack(squares)
