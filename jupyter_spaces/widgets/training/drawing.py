"""Lines and words, and the two ways of putting them on paper: SVG for a page, PNG for readers without one."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL import ImageDraw

Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """A line through points; one that is not finite interrupts it."""

    points: Sequence[Point]
    color: str  # "#rrggbb"
    width: float = 1.0
    opacity: float = 1.0
    dash: tuple[float, float] | None = None


@dataclass(frozen=True)
class Words:
    """A line of text; (x, y) is on its baseline."""

    x: float
    y: float
    text: str
    color: str
    anchor: Literal["start", "middle", "end"] = "start"
    size: float = 11.0


@dataclass
class Drawing:
    """Shapes in the order in which they cover each other, in pixels from the upper left."""

    width: int
    height: int
    shapes: list[Stroke | Words] = field(default_factory=list)


def svg(drawing: Drawing, title: str) -> str:
    """A document of its own, without script and on no ground."""
    size = f'width="{drawing.width}" height="{drawing.height}" viewBox="0 0 {drawing.width} {drawing.height}"'
    body = "".join(_svg_shape(shape) for shape in drawing.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui,sans-serif" role="img">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _svg_shape(shape: Stroke | Words) -> str:
    if isinstance(shape, Words):
        return (
            f'<text x="{shape.x:.4g}" y="{shape.y:.4g}" fill="{shape.color}" font-size="{shape.size:g}" '
            f'text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
        )
    look = f'fill="none" stroke="{shape.color}" stroke-width="{shape.width:g}" stroke-opacity="{shape.opacity:g}"'
    if shape.dash:
        look += f' stroke-dasharray="{shape.dash[0]:g} {shape.dash[1]:g}"'
    return "".join(
        f'<polyline points="{_pairs(part)}" {look} stroke-linejoin="round"/>' for part in unbroken(shape.points)
    )


def _pairs(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def unbroken(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The pieces of a line between points that are not finite; a lone point becomes a short one."""
    part: list[Point] = []
    for point in (*points, (math.nan, math.nan)):
        if math.isfinite(point[0]) and math.isfinite(point[1]):
            part.append(point)
            continue
        if len(part) == 1:
            x, y = part[0]
            part = [(x - 1, y), (x + 1, y)]
        if part:
            yield part
        part = []


def png(drawing: Drawing, *, scale: int = 2) -> bytes:
    """The same on white, with `scale` pixels for each."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (drawing.width * scale, drawing.height * scale), "white")
    pen = ImageDraw.Draw(image, "RGBA")
    for shape in drawing.shapes:
        _paint(pen, shape, scale)
    buffer = io.BytesIO()
    image.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _paint(pen: ImageDraw.ImageDraw, shape: Stroke | Words, scale: int) -> None:
    from PIL import ImageFont

    if isinstance(shape, Words):
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
        font = ImageFont.load_default(shape.size * scale)
        pen.text((shape.x * scale, shape.y * scale), shape.text, shape.color, font, anchor)
        return
    color = f"{shape.color}{round(255 * shape.opacity):02x}"
    for part in unbroken(shape.points):
        for piece in _dashes(part, shape.dash) if shape.dash else [part]:
            pen.line([(x * scale, y * scale) for x, y in piece], color, max(1, round(shape.width * scale)), "curve")


def _dashes(points: Sequence[Point], dash: tuple[float, float]) -> Iterator[list[Point]]:
    """The drawn pieces of a dashed line of two points."""
    (x, y), (to_x, to_y) = points[0], points[-1]
    length = math.hypot(to_x - x, to_y - y)
    at = 0.0
    while at < length:
        end = min(length, at + dash[0])
        yield [(x + (to_x - x) * part / length, y + (to_y - y) * part / length) for part in (at, end)]
        at += sum(dash)
