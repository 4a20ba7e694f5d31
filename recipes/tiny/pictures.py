"""The training pictures, drawn once: pixels in one array on disk, several captions each.

A picture depends on its number and the seed only, so an interrupted run continues where it stopped and draws the same.
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recipes.tiny.captions import caption
from recipes.tiny.draw import SIDE, draw
from recipes.tiny.settings import PictureSettings
from recipes.tiny.world import Scene, sample_scene

_CHUNK = 2000


def scene_of(settings: PictureSettings, number: int) -> tuple[Scene, npt.NDArray[np.uint8], list[str]]:
    """The scene, the pixels and the captions of the picture with this number."""
    rng = np.random.default_rng((settings.seed, number))
    scene = sample_scene(rng)
    return scene, draw(scene, rng), [caption(scene, rng) for _ in range(settings.captions)]


def easy_numbers(settings: PictureSettings) -> list[int]:
    """The pictures of a plain object, not small, in the centre."""
    found = []
    for number in range(settings.pictures):
        scene = sample_scene(np.random.default_rng((settings.seed, number)))  # the first draw of `scene_of`
        if scene.texture == "plain" and scene.size != "small" and scene.place == "center":
            found.append(number)
    return found


def make(settings: PictureSettings, folder: Path) -> tuple[list[Path], list[list[str]]]:
    """Draws what is missing in the folder; returns the chunk files of pixels and the captions of every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    chunks, captions = [], []
    for start in range(0, settings.pictures, _CHUNK):
        pixels_file, words_file = folder / f"{start:06d}.npy", folder / f"{start:06d}.json"
        if not words_file.exists():  # written last
            numbers = range(start, min(start + _CHUNK, settings.pictures))
            made = [scene_of(settings, number) for number in numbers]
            pixels = np.stack([picture for _, picture, _ in made])
            assert pixels.shape[1:] == (SIDE, SIDE, 3)
            np.save(pixels_file, pixels)
            words_file.write_text(json.dumps([words for _, _, words in made]))
        chunks.append(pixels_file)
        captions += json.loads(words_file.read_text())
    return chunks, captions
