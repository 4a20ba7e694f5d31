"""Static forms of pictures: one, many, with a mask, with named regions."""

from __future__ import annotations

import colorsys
from html import escape
from typing import TYPE_CHECKING, Any

from jupyter_spaces.widgets.pictures import for_page, image_tag

if TYPE_CHECKING:
    from PIL import Image as PILImage


def image_html(component: Any, value: Any) -> str:
    return image_tag(for_page(component, value)[0], component.label or "image")


def gallery_html(component: Any, value: list[Any]) -> str:
    width = f"calc({100 / min(component.columns, max(1, len(value))):.4g}% - 8px)"
    figures = []
    for item in value:
        image, caption = item if isinstance(item, tuple) else (item, "")
        tag = image_tag(for_page(component.image, image)[0], caption or "image", "width:100%;height:auto")
        words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        figures.append(f'<figure style="margin:0;width:{width};min-width:64px">{tag}{words}</figure>')
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(figures)}</div>'


def mask_html(component: Any, value: Any) -> str:
    """The picture with what was drawn laid over it."""
    from jupyter_spaces.space.components.pictures import as_image

    image = as_image(value.image).convert("RGBA")
    shown = _tinted(image, as_image(value.mask).convert("L"), "#e91e63")
    return image_tag(for_page(component.image, shown)[0], "masked image")


def annotated_html(component: Any, value: Any) -> str:
    """The picture with its regions drawn in, and a legend: labels inside would cover a small picture."""
    from PIL import ImageDraw

    image = value[0].convert("RGBA")
    labels = list(dict.fromkeys(label for _, label in value[1]))
    colors = {label: (component.colors or {}).get(label) or color_of(place) for place, label in enumerate(labels)}
    for region, label in value[1]:
        if not isinstance(region, tuple):
            image = _tinted(image, region, colors[label])
    pen = ImageDraw.Draw(image)
    width = max(1, round(max(image.size) / 250))
    for region, label in value[1]:
        if isinstance(region, tuple):
            pen.rectangle(region, outline=colors[label], width=width)
    tag = image_tag(for_page(component.image, image.convert("RGB"))[0], "annotated image")
    return f"<div>{tag}<div>{''.join(chip(label, colors[label]) for label in labels)}</div></div>"


def chip(text: str, color: str) -> str:
    """Return a word with a spot of its colour before it."""
    spot = f"display:inline-block;width:.8em;height:.8em;border-radius:50%;background-color:{color}"
    return f'<span style="margin-right:12px"><span style="{spot}"></span> {escape(text)}</span>'


def color_of(place: int) -> str:
    """Return the colour of the category at a place: hues far from their neighbours, readable on light and dark."""
    red, green, blue = colorsys.hls_to_rgb((0.58 + place * 0.381966) % 1, 0.52, 0.62)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _tinted(image: PILImage.Image, mask: PILImage.Image, color: str) -> PILImage.Image:
    """Return the picture with half of a colour where the mask is set."""
    from PIL import Image as PILImage

    layer = PILImage.new("RGBA", image.size, color)
    layer.putalpha(mask.point(lambda level: level // 2))
    return PILImage.alpha_composite(image, layer)
