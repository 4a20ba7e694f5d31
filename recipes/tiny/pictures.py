"""The training pictures, drawn once: pixels and where the object is in arrays on disk, several captions each.

A picture depends on its number and the seed only, so an interrupted run continues where it stopped and draws the same.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recipes.tiny.captions import caption
from recipes.tiny.draw import SIDE, draw_with_cover
from recipes.tiny.settings import PictureSettings
from recipes.tiny.world import sample_scene

_CHUNK = 2000
_CELL = 4  # pixels of the side of one latent position


@dataclass(frozen=True)
class Drawn:
    """One training picture."""

    pixels: npt.NDArray[np.uint8]  # (64, 64, 3)
    cover: npt.NDArray[np.uint8]  # (16, 16): how much of each latent position the object covers, of 255
    captions: list[str]


def picture(settings: PictureSettings, number: int) -> Drawn:
    """The picture with this number."""
    rng = np.random.default_rng((settings.seed, number))
    scene = sample_scene(rng)
    pixels, alpha = draw_with_cover(scene, rng)
    cover = alpha.reshape(SIDE // _CELL, _CELL, SIDE // _CELL, _CELL).mean((1, 3))
    return Drawn(pixels, (255 * cover).astype(np.uint8), [caption(scene, rng) for _ in range(settings.captions)])


def easy_numbers(settings: PictureSettings) -> list[int]:
    """The pictures of a plain object, not small, in the centre."""
    found = []
    for number in range(settings.pictures):
        scene = sample_scene(np.random.default_rng((settings.seed, number)))  # the first draw of `picture`
        if scene.texture == "plain" and scene.size != "small" and scene.place == "center":
            found.append(number)
    return found


@dataclass(frozen=True)
class Pictures:
    """All of them: the files of pixels, where the objects are, (n, 16, 16) in bytes, and what they are called."""

    chunks: list[Path]
    covers: npt.NDArray[np.uint8]
    captions: list[list[str]]


def make(settings: PictureSettings, folder: Path) -> Pictures:
    """Draws what is missing in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    chunks, covers, captions = [], [], []
    for start in range(0, settings.pictures, _CHUNK):
        pixels_file, words_file = folder / f"{start:06d}.npy", folder / f"{start:06d}.json"
        covers_file = folder / f"{start:06d}-covers.npy"
        if not words_file.exists():  # written last
            numbers = range(start, min(start + _CHUNK, settings.pictures))
            made = [picture(settings, number) for number in numbers]
            np.save(pixels_file, np.stack([one.pixels for one in made]))
            np.save(covers_file, np.stack([one.cover for one in made]))
            words_file.write_text(json.dumps([one.captions for one in made]))
        chunks.append(pixels_file)
        covers.append(np.load(covers_file))
        captions += json.loads(words_file.read_text())
    return Pictures(chunks, np.concatenate(covers), captions)
