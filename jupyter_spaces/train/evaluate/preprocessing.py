"""From a picture to the pixels that a vision model was trained on, as its preprocessor_config.json says.

The image processors of transformers come in two implementations, one of which needs torchvision; the few operations
that ViT, DINO and CLIP models use are Pillow's and numpy's, and give the same numbers on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jupyter_spaces.errors import ModelFormatError

if TYPE_CHECKING:
    from PIL import Image

FILES = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Preprocessing:
    """Resize, crop, scale, normalise. What is None is left out."""

    shortest_edge: int | None  # pixels; the other side follows
    size: tuple[int, int] | None  # (width, height) instead, whatever the picture's shape
    crop: tuple[int, int] | None  # (width, height) that is cut out of the middle
    resample: int  # Pillow's number of the filter
    scale: float  # of a pixel value from 0 to 255
    mean: tuple[float, ...]  # by channel, taken off
    std: tuple[float, ...]  # by channel, divided by

    def __call__(self, pictures: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        """The pixels of the pictures, (n, 3, height, width)."""
        rows = [np.asarray(self._framed(picture.convert("RGB")), np.float32) for picture in pictures]
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        pixels = (np.stack(rows) * np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)

    def _framed(self, picture: Image.Image) -> Image.Image:
        from PIL import Image

        size = self.size
        if self.shortest_edge is not None:
            short = min(picture.size)
            width, height = (int(self.shortest_edge * side / short) for side in picture.size)
            size = (width, height)
        if size is not None:
            picture = picture.resize(size, Image.Resampling(self.resample))
        if self.crop is not None:
            width, height = self.crop
            left, top = (picture.width - width) // 2, (picture.height - height) // 2
            picture = picture.crop((left, top, left + width, top + height))
        return picture


def read_preprocessing(folder: Path) -> Preprocessing:
    """What the model's folder says. Raises `ModelFormatError` when it says nothing, or nothing that can be done."""
    found = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if found is None:
        raise ModelFormatError(
            f"{folder} has no {FILES[0]}, which says how pictures are prepared for the model. Save it with "
            "AutoImageProcessor.from_pretrained(...).save_pretrained('folder')."
        )
    try:
        config = json.loads(found.read_text("utf-8"))
        return _preprocessing(config.get("image_processor", config))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFormatError(f"{found} does not say how pictures are prepared ({error!r}).") from None


def _preprocessing(config: dict[str, Any]) -> Preprocessing:
    cropped = config.get("do_center_crop", False)
    edge, size = _size(config.get("size", 224), square=not cropped) if config.get("do_resize", True) else (None, None)
    crop = config.get("crop_size", 224)
    crop = (crop, crop) if isinstance(crop, int) else (int(crop["width"]), int(crop["height"]))
    normalised = config.get("do_normalize", True)
    return Preprocessing(
        shortest_edge=edge,
        size=size,
        crop=crop if cropped else None,
        resample=int(config.get("resample", 2)),
        scale=float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0,
        mean=tuple(map(float, config["image_mean"])) if normalised else (0.0, 0.0, 0.0),
        std=tuple(map(float, config["image_std"])) if normalised else (1.0, 1.0, 1.0),
    )


def _size(size: Any, *, square: bool) -> tuple[int | None, tuple[int, int] | None]:
    # A bare number is the shorter edge where a crop follows (CLIP), else both (ViT, DINO): older configs say no more.
    if isinstance(size, int):
        return (None, (size, size)) if square else (size, None)
    if "shortest_edge" in size:
        return int(size["shortest_edge"]), None
    return None, (int(size["width"]), int(size["height"]))
