"""Where in a picture something is to be seen: edges, and colours that the border does not have.

A square has to be cut from most photos, and the subject is not always in the middle. Detectors would need a model; two
cheap signals on a thumbnail are enough to keep the subject in the square (compare Achanta et al., 2009, CVPR, for
colour contrast, and smartcrop.js for edges).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Map = npt.NDArray[np.float32]

_LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601
_BORDER_SAMPLES = 64
# A subject that touches the border puts its own colours there: what less than this share of the border has, stands out.
_BORDER_SHARE = 0.2
_CENTRE_SPREAD = 0.8  # of half a picture: photographers aim, but not well


def saliency(picture: Image.Image) -> Map:
    """How much each pixel draws the eye, (height, width), adding up to 1. Give a thumbnail: it is quadratic work."""
    pixels: Map = np.asarray(picture.convert("RGB"), np.float32) / np.float32(255)
    drawn = _share(_edges(pixels @ _LUMA)) + _share(_contrast(pixels))
    return _share(drawn * _centre(picture.height, picture.width))


def _share(values: Map) -> Map:
    """Scaled to add up to 1. A flat picture draws the eye everywhere alike."""
    total = float(values.sum())
    if total <= 1e-6 * values.size:
        return np.full_like(values, 1 / values.size)
    return values / np.float32(total)


def _edges(grey: Map) -> Map:
    padded = np.pad(grey, 1, "edge")
    across = padded[1:-1, 2:] - padded[1:-1, :-2]
    down = padded[2:, 1:-1] - padded[:-2, 1:-1]
    return np.asarray(np.hypot(across, down), np.float32)


def _contrast(pixels: Map) -> Map:
    """Distance in RGB to the border's colours, those that a good part of the border has."""
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    border = border[np.linspace(0, len(border) - 1, _BORDER_SAMPLES).astype(int)]
    distances = np.linalg.norm(pixels[:, :, None] - border, axis=-1)
    rank = int(_BORDER_SHARE * _BORDER_SAMPLES)
    return np.asarray(np.partition(distances, rank, axis=-1)[:, :, rank], np.float32)


def _centre(height: int, width: int) -> Map:
    def bell(count: int) -> Map:
        place = (np.arange(count, dtype=np.float32) + 0.5) / count * 2 - 1
        return np.asarray(np.exp(-0.5 * (place / _CENTRE_SPREAD) ** 2), np.float32)

    return np.asarray(np.outer(bell(height), bell(width)), np.float32)
