"""Pictures between bytes, PIL and NumPy, with nothing trusted on the way in.

The header is read before the pixels, so a file of a few kilobytes that unpacks to gigabytes (a decompression bomb) is
refused for free; only raster formats are opened, since PIL's EPS reader runs Ghostscript.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import refuse
from jupyter_spaces.space.components.paths import read_file
from jupyter_spaces.space.components.wording import opening

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_MAX_PIXELS = 100_000_000  # above what cameras make; 300 MB as RGB

FORMATS = {
    "image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "BMP",
    "image/tiff": "TIFF", "image/avif": "AVIF",
}  # fmt: skip
"""Media types that are read, and PIL's name for them."""

_KEPT_MODES = ("RGB", "RGBA", "L", "LA", "1", "I;16")  # PNG writes these without loss


def read_image(data: bytes, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Image.Image:
    """Return the picture in `data`, upright (its EXIF orientation applied), in a plain mode. Raises InputError."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS.values())) as image:
            width, height = image.size
            if width * height <= max_pixels:
                image.load()
                return plain(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"The image unpacks to more than the {max_pixels} pixels accepted here.") from None
    except Exception as error:
        # PIL's readers raise whatever their parsing meets: SyntaxError, struct.error, ValueError, OSError, ...
        raise InputError(f"The file is not an image that can be read ({type(error).__name__}: {error}).") from error
    raise InputError(
        f"The image has {width} x {height} = {width * height} pixels; at most {max_pixels} are accepted "
        "(the author may raise the component's max_pixels)."
    )


def plain(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that PNG writes without loss; palettes, CMYK and the like become RGB or RGBA."""
    if image.mode in _KEPT_MODES:
        return image
    if image.mode in ("PA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("RGB")


def as_image(value: object, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Image.Image:
    """Return a PIL picture of what a function may hold: PIL, a NumPy array, a path, or a file's bytes.

    Arrays are (height, width), (height, width, 1), (h, w, 3) or (h, w, 4), uint8 or bool, or floats in [0, 1].
    Raises InputError.
    """
    from PIL import Image

    if isinstance(value, Image.Image):
        return plain(value)
    if isinstance(value, (str, Path)):
        return read_image(read_file(value), max_pixels=max_pixels)
    if isinstance(value, (bytes, bytearray)):
        return read_image(bytes(value), max_pixels=max_pixels)
    if hasattr(value, "__array__"):
        return _from_array(value)
    raise refuse(value, "a PIL image, a NumPy array, a path or the bytes of an image file")


def as_array(image: Image.Image) -> Any:
    """Return the pixels as uint8: (height, width) for grey, else (height, width, channels)."""
    import numpy as np

    if image.mode == "1":
        image = image.convert("L")
    elif image.mode == "I;16":
        return (np.asarray(image) >> 8).astype(np.uint8)
    return np.array(image)


def png(image: Image.Image) -> bytes:
    """Return the picture as a PNG file, without metadata."""
    buffer = io.BytesIO()
    # Level 1 is several times faster than the default and the files stay close: PNG filters do most of the work.
    plain(image).save(buffer, "PNG", compress_level=1, exif=b"", icc_profile=None)
    return buffer.getvalue()


def example_image(width: int = 64, height: int = 64) -> Image.Image:
    """Return a small colour gradient, a picture in which a flip or a swapped channel shows."""
    from PIL import Image

    horizontal = Image.linear_gradient("L").rotate(90).resize((width, height))
    vertical = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (horizontal, vertical, Image.new("L", (width, height), 128)))


def _from_array(value: Any) -> Image.Image:
    import numpy as np
    from PIL import Image

    try:
        array = np.asarray(value)
    except Exception as error:
        raise InputError(f"{opening(value)} cannot be read as an array: {error}.") from error
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or 0 in array.shape:
        raise InputError(
            f"An array of shape {array.shape} is not a picture: give (height, width), (height, width, 3) "
            "or (height, width, 4). A torch image (3, height, width) becomes one with .permute(1, 2, 0)."
        )
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    elif array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        # Written so that NaN fails too. The tolerance lets rounding pass, not another range.
        if not (low >= -1e-3 and high <= 1 + 1e-3):
            raise InputError(f"An array of floats is a picture when its values are in [0, 1], not {low} to {high}.")
        array = (array.clip(0, 1) * 255).round().astype(np.uint8)
    elif array.dtype != np.uint8:
        raise InputError(f"An array of {array.dtype} is not a picture: give uint8 in [0, 255] or floats in [0, 1].")
    return Image.fromarray(np.ascontiguousarray(array))
