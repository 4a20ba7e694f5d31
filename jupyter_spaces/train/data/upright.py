"""A picture as people see it: upright, in sRGB, on white.

Cameras leave a turn in EXIF, editors another colour space in a profile, scanners 16 bits per channel, and cut-outs a
transparent ground. A model that is trained on the bare numbers learns lying dogs and pale colours. Only raster formats
are opened: PIL's EPS reader would run Ghostscript.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000", "PPM", "HEIF")
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF", "TIFF")  # not MPO: a phone's JPEG with a depth map beside the photo

# EXIF 2.32, tag 0x0112: what turns the stored picture upright. The values from 5 on swap width and height.
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PROFILE_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}


def open_picture(path: Path) -> Image.Image:
    """The file's picture, its header read and its pixels not yet; close it. Raises what PIL raises.

    HEIC is read when somebody has registered a reader, as `pillow_heif.register_heif_opener()` does.
    """
    Image.init()
    return Image.open(path, formats=[name for name in _FORMATS if name in Image.OPEN])


def draft(image: Image.Image, side: int) -> None:
    """Let the file's reader decode at a fraction, if it can (JPEG: down to 1/8), both sides at least `side`.

    It still reads the file to its end, so a truncated one is found, in a 64th of the memory.
    """
    image.draft(None, (side, side))


def is_animated(image: Image.Image) -> bool:
    """Whether the file holds more pictures than the one that is shown first."""
    return image.format in _ANIMATED and getattr(image, "n_frames", 1) > 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height after the turn. Call it before `draft`."""
    width, height = image.size
    # PIL's TIFF reader turns by itself, and its size already says so.
    swapped = image.format != "TIFF" and _orientation(image) >= 5
    return (height, width) if swapped else (width, height)


def upright(image: Image.Image) -> Image.Image:
    """A new RGB picture with nothing left to apply: no EXIF, no profile. The given one stays as it is."""
    picture = as_rgb(turned(image))
    if picture is image:
        picture = image.copy()
    picture.info.clear()
    return picture


def turned(image: Image.Image) -> Image.Image:
    """The picture after the turn that its EXIF asks for, its colours as they are."""
    image.load()
    turn = _TURNS.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def as_rgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB on white, in mode RGB; the same object when it is that already."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image).convert("RGB")
    profile = image.info.get("icc_profile")
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    elif image.mode not in _PROFILE_SPACES:
        image = image.convert("RGB")
    if profile:
        image = _in_srgb(image, profile)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is not None:
        image = Image.composite(image, Image.new("RGB", image.size, "white"), alpha)
    return image


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF raises whatever its parsing meets, and the picture is good without it
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits: 16 bits are full scale, floats run to 1, or to 255 when they exceed it."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    highest = float(values.max(initial=0.0))
    if image.mode == "F":
        scale = 255.0 if highest <= 1 else 1.0 if highest <= 255 else 255 / highest
    else:
        scale = 255 / max(65535.0, highest)
    return Image.fromarray(np.clip(values * scale, 0, 255).round().astype(np.uint8))


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The picture's colours in sRGB; unchanged by a profile that is damaged or of another kind of picture."""
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if given.profile.xcolor_space != _PROFILE_SPACES[image.mode]:
            return image
        if "sRGB" in ImageCms.getProfileDescription(given):
            return image
        converted = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image
