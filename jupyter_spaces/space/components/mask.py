"""ImageMask: a picture, and what the visitor drew on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, Find, embed_members, refuse
from jupyter_spaces.space.components.blobs import DEFAULT_MAX_SIZE
from jupyter_spaces.space.components.image import SOURCES, Image, ImageMode
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.pictures import DEFAULT_MAX_PIXELS, as_array, as_image
from jupyter_spaces.space.components.registry import register_component

if TYPE_CHECKING:
    from PIL import Image as PILImage


@dataclass(frozen=True, eq=False)
class MaskedImage:
    """A picture and its mask, of the same size: PIL images, or uint8 arrays where the component says type="numpy".

    The mask is grey ("L"): 255 where drawn, 0 elsewhere. That is the `mask_image` of inpainting pipelines.
    """

    image: Any
    mask: Any


@register_component
@dataclass(frozen=True, eq=False)
class ImageMask(Component[MaskedImage]):
    """A picture to draw a mask on. The value is a MaskedImage; a bare image has an empty mask."""

    kind = "imagemask"
    default_in_schema = False

    type: Literal["pil", "numpy"] = "pil"
    _: KW_ONLY
    mode: ImageMode | None = "RGB"
    brush_size: int = 20  # diameter in pixels of the picture
    sources: Sequence[str] = SOURCES
    max_size: int = DEFAULT_MAX_SIZE  # of the picture and of the mask
    max_pixels: int = DEFAULT_MAX_PIXELS

    @cached_property
    def image(self) -> Image:
        """The component of the picture."""
        return Image("pil", mode=self.mode, sources=self.sources, max_size=self.max_size, max_pixels=self.max_pixels)

    @cached_property
    def mask(self) -> Image:
        """The component of the mask."""
        return Image("pil", mode=None, max_size=self.max_size, max_pixels=self.max_pixels)

    def check_definition(self) -> None:
        if self.type not in ("pil", "numpy"):
            raise DefinitionError(f"ImageMask has type={self.type!r}; it is 'pil' or 'numpy'.")
        if self.brush_size < 1:
            raise DefinitionError(f"ImageMask has brush_size={self.brush_size}; it starts at 1.")
        _ = self.image  # its own checks

    def check_value(self, value: object) -> MaskedImage:
        if isinstance(value, (tuple, list)):
            if len(value) != 2:
                raise refuse(value, "a MaskedImage, a pair (image, mask) or an image")
            value = MaskedImage(*value)
        if not isinstance(value, MaskedImage):
            value = MaskedImage(value, None)
        mask = None if value.mask is None else self.mask.check(value.mask)
        return self._pair(self.image.check(value.image), mask)

    def dump_value(self, value: MaskedImage) -> Json:
        return {"image": self.image.to_json(value.image), "mask": self.mask.to_json(value.mask)}

    def load_value(self, data: Json) -> MaskedImage:
        if not isinstance(data, dict) or "image" not in data or not set(data) <= {"image", "mask"}:
            raise refuse(data, "an object {'image': 'data:image/png;base64,...', 'mask': 'data:image/png;base64,...'}")
        mask = data.get("mask")
        return self._pair(self.image.from_json(data["image"]), None if mask is None else self.mask.from_json(mask))

    def embed(self, data: Json, find: Find) -> Json:
        """The name of a picture alone has an empty mask, as in Python."""
        if isinstance(data, str):
            data = {"image": data}
        return embed_members(data, {"image": self.image, "mask": self.mask}, find)

    def value_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "image": self.image.value_schema(),
                "mask": {"anyOf": [self.mask.value_schema(), {"type": "null"}]},
            },
            "required": ["image"],
            "additionalProperties": False,
        }

    def example_value(self) -> MaskedImage:
        from PIL import Image as PILImage

        image = self.image.example()
        mask = PILImage.new("L", image.size)
        mask.paste(255, (image.width // 4, image.height // 4, image.width // 2, image.height // 2))
        return self._pair(image, mask)

    def text_of(self, value: MaskedImage) -> str:
        drawn = as_image(value.mask).convert("L").histogram()
        return f"{self.image.to_text(value.image)}, {1 - drawn[0] / sum(drawn):.0%} of it masked"

    def _pair(self, image: PILImage.Image, mask: PILImage.Image | None) -> MaskedImage:
        from PIL import Image as PILImage

        if mask is None:
            mask = PILImage.new("L", image.size)
        elif mask.mode in ("RGBA", "LA"):
            # A canvas holds the strokes on nothing: what is transparent is not drawn.
            page = PILImage.new("RGBA", mask.size, "black")
            page.alpha_composite(mask.convert("RGBA"))
            mask = page
        if mask.size != image.size:
            raise InputError(
                f"The mask has {mask.width} x {mask.height} pixels and the image {image.width} x {image.height}; "
                "they must have the same size."
            )
        mask = mask if mask.mode == "L" else mask.convert("L")
        return MaskedImage(image, mask) if self.type == "pil" else MaskedImage(as_array(image), as_array(mask))
