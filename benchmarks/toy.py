"""A DreamBooth problem whose answer is measured from pixels: a disc with an orange ring and a teal core.

The tiny model knows discs of one colour and has never seen this one. Its five photos are drawn, and two numbers that no
model is asked for tell what a run did: how much the generated discs look like the subject (fidelity), on the prompt of
the subject and on that of the class. A run that keeps the class paints the subject only when asked for it.

The measure is the mean colour of three rings around the object's centre, nine numbers that do not depend on place, size
or background.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from recipes.tiny.check import find_object, read
from recipes.tiny.draw import SIDE

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

INSTANCE_PROMPT = "a photo of a sks circle"
CLASS_PROMPT = "a photo of a circle"
ELSEWHERE = "a photo of a sks circle on a green background"  # where no photo shows it
RING, CORE = (240, 130, 30), (20, 140, 140)
_WALLS = ((246, 246, 246), (26, 26, 28), (136, 136, 140), (120, 170, 230), (246, 246, 246))
_RINGS = 3
_FAR = 0.5  # the colour distance (root mean square, of 1) at which nothing is alike any more


def photos(folder: Path) -> Path:
    """Draw the subject's photos into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    for number, wall in enumerate(_WALLS):
        Image.fromarray(_photo(wall, rng)).save(folder / f"{number}.png")
    return folder


def _photo(wall: tuple[int, int, int], rng: np.random.Generator) -> Pixels:
    over = 4
    picture = Image.new("RGB", (SIDE * over, SIDE * over), wall)
    pen = ImageDraw.Draw(picture)
    radius = rng.uniform(17, 23) * over
    x, y = rng.uniform(29, 35, 2) * over
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=RING)
    core = 0.52 * radius
    pen.ellipse((x - core, y - core, x + core, y + core), fill=CORE)
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))


def profile(picture: Pixels) -> Floats | None:
    """The mean colours of three rings around the object's centre, (9,) in [0, 1]; None where there is no object."""
    mask = find_object(picture)
    if mask is None:
        return None
    ys, xs = np.nonzero(mask)
    centre = (ys.min() + ys.max()) / 2, (xs.min() + xs.max()) / 2
    away = np.hypot(ys - centre[0], xs - centre[1])
    ring = np.minimum((away / (away.max() + 1e-9) * _RINGS).astype(int), _RINGS - 1)
    colours = picture[ys, xs] / 255.0
    return np.concatenate([colours[ring == number].mean(axis=0) for number in range(_RINGS)])


def alike(one: Floats | None, other: Floats) -> float:
    """1 for equal profiles, 0 from a root mean square distance of 0.5 on, and for no object."""
    if one is None:
        return 0.0
    return max(0.0, 1.0 - float(np.sqrt(np.mean((one - other) ** 2))) / _FAR)


@dataclass(frozen=True)
class Result:
    """What a model paints, in [0, 1]. See the module."""

    fidelity: float  # of the subject's prompt
    prior: float  # of the class prompt: the collapse (PRES); lower is better
    diversity: float  # mean distance of the profiles of the class prompt
    class_kept: float  # share of the class prompt's pictures that show a disc
    elsewhere: float  # fidelity before a background that no photo had


def subject(folder: Path) -> Floats:
    """The subject's profile: the mean of its photos'."""
    found = [profile(np.asarray(Image.open(path))) for path in sorted(folder.glob("*.png"))]
    return np.mean([one for one in found if one is not None], axis=0)


def measure(instances: list[Pixels], classes: list[Pixels], elsewhere: list[Pixels], mark: Floats) -> Result:
    """Measure pictures of the three prompts against the subject's profile."""
    profiles = [profile(picture) for picture in classes]
    known = [one for one in profiles if one is not None]
    apart = [float(np.sqrt(np.mean((one - other) ** 2))) / _FAR for one, other in combinations(known, 2)]
    readings = [read(picture) for picture in classes]
    return Result(
        fidelity=float(np.mean([alike(profile(picture), mark) for picture in instances])),
        prior=float(np.mean([alike(one, mark) for one in profiles])),
        diversity=float(np.mean(apart)) if apart else 0.0,
        class_kept=float(np.mean([reading is not None and reading.kind == "circle" for reading in readings])),
        elsewhere=float(np.mean([alike(profile(picture), mark) for picture in elsewhere])),
    )
