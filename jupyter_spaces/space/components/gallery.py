"""Gallery: several pictures, each with or without a caption."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, Find, embed_members, refuse
from jupyter_spaces.space.components.blobs import DEFAULT_MAX_SIZE
from jupyter_spaces.space.components.image import Image, ImageMode, ImageType
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.pictures import DEFAULT_MAX_PIXELS
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

MAX_CAPTION = 10_000  # characters


@register_component
@dataclass(frozen=True, eq=False)
class Gallery(Component[list[Any]]):
    """A list of pictures or of (picture, caption). Limits on size and pixels are per picture."""

    kind = "gallery"
    default_in_schema = False

    type: ImageType = "pil"
    _: KW_ONLY
    mode: ImageMode | None = "RGB"
    columns: int = 3
    max_items: int = 100
    max_size: int = DEFAULT_MAX_SIZE
    max_pixels: int = DEFAULT_MAX_PIXELS

    @cached_property
    def image(self) -> Image:
        """The component of each picture."""
        return Image(self.type, mode=self.mode, max_size=self.max_size, max_pixels=self.max_pixels)

    def check_definition(self) -> None:
        if self.max_items < 1 or self.columns < 1:
            raise DefinitionError(f"Gallery has columns={self.columns}, max_items={self.max_items}; both start at 1.")
        _ = self.image  # its own checks

    def check_value(self, value: object) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise refuse(value, "a list of images or of (image, caption)")
        self._check_count(len(value))
        items: list[Any] = []
        for item in value:
            image, caption = item if isinstance(item, (tuple, list)) and len(item) == 2 else (item, None)
            image = self.image.check(image)
            items.append(image if caption is None else (image, _caption(caption)))
        return items

    def dump_value(self, value: list[Any]) -> Json:
        wire: list[Json] = []
        for item in value:
            image, caption = item if isinstance(item, tuple) else (item, None)
            wire.append({"image": self.image.to_json(image), "caption": caption})
        return wire

    def load_value(self, data: Json) -> list[Any]:
        if not isinstance(data, list):
            raise refuse(data, "a list of {'image': 'data:image/png;base64,...', 'caption': ...}")
        self._check_count(len(data))
        items: list[Any] = []
        for item in data:
            if not isinstance(item, dict) or "image" not in item or not set(item) <= {"image", "caption"}:
                raise refuse(item, "an object {'image': 'data:image/png;base64,...', 'caption': ...}")
            image, caption = self.image.from_json(item["image"]), item.get("caption")
            items.append(image if caption is None else (image, _caption(caption)))
        return items

    def embed(self, data: Json, find: Find) -> Json:
        """A name alone, or a pair of name and caption, is welcome too, as in Python."""
        if not isinstance(data, list):
            return data
        items: list[Json] = []
        for item in data:
            image, caption = item if isinstance(item, list) and len(item) == 2 else (item, None)
            if isinstance(image, str):
                item = {"image": image, "caption": caption}
            items.append(embed_members(item, {"image": self.image}, find))
        return items

    def value_schema(self) -> dict[str, Any]:
        caption = {"anyOf": [{"type": "string", "maxLength": MAX_CAPTION}, {"type": "null"}]}
        item = {
            "type": "object",
            "properties": {"image": self.image.value_schema(), "caption": caption},
            "required": ["image"],
            "additionalProperties": False,
        }
        return {"type": "array", "items": item, "maxItems": self.max_items}

    def example_value(self) -> list[Any]:
        return [self.image.example(), (self.image.example(), "An example")][: self.max_items]

    def text_of(self, value: list[Any]) -> str:
        captions = [item[1] for item in value if isinstance(item, tuple)]
        return f"{len(value)} image{'' if len(value) == 1 else 's'}" + (f": {', '.join(captions)}" if captions else "")

    def _check_count(self, count: int) -> None:
        if count > self.max_items:
            raise InputError(f"The gallery has {count} images; at most {self.max_items} are accepted.")


def _caption(caption: object) -> str:
    if not isinstance(caption, str) or len(caption) > MAX_CAPTION:
        raise InputError(f"A caption is text of at most {MAX_CAPTION} characters, not {shown(caption)}.")
    return as_text(caption)
