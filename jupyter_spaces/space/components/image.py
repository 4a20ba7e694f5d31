"""Image: one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.blobs import Blob, BlobComponent, check_size
from jupyter_spaces.space.components.content import extension_for, matches, sniff
from jupyter_spaces.space.components.paths import read_file
from jupyter_spaces.space.components.pictures import (
    DEFAULT_MAX_PIXELS,
    FORMATS,
    as_array,
    as_image,
    example_image,
    png,
    read_image,
)
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed
from jupyter_spaces.space.uploads import store_upload

if TYPE_CHECKING:
    from PIL import Image as PILImage

ImageType = Literal["pil", "numpy", "path", "bytes"]
ImageMode = Literal["RGB", "RGBA", "L"]

SOURCES = ("upload", "paste", "webcam")


@register_component
@dataclass(frozen=True, eq=False)
class Image(BlobComponent[Any]):
    """A picture. `type` says what the function receives; results may be any of them.

    `type="pil"`: PIL.Image.Image; `"numpy"`: uint8 (height, width, 3), or (height, width) for mode L; `"path"`: a Path
    below the upload folder; `"bytes"`: a file's content.
    `mode` is what a visitor's picture is converted to; pictures that Python hands over stay as they are, so a
    result keeps its transparency.
    """

    kind = "image"
    named = False
    family = "image"

    type: ImageType = "pil"
    _: KW_ONLY
    mode: ImageMode | None = "RGB"  # None: as sent
    sources: Sequence[str] = SOURCES
    max_pixels: int = DEFAULT_MAX_PIXELS
    height: int | None = None  # of the display, in CSS pixels

    def check_definition(self) -> None:
        super().check_definition()
        if self.type not in ("pil", "numpy", "path", "bytes"):
            raise DefinitionError(f"Image has type={self.type!r}; it is one of 'pil', 'numpy', 'path', 'bytes'.")
        if self.mode not in ("RGB", "RGBA", "L", None):
            raise DefinitionError(f"Image has mode={self.mode!r}; it is one of 'RGB', 'RGBA', 'L' or None.")
        if not self.sources or not set(self.sources) <= set(SOURCES) or isinstance(self.sources, str):
            raise DefinitionError(f"Image has sources={self.sources!r}; it is a list of {listed(SOURCES)}.")
        if not self.accept:
            object.__setattr__(self, "accept", tuple(FORMATS))

    def check_value(self, value: object) -> Any:
        if self.type in ("path", "bytes") and isinstance(value, (str, Path, bytes)):
            # Already a file: it is kept as it is, once it has proven to be a picture.
            data = value if isinstance(value, bytes) else read_file(value)
            self.decode_image(Blob(data, "image/*"))
            return Path(value) if self.type == "path" and not isinstance(value, bytes) else self._file(data)
        return self._from_image(as_image(value, max_pixels=self.max_pixels))

    def encode(self, value: Any) -> Blob:
        if isinstance(value, (str, Path, bytes)):
            data = value if isinstance(value, bytes) else read_file(value)
            if sniff(data) in ("image/png", "image/jpeg", "image/webp", "image/gif"):  # what every browser shows
                return Blob(data, sniff(data) or "")
        return Blob(png(as_image(value, max_pixels=self.max_pixels)), "image/png")

    def decode(self, blob: Blob) -> Any:
        image = self.decode_image(blob)
        if self.type in ("path", "bytes") and self._as_sent(blob.data, image):
            return self._file(blob.data)
        return self._from_image(self._converted(image))

    def decode_image(self, blob: Blob) -> PILImage.Image:
        """Return the picture of a file that anybody may have sent, upright. Raises InputError."""
        check_size(len(blob.data), self.max_size)
        mime = sniff(blob.data)
        if mime is None or not any(matches(mime, known) for known in FORMATS):
            raise InputError(f"The file is not an image{f' but {mime}' if mime else ''}: give {listed(FORMATS)}.")
        self.identify(Blob(blob.data, mime, None))
        return read_image(blob.data, max_pixels=self.max_pixels)

    def example_value(self) -> Any:
        return self._from_image(self._converted(example_image()))

    def text_of(self, value: Any) -> str:
        image = as_image(value, max_pixels=self.max_pixels)
        return f"image {image.width} x {image.height} {image.mode}"

    def _converted(self, image: PILImage.Image) -> PILImage.Image:
        if self.mode is None or image.mode == self.mode:
            return image
        if self.mode != "RGBA" and image.mode in ("RGBA", "LA"):
            # Transparent pixels hold any colour; people see the white page through them.
            from PIL import Image as PILImage

            page = PILImage.new("RGBA", image.size, "white")
            page.alpha_composite(image.convert("RGBA"))
            image = page
        return image.convert(self.mode)

    def _as_sent(self, data: bytes, image: PILImage.Image) -> bool:
        """Whether the sent file can serve as it is: right mode, and upright without looking at its EXIF data."""
        from PIL import Image as PILImage

        with PILImage.open(io.BytesIO(data)) as sent:
            upright = sent.getexif().get(0x0112, 1) == 1
            return upright and self.mode in (None, sent.mode) and sent.size == image.size

    def _from_image(self, image: PILImage.Image) -> Any:
        if self.type == "pil":
            return image
        if self.type == "numpy":
            return as_array(image)
        return self._file(png(image))

    def _file(self, data: bytes) -> Any:
        if self.type == "bytes":
            return data
        return store_upload(data, f"image{extension_for(sniff(data) or 'image/png')}")
