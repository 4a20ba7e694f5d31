"""AnnotatedImage: a picture with named regions, boxes or masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import Component, Find, embed_members, refuse
from jupyter_spaces.space.components.blobs import DEFAULT_MAX_SIZE
from jupyter_spaces.space.components.highlighted_text import checked_colors
from jupyter_spaces.space.components.image import Image
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.number import as_number
from jupyter_spaces.space.components.pictures import DEFAULT_MAX_PIXELS
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

if TYPE_CHECKING:
    from PIL import Image as PILImage

MAX_LABEL = 1_000  # characters

Annotated = tuple[Any, list[tuple[Any, str]]]


@register_component
@dataclass(frozen=True, eq=False)
class AnnotatedImage(Component[Annotated]):
    """(image, [(region, label), ...]); a region is a box in pixels, (left, top, right, bottom), or a mask.

    Masks have the image's size and are grey PIL images, or arrays: bool, uint8, or floats in [0, 1]. Boxes are cut at
    the image's edges.
    """

    kind = "annotatedimage"
    default_in_schema = False

    colors: Mapping[str, str] | None = None  # label -> '#rrggbb'
    _: KW_ONLY
    max_items: int = 1_000
    max_size: int = DEFAULT_MAX_SIZE
    max_pixels: int = DEFAULT_MAX_PIXELS

    @cached_property
    def image(self) -> Image:
        """The component of the picture and of each mask."""
        return Image("pil", mode=None, max_size=self.max_size, max_pixels=self.max_pixels)

    def check_definition(self) -> None:
        object.__setattr__(self, "colors", checked_colors("AnnotatedImage", self.colors))

    def check_value(self, value: object) -> Annotated:
        if not isinstance(value, (tuple, list)) or len(value) != 2 or not isinstance(value[1], (tuple, list)):
            raise refuse(value, "a pair (image, [(box or mask, label), ...])")
        image = self.image.check(value[0])
        self._check_count(len(value[1]))
        regions = []
        for item in value[1]:
            if not isinstance(item, (tuple, list)) or len(item) != 2:
                raise refuse(item, "a pair (box or mask, label)")
            region, label = item
            is_box = isinstance(region, (tuple, list)) or getattr(region, "shape", None) == (4,)
            regions.append((_box(region, image) if is_box else self._mask(region, image), _label(label)))
        return image, regions

    def dump_value(self, value: Annotated) -> Json:
        annotations: list[Json] = []
        for region, label in value[1]:
            where: dict[str, Json] = (
                {"box": list(region)} if isinstance(region, tuple) else {"mask": self.image.to_json(region)}
            )
            annotations.append({"label": label, **where})
        return {"image": self.image.to_json(value[0]), "annotations": annotations}

    def load_value(self, data: Json) -> Annotated:
        if not isinstance(data, dict) or set(data) != {"image", "annotations"}:
            raise refuse(data, "an object {'image': 'data:image/png;base64,...', 'annotations': [...]}")
        annotations = data["annotations"]
        if not isinstance(annotations, list):
            raise refuse(annotations, "a list of {'label': ..., 'box': [left, top, right, bottom]}")
        self._check_count(len(annotations))
        image = self.image.from_json(data["image"])
        regions = []
        for item in annotations:
            if not isinstance(item, dict) or set(item) not in ({"label", "box"}, {"label", "mask"}):
                raise refuse(item, "an object with 'label' and either 'box' or 'mask'")
            if "mask" in item:
                region: Any = self._mask(self.image.from_json(item["mask"]), image)
            elif isinstance(item["box"], list):
                region = _box(item["box"], image)
            else:
                raise refuse(item["box"], "a box of four numbers [left, top, right, bottom]")
            regions.append((region, _label(item["label"])))
        return image, regions

    def embed(self, data: Json, find: Find) -> Json:
        data = embed_members(data, {"image": self.image}, find)
        regions = data.get("annotations") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(regions, list):
            data = {**data, "annotations": [embed_members(each, {"mask": self.image}, find) for each in regions]}
        return data

    def value_schema(self) -> dict[str, Any]:
        label = {"type": "string", "maxLength": MAX_LABEL}
        box = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
        regions = [
            {
                "type": "object",
                "properties": {"label": label, name: region},
                "required": ["label", name],
                "additionalProperties": False,
            }
            for name, region in (("box", box), ("mask", self.image.value_schema()))
        ]
        return {
            "type": "object",
            "properties": {
                "image": self.image.value_schema(),
                "annotations": {"type": "array", "items": {"anyOf": regions}, "maxItems": self.max_items},
            },
            "required": ["image", "annotations"],
            "additionalProperties": False,
        }

    def example_value(self) -> Annotated:
        return self.image.example(), [((8, 8, 40, 32), "corner")]

    def text_of(self, value: Annotated) -> str:
        labels = ", ".join(label for _, label in value[1])
        return f"{self.image.to_text(value[0])}: {labels or 'no annotations'}"

    def _check_count(self, count: int) -> None:
        if count > self.max_items:
            raise InputError(f"There are {count} annotations; at most {self.max_items} are accepted.")

    def _mask(self, region: Any, image: PILImage.Image) -> PILImage.Image:
        mask: PILImage.Image = self.image.check(region)
        if mask.size != image.size:
            raise InputError(
                f"A mask has {mask.width} x {mask.height} pixels and the image {image.width} x {image.height}; "
                "they must have the same size."
            )
        return mask if mask.mode == "L" else mask.convert("L")


def _box(region: Any, image: PILImage.Image) -> tuple[int | float, ...]:
    if len(region) != 4:
        raise refuse(region, "a box of four numbers (left, top, right, bottom)")
    left, top, right, bottom = (as_number(each) for each in region)
    if left > right or top > bottom:
        raise InputError(
            f"The box ({left}, {top}, {right}, {bottom}) is not (left, top, right, bottom): its ends are swapped. "
            "A box (x, y, width, height) becomes one as (x, y, x + width, y + height)."
        )
    width, height = image.size
    return min(max(left, 0), width), min(max(top, 0), height), min(max(right, 0), width), min(max(bottom, 0), height)


def _label(label: object) -> str:
    if not isinstance(label, str) or len(label) > MAX_LABEL:
        raise InputError(f"A label is text of at most {MAX_LABEL} characters, not {shown(label)}.")
    return as_text(label)
