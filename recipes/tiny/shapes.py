"""The objects of the tiny world as flat parts, in a unit square, with the small variations that no two of them share.

Every object is a list of `Part`s: polygons in coordinates from -1 to 1 (y downwards) with a tone that `draw` turns into
paint. Silhouettes are kept distinct on purpose: `check` tells the objects apart by them alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

Point = tuple[float, float]
Rng = np.random.Generator


@dataclass(frozen=True)
class Part:
    """A filled polygon. Tones: `body` takes the colour and the texture, `dark` and `light` are shades of the colour,
    `clear` cuts a hole, anything else is a paint of its own."""

    points: tuple[Point, ...]
    tone: str = "body"


def _poly(*points: Point, tone: str = "body") -> Part:
    return Part(points, tone)


def _ellipse(
    x: float, y: float, rx: float, ry: float, tone: str = "body", start: float = 0.0, end: float = 2 * pi
) -> Part:
    steps = np.linspace(start, end, 41)
    return Part(tuple((x + rx * cos(a), y + ry * sin(a)) for a in steps), tone)


def _box(left: float, top: float, right: float, bottom: float, tone: str = "body", radius: float = 0.0) -> Part:
    if radius <= 0:
        return _poly((left, top), (right, top), (right, bottom), (left, bottom), tone=tone)
    corners = ((right, bottom, 0), (left, bottom, 1), (left, top, 2), (right, top, 3))
    points: list[Point] = []
    for x, y, quarter in corners:
        cx = x - radius if x == right else x + radius
        cy = y - radius if y == bottom else y + radius
        points += [(cx + radius * cos(a), cy + radius * sin(a)) for a in np.linspace(quarter, quarter + 1, 7) * pi / 2]
    return Part(tuple(points), tone)


def _circle(rng: Rng) -> list[Part]:
    return [_ellipse(0, 0, 1, 1)]


def _square(rng: Rng) -> list[Part]:
    return [_box(-1, -1, 1, 1)]


def _triangle(rng: Rng) -> list[Part]:
    top = rng.uniform(-0.1, 0.1)
    return [_poly((top, -0.9), (1, 0.85), (-1, 0.85))]


def _star(rng: Rng) -> list[Part]:
    inner = rng.uniform(0.38, 0.46)
    angles = [-pi / 2 + i * pi / 5 for i in range(10)]
    return [Part(tuple(((1, inner)[i % 2] * cos(a), (1, inner)[i % 2] * sin(a)) for i, a in enumerate(angles)))]


def _heart(rng: Rng) -> list[Part]:
    t = np.linspace(0, 2 * pi, 61)
    xs = np.sin(t) ** 3
    ys = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    return [Part(tuple((float(x), float(y)) for x, y in zip(xs, ys, strict=True)))]


def _ring(rng: Rng) -> list[Part]:
    hole = rng.uniform(0.5, 0.62)
    return [_ellipse(0, 0, 1, 1), _ellipse(0, 0, hole, hole, "clear")]


def _cross(rng: Rng) -> list[Part]:
    arm = rng.uniform(0.3, 0.4)
    return [_box(-arm, -1, arm, 1), _box(-1, -arm, 1, arm)]


def _diamond(rng: Rng) -> list[Part]:
    width = rng.uniform(0.62, 0.72)
    return [_poly((0, -1), (width, 0), (0, 1), (-width, 0))]


def _moon(rng: Rng) -> list[Part]:
    bite = rng.uniform(0.72, 0.8)
    return [_ellipse(0, 0, 1, 1), _ellipse(0.5, -0.06, bite, 0.85, "clear")]


def _house(rng: Rng) -> list[Part]:
    eaves = rng.uniform(-0.25, -0.1)
    return [
        _box(0.38, -0.9, 0.62, -0.2, "dark"),
        _box(-0.75, eaves, 0.75, 1),
        _poly((0, -1), (1, eaves + 0.04), (-1, eaves + 0.04), tone="dark"),
        _box(-0.18, 0.42, 0.18, 1, "brown"),
        _box(-0.58, 0.1, -0.28, 0.4, "window"),
        _box(0.28, 0.1, 0.58, 0.4, "window"),
    ]


def _tree(rng: Rng) -> list[Part]:
    r = rng.uniform(0.42, 0.48)
    return [
        _box(-0.15, 0.1, 0.15, 1, "brown"),
        _ellipse(-0.4, 0.02, r, r),
        _ellipse(0.4, 0.02, r, r),
        _ellipse(0, -0.5, 0.52, 0.5),
        _ellipse(0, -0.1, 0.5, 0.5),
    ]


def _boat(rng: Rng) -> list[Part]:
    mast = rng.uniform(-0.1, 0.05)
    return [
        _box(mast - 0.05, -1, mast + 0.05, 0.45, "brown"),
        _poly((mast + 0.1, -0.95), (mast + 0.1, 0.3), (0.85, 0.3), tone="light"),
        _poly((mast - 0.1, -0.75), (mast - 0.1, 0.3), (-0.7, 0.3), tone="light"),
        _poly((-1, 0.4), (1, 0.4), (0.62, 0.95), (-0.62, 0.95)),
    ]


def _fish(rng: Rng) -> list[Part]:
    tail = rng.uniform(0.42, 0.52)
    return [
        _poly((0.42, 0), (1, -tail), (0.88, 0), (1, tail), tone="dark"),
        _poly((-0.25, -0.4), (0.1, -0.72), (0.3, -0.32), tone="dark"),
        _ellipse(-0.2, 0, 0.8, 0.5),
        _ellipse(-0.62, -0.12, 0.12, 0.12, "white"),
        _ellipse(-0.63, -0.12, 0.06, 0.06, "black"),
    ]


def _flower(rng: Rng) -> list[Part]:
    turn = rng.uniform(0, 2 * pi / 6)
    petals = [
        _ellipse(0.36 * cos(turn + i * pi / 3), -0.4 + 0.36 * sin(turn + i * pi / 3), 0.28, 0.28) for i in range(6)
    ]
    return [
        _box(-0.06, 0, 0.06, 1, "leaf"),
        _poly((0, 0.85), (0.5, 0.35), (0.15, 0.9), tone="leaf"),
        _poly((0, 0.85), (-0.5, 0.35), (-0.15, 0.9), tone="leaf"),
        *petals,
        _ellipse(0, -0.4, 0.22, 0.22, "honey"),
    ]


def _car(rng: Rng) -> list[Part]:
    roof = rng.uniform(-0.58, -0.5)
    return [
        _poly((-0.62, 0), (-0.38, roof), (0.3, roof), (0.6, 0)),
        _poly((-0.48, -0.04), (-0.31, roof + 0.1), (-0.08, roof + 0.1), (-0.08, -0.04), tone="window"),
        _poly((0.02, -0.04), (0.02, roof + 0.1), (0.24, roof + 0.1), (0.46, -0.04), tone="window"),
        _box(-1, -0.06, 1, 0.4, radius=0.14),
        _ellipse(-0.52, 0.4, 0.24, 0.24, "tyre"),
        _ellipse(0.52, 0.4, 0.24, 0.24, "tyre"),
        _ellipse(-0.52, 0.4, 0.1, 0.1, "hub"),
        _ellipse(0.52, 0.4, 0.1, 0.1, "hub"),
    ]


def _mug(rng: Rng) -> list[Part]:
    grip = rng.uniform(0.36, 0.42)
    return [
        _ellipse(0.5, 0.05, grip + 0.1, 0.5),
        _ellipse(0.5, 0.05, grip - 0.12, 0.28, "clear"),
        _box(-0.9, -0.8, 0.5, 0.85, radius=0.12),
        _ellipse(-0.2, -0.78, 0.7, 0.16, "dark"),
    ]


def _mushroom(rng: Rng) -> list[Part]:
    stem = rng.uniform(0.26, 0.34)
    return [
        _box(-stem, -0.1, stem, 1, "cream", radius=0.12),
        _ellipse(0, 0.1, 1, 1.05, start=pi, end=2 * pi),
        _ellipse(-0.45, -0.3, 0.15, 0.15, "light"),
        _ellipse(0.15, -0.55, 0.17, 0.17, "light"),
        _ellipse(0.58, -0.15, 0.12, 0.12, "light"),
    ]


def _butterfly(rng: Rng) -> list[Part]:
    wing = rng.uniform(0.44, 0.5)
    return [
        _ellipse(-0.52, -0.36, wing, 0.5),
        _ellipse(0.52, -0.36, wing, 0.5),
        _ellipse(-0.42, 0.45, 0.36, 0.38, "dark"),
        _ellipse(0.42, 0.45, 0.36, 0.38, "dark"),
        _ellipse(-0.52, -0.36, 0.18, 0.2, "light"),
        _ellipse(0.52, -0.36, 0.18, 0.2, "light"),
        _ellipse(0, 0.05, 0.1, 0.75, "tyre"),
    ]


def _umbrella(rng: Rng) -> list[Part]:
    stick = rng.uniform(0.7, 0.8)
    hook = _ellipse(0.2, stick, 0.2, 0.22, "brown", 0, pi)
    return [
        _box(-0.06, -0.2, 0.06, stick + 0.02, "brown"),
        hook,
        _ellipse(0.2, stick - 0.02, 0.09, 0.12, "clear", 0, pi),
        _ellipse(0, 0, 1, 0.95, start=pi, end=2 * pi),
        _poly((-1, 0.02), (-0.33, 0.02), (-0.66, -0.16), tone="clear"),
        _poly((-0.33, 0.02), (0.33, 0.02), (0, -0.16), tone="dark"),
        _poly((0.33, 0.02), (1, 0.02), (0.66, -0.16), tone="clear"),
    ]


def _dog(rng: Rng) -> list[Part]:
    wag = rng.uniform(-0.15, 0.1)
    return [
        _poly((0.6, -0.02), (1, -0.45 + wag), (0.94, -0.52 + wag), (0.52, -0.18)),
        _box(-0.42, 0.2, -0.2, 0.95, "dark"),
        _box(0.32, 0.2, 0.54, 0.95, "dark"),
        _box(-0.58, 0.2, -0.36, 0.95),
        _box(0.5, 0.2, 0.72, 0.95),
        _box(-0.6, -0.2, 0.72, 0.45, radius=0.22),
        _ellipse(-0.55, -0.45, 0.36, 0.36),
        _ellipse(-0.82, -0.32, 0.24, 0.18, "light"),
        _ellipse(-0.32, -0.4, 0.15, 0.36, "dark"),
        _ellipse(-0.98, -0.38, 0.08, 0.07, "black"),
        _ellipse(-0.64, -0.54, 0.06, 0.06, "black"),
    ]


def _cat(rng: Rng) -> list[Part]:
    curl = rng.uniform(-0.08, 0.08)
    return [
        _ellipse(0.62, 0.55 + curl, 0.36, 0.4),
        _ellipse(0.55, 0.45 + curl, 0.24, 0.28, "clear"),
        _ellipse(0, 0.5, 0.52, 0.5),
        _ellipse(0, 0.62, 0.26, 0.34, "light"),
        _poly((-0.52, -0.35), (-0.5, -1), (-0.08, -0.65)),
        _poly((0.52, -0.35), (0.5, -1), (0.08, -0.65)),
        _ellipse(0, -0.32, 0.54, 0.45),
        _ellipse(-0.22, -0.38, 0.09, 0.1, "eye"),
        _ellipse(0.22, -0.38, 0.09, 0.1, "eye"),
        _poly((-0.08, -0.22), (0.08, -0.22), (0, -0.12), tone="black"),
    ]


def _backpack(rng: Rng) -> list[Part]:
    waist = rng.uniform(0.62, 0.68)
    return [
        _ellipse(0, -0.8, 0.28, 0.2, "dark"),
        _ellipse(0, -0.78, 0.16, 0.1, "clear"),
        _box(-0.85, 0.05, -0.5, 0.85, "dark", radius=0.14),
        _box(0.5, 0.05, 0.85, 0.85, "dark", radius=0.14),
        _box(-waist, -0.75, waist, 1, radius=0.42),
        _box(-0.46, 0.2, 0.46, 0.82, "dark", radius=0.12),
        _box(-0.4, 0.27, 0.4, 0.36, "light"),
        _box(-0.5, -0.2, 0.5, -0.12, "dark"),
    ]


def _can(rng: Rng) -> list[Part]:
    half = rng.uniform(0.46, 0.52)
    return [
        _ellipse(0, 0.82, half, 0.17),
        _box(-half, -0.8, half, 0.82),
        _box(-half, -0.3, half, 0.35, "light"),
        _ellipse(0, -0.8, half, 0.17, "metal"),
        _ellipse(0, -0.8, half * 0.6, 0.09, "hub"),
    ]


def _bottle(rng: Rng) -> list[Part]:
    neck = rng.uniform(0.12, 0.15)
    return [
        _box(-neck, -0.85, neck, -0.2),
        _box(-neck - 0.03, -1, neck + 0.03, -0.82, "dark"),
        _poly((-neck, -0.45), (neck, -0.45), (0.36, 0), (-0.36, 0)),
        _box(-0.36, -0.06, 0.36, 1, radius=0.06),
        _box(-0.36, 0.2, 0.36, 0.66, "light"),
    ]


_SHAPES: dict[str, Callable[[Rng], list[Part]]] = {
    "circle": _circle, "square": _square, "triangle": _triangle, "star": _star, "heart": _heart, "ring": _ring,
    "cross": _cross, "diamond": _diamond, "moon": _moon, "house": _house, "tree": _tree, "boat": _boat,
    "fish": _fish, "flower": _flower, "car": _car, "mug": _mug, "mushroom": _mushroom, "butterfly": _butterfly,
    "umbrella": _umbrella, "dog": _dog, "cat": _cat, "backpack": _backpack, "can": _can, "bottle": _bottle,
}  # fmt: skip

MIRRORED: frozenset[str] = frozenset(
    {"moon", "house", "boat", "fish", "car", "mug", "dog", "cat", "mushroom", "umbrella"}
)


def parts(kind: str, rng: Rng) -> list[Part]:
    """The parts of one such object, back to front, slightly different for every draw of `rng`."""
    return _SHAPES[kind](rng)
