"""Reads object, colour, place and size from the pixels alone: the judge of the tiny model's pictures.

It never sees the model. What differs from the background, which is read row by row at both edges, is the object; its
colour is the colour name most of its pixels are closest to, its place and size those of its box, and its kind the kind
whose freshly drawn outline overlaps best, if any does well. On drawn pictures it must agree with the words that they
were drawn from (see `evaluate.agreement_on_drawings`), and a wrong caption must fail.
"""

# mypy: disable-error-code="no-untyped-call"
# scikit-image has no types.

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.color import rgb2lab
from skimage.measure import label, regionprops
from skimage.morphology import remove_small_holes

from recipes.tiny.draw import SIDE, silhouette
from recipes.tiny.world import COLOURS, KINDS, PLACES, Scene

Mask = npt.NDArray[np.bool_]
_FRAME = 32  # pixels of the side in which outlines are compared
_TEMPLATES = 24  # drawn outlines per kind
_LEAST_OVERLAP = 0.7  # with the best drawn outline, or the object is none that is known; 98 % of drawings reach 0.79
_LEAST_DIFFERENCE = 16.0  # CIELAB distance to the background that makes a pixel part of the object


@dataclass(frozen=True)
class Reading:
    """What the pixels show."""

    kind: str
    colour: str
    place: str
    size: str
    overlap: float  # of the outline with the best drawn one, intersection over union


def background_rows(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The background's CIELAB colour in each row, (64, 3), from two columns at either edge."""
    lab = rgb2lab(picture)
    return np.asarray(np.median(np.concatenate([lab[:, :2], lab[:, -2:]], axis=1), axis=1))


def find_object(picture: npt.NDArray[np.uint8]) -> Mask | None:
    """The pixels of the object, or nothing where none stands out."""
    lab = rgb2lab(picture)
    rows = background_rows(picture)
    near = np.stack([np.roll(rows, shift, axis=0) for shift in (-2, -1, 0, 1, 2)])  # horizons may lie a little askew
    near[:2, -2:], near[3:, :2] = rows[-1], rows[0]
    different = np.linalg.norm(lab[None] - near[:, :, None, :], axis=-1).min(axis=0) > _LEAST_DIFFERENCE
    regions = label(different, connectivity=2)
    sizes = np.bincount(regions.ravel())
    sizes[0] = 0
    if sizes.size < 2 or sizes.max() < 40:
        return None
    return np.asarray(remove_small_holes(regions == sizes.argmax(), max_size=11))


def _normalise(mask: Mask) -> Mask:
    ys, xs = np.nonzero(mask)
    box = mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = _FRAME / max(box.shape)
    height, width = (max(1, round(length * scale)) for length in box.shape)
    small = np.asarray(Image.fromarray(box.astype(np.uint8) * 255).resize((width, height), Image.Resampling.BOX)) > 127
    frame = np.zeros((_FRAME, _FRAME), dtype=bool)
    top, left = (_FRAME - height) // 2, (_FRAME - width) // 2
    frame[top : top + height, left : left + width] = small
    return frame


@lru_cache(maxsize=1)
def _templates() -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(20_000)
    drawn = [[_normalise(silhouette(kind, rng)).ravel() for _ in range(_TEMPLATES)] for kind in KINDS]
    return np.array(drawn, dtype=np.float32)


def _kind(mask: Mask) -> tuple[str, float]:
    templates = _templates()
    shape = _normalise(mask).ravel().astype(np.float32)
    both = templates @ shape
    overlaps = (both / (templates.sum(axis=-1) + shape.sum() - both)).max(axis=1)
    best = int(overlaps.argmax())
    overlap = float(overlaps[best])
    return KINDS[best] if overlap >= _LEAST_OVERLAP else "unknown", overlap


_SHADES = (0.72, 0.9, 1.0, 1.12)  # the light on an object and its darker parts


@lru_cache(maxsize=1)
def _palette() -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    names = [name for name in COLOURS for _ in _SHADES]
    shades = [np.clip(np.array(rgb) * shade, 0, 255) for rgb in COLOURS.values() for shade in _SHADES]
    return tuple(names), rgb2lab(np.array(shades)[None] / 255)[0]


def _colour(picture: npt.NDArray[np.uint8], mask: Mask) -> str:
    names, palette = _palette()
    pixels = rgb2lab(picture)[mask]
    nearest = np.linalg.norm(pixels[:, None] - palette[None], axis=-1).argmin(axis=1)
    votes = dict.fromkeys(COLOURS, 0)
    for index, count in zip(*np.unique(nearest, return_counts=True), strict=True):
        votes[names[index]] += int(count)
    return max(votes, key=lambda name: votes[name])


def read(picture: npt.NDArray[np.uint8]) -> Reading | None:
    """The reading of a picture (64, 64, 3), or nothing where no object stands out."""
    mask = find_object(picture)
    if mask is None:
        return None
    box = regionprops(mask.astype(np.uint8))[0].bbox
    centre = ((box[1] + box[3]) / 2 - SIDE / 2, (box[0] + box[2]) / 2 - SIDE / 2)
    lengths = (box[3] - box[1], box[2] - box[0])
    steps = []
    for offset, length in zip(centre, lengths, strict=True):
        reach = (SIDE - length) / 2  # as far as the object could go
        steps.append(0 if abs(offset) < min(6.0, max(2.5, 0.5 * reach)) else int(np.sign(offset)))
    place = next(name for name, direction in PLACES.items() if direction == tuple(steps))
    longest = max(lengths) / SIDE
    size = "small" if longest < 0.39 else "large" if longest > 0.59 else "medium"
    kind, overlap = _kind(mask)
    return Reading(kind, _colour(picture, mask), place, size, overlap)


def agrees(scene: Scene, reading: Reading | None, asked: frozenset[str]) -> dict[str, bool]:
    """Whether the picture shows what was asked for, by property."""
    return {name: reading is not None and getattr(reading, name) == getattr(scene, name) for name in sorted(asked)}
