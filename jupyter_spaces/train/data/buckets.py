"""Sizes of about the same number of pixels, so that a wide photo need not lose its ends to a square.

A batch has one size; the families that take other shapes than squares sort their photos into these (NovelAI, 2022,
"aspect ratio bucketing"; SDXL, arXiv 2307.01952, section 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_SMALLEST_STEP = 8  # the autoencoder's factor


def bucket_sizes(resolution: int, *, step: int = 64, most: float = 2.0) -> tuple[tuple[int, int], ...]:
    """Sizes (width, height) of about `resolution` squared pixels, from the tallest to the widest.

    Sides are multiples of `step`, which is halved (down to 8) while it is more than an eighth of the resolution: with
    64 a resolution of 64 would know the square only. `most` is the largest ratio of the sides.
    """
    while step > max(_SMALLEST_STEP, resolution // 8) and step % 2 == 0:
        step //= 2
    square = max(step, round(resolution / step) * step)
    sizes = {(square, square)}
    for width in range(square, int(resolution * math.sqrt(most)) + 1, step):
        height = round(resolution**2 / width / step) * step
        if height and 1 < width / height <= most:
            sizes |= {(width, height), (height, width)}
    return tuple(sorted(sizes, key=lambda size: (size[0] / size[1], size)))


def nearest_bucket(width: int, height: int, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The size whose shape is closest to a photo's, by the ratio of the ratios; of equals the larger."""
    shape = math.log(width / height)
    return min(sizes, key=lambda size: (abs(math.log(size[0] / size[1]) - shape), -size[0] * size[1], size))
