"""Masks that say which part of a photo is learned: white is, black is not, grey in between.

A mask is found by its photo's name and may be smaller or larger than the photo, since tools write them at their own
size; the shape has to agree, or the mask is of another photo.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jupyter_spaces.errors import PhotoError
from jupyter_spaces.train.data.crops import Crop
from jupyter_spaces.train.data.photos import Photo
from jupyter_spaces.train.data.sources import named_folder
from jupyter_spaces.train.data.upright import as_rgb, open_picture, turned

_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Mask:
    """The mask of a photo; `digest` is the SHA-256 of the file."""

    path: Path
    digest: str

    def load(self) -> Image.Image:
        """The mask upright, in mode L, at its own size. Transparent is black, where transparency says anything."""
        with open_picture(self.path) as image:
            picture = turned(image)
            if picture.has_transparency_data:
                alpha = picture.convert("RGBA").getchannel("A")
                if alpha.getextrema() != (255, 255):
                    return alpha
            return as_rgb(picture).convert("L")


def masks_for(photos: Sequence[Photo], folder: str | Path) -> tuple[Mask, ...]:
    """A mask for each photo, in order: the PNG or JPEG of the same stem in `folder`.

    Raises `PhotoError` that names every photo without one, or a line for every mask that does not fit.
    """
    place = named_folder(folder, "masks")
    files = {file.name.casefold(): file for file in place.iterdir() if file.is_file()}
    found = [_file_of(photo, files) for photo in photos]
    missing = [photo.name for photo, file in zip(photos, found, strict=True) if file is None]
    if missing:
        raise PhotoError(
            f"there is no mask in {place} for {', '.join(missing)}. Save one for each under the photo's name, as in "
            f"{Path(missing[0]).stem}.png: white where the subject is, black elsewhere."
        )
    masks = [Mask(file, hashlib.sha256(file.read_bytes()).hexdigest()) for file in found if file is not None]
    problems = [line for photo, mask in zip(photos, masks, strict=True) if (line := _problem(photo, mask))]
    if problems:
        raise PhotoError(f"{len(problems)} of {len(masks)} masks in {place} cannot be used:\n"
                         + "\n".join(f"- {line}" for line in problems))  # fmt: skip
    return tuple(masks)


def apply_mask(picture: Image.Image, crop: Crop, size: tuple[int, int], photo: Photo) -> npt.NDArray[np.float32]:
    """The part of a loaded mask under a crop of its photo, (height, width) in [0, 1]."""
    across, down = picture.width / photo.width, picture.height / photo.height
    box = (
        crop.left * across,
        crop.top * down,
        min((crop.left + crop.width) * across, picture.width),
        min((crop.top + crop.height) * down, picture.height),
    )
    # Lanczos would ring along the hard edges of a mask.
    cut = picture.resize(size, Image.Resampling.BILINEAR, box=box)
    if crop.flip:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(cut, np.float32) / np.float32(255)


def _file_of(photo: Photo, files: dict[str, Path]) -> Path | None:
    stem = Path(photo.name).stem.casefold()
    return next((files[stem + suffix] for suffix in _SUFFIXES if stem + suffix in files), None)


def _problem(photo: Photo, mask: Mask) -> str | None:
    name = mask.path.name
    try:
        picture = mask.load()
    except Exception as error:  # PIL's readers raise whatever their parsing meets
        return f"{name} cannot be read as a picture ({error}): save it again as PNG."
    sizes = f"{name} is {picture.width} x {picture.height} and {photo.name} is {photo.width} x {photo.height}"
    if not _same_shape(picture.size, (photo.width, photo.height)):
        turned = _same_shape(picture.size, (photo.height, photo.width))
        return f"{sizes}: {'turn the mask by 90 degrees' if turned else 'save the mask in the shape of the photo'}."
    if picture.getextrema()[1] in (0, 1):
        return f"{name} is black all over, so nothing of {photo.name} is learned: the subject has to be white (255)."
    return None


def _same_shape(mask: tuple[int, int], photo: tuple[int, int]) -> bool:
    """Equal but for the rounding of one pixel of the mask."""
    return abs(mask[0] * photo[1] - mask[1] * photo[0]) <= max(photo)
