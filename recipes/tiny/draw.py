"""Draws a `Scene`: the picture that its words promise.

Objects are painted four times larger than needed and averaged down, so that edges are smooth; light falls from a random
upper side; scenery gets clouds, waves, stars and blades that stay small and faint beside the object. Everything random
comes from the generator that is passed in: the same scene and generator give the same pixels.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from recipes.tiny.shapes import MIRRORED, Part, parts
from recipes.tiny.world import COLOURS, PLACES, SIZES, Rgb, Scene, stops

Floats = npt.NDArray[np.float32]
SIDE = 64  # pixels of a picture's side
_OVER = 4  # supersampling
_MARGIN = 2.5  # pixels that stay free between the object and the frame

_PAINTS: dict[str, Rgb] = {
    "brown": (110, 70, 40), "window": (186, 222, 240), "white": (250, 250, 250), "black": (24, 24, 26),
    "tyre": (48, 48, 52), "hub": (176, 178, 184), "metal": (200, 202, 208), "leaf": (60, 140, 60),
    "honey": (236, 178, 50), "cream": (232, 216, 186), "eye": (70, 190, 110),
}  # fmt: skip


def draw(scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The picture of the scene, (64, 64, 3)."""
    return draw_with_cover(scene, rng)[0]


def draw_with_cover(scene: Scene, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], Floats]:
    """The picture of the scene, (64, 64, 3), and the share of each pixel that the object covers, (64, 64)."""
    picture = _background(scene.background, rng)
    ink, alpha = _object(scene, rng)
    picture = picture * (1 - alpha) + ink * alpha
    pixels: npt.NDArray[np.uint8] = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return pixels, alpha[:, :, 0]


def silhouette(kind: str, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """The outline of one such object on its own, (64, 64), as large as fits."""
    _, alpha = _paint(parts(kind, rng), 0.9 * SIDE, (SIDE / 2, SIDE / 2), _pose(kind, rng), {}, None)
    return alpha[:, :, 0] > 0.5


def _jitter(rgb: Rgb, amount: float, rng: np.random.Generator) -> Floats:
    return np.clip(np.array(rgb, np.float32) + rng.uniform(-amount, amount, 3).astype(np.float32), 4, 251)


def _background(name: str, rng: np.random.Generator) -> Floats:
    points = stops(name)
    shift = rng.uniform(-0.06, 0.06) if len(points) == 4 else 0.0
    ys = np.linspace(0, 1, SIDE)
    at = [p + (shift if 0 < p < 1 else 0) for p, _ in points]
    tint = rng.uniform(-8, 8, 3)
    rows = np.stack([np.interp(ys, at, [rgb[c] + tint[c] for _, rgb in points]) for c in range(3)], axis=-1)
    if len(points) == 2 and points[0][1] == points[1][1]:  # a plain wall is lit a little unevenly
        rows = rows + np.linspace(-1, 1, SIDE)[:, None] * rng.uniform(-7, 7)
    picture = np.repeat(rows[:, None, :], SIDE, axis=1).astype(np.float32)
    horizon = int((0.55 + shift) * SIDE)
    if name in ("sky", "grass", "sand") and rng.random() < 0.6:
        picture += _clouds(rng, SIDE if name == "sky" else horizon)
    if name == "night":
        spots = rng.integers(0, SIDE, (14, 2))
        picture[spots[:, 0], spots[:, 1]] += rng.uniform(40, 130, (14, 1)).astype(np.float32)
    if name == "sea":
        waves = np.sin(
            np.arange(SIDE)[None, :] * rng.uniform(0.5, 0.9) + 2.1 * np.arange(SIDE)[:, None] + rng.uniform(0, 6)
        )
        picture[horizon + 2 :] += 7 * waves[horizon + 2 :, :, None].astype(np.float32)
    if name in ("grass", "sand"):
        grain = rng.normal(0, 5 if name == "grass" else 2.5, (SIDE, SIDE, 1)).astype(np.float32)
        picture[horizon + 2 :] += grain[horizon + 2 :]
    return picture


def _clouds(rng: np.random.Generator, height: int) -> Floats:
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    veil = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        x, y, r = rng.uniform(0, SIDE), rng.uniform(0.1, 0.8) * height, rng.uniform(5, 10)
        veil = np.maximum(veil, np.exp(-(((xs - x) / (1.8 * r)) ** 2) - ((ys - y) / (0.6 * r)) ** 2))
    veil[height:] = 0
    return 20 * veil[:, :, None]


def _pose(kind: str, rng: np.random.Generator) -> tuple[float, bool]:
    return float(rng.uniform(-0.12, 0.12)), bool(kind in MIRRORED and rng.random() < 0.5)


def _object(scene: Scene, rng: np.random.Generator) -> tuple[Floats, Floats]:
    shape = parts(scene.kind, rng)
    pose = _pose(scene.kind, rng)
    extent = rng.uniform(*SIZES[scene.size]) * SIDE
    points = np.concatenate([np.array(part.points) for part in shape if part.tone != "clear"])
    width, height = np.ptp(_turn(points, pose), axis=0) / np.ptp(_turn(points, pose), axis=0).max() * extent
    centre = []
    for direction, length in zip(PLACES[scene.place], (width, height), strict=True):
        reach = SIDE / 2 - _MARGIN - length / 2
        free = min(reach, 1.5 * _MARGIN) if direction == 0 else min(reach, 4.0)
        offset = rng.uniform(-free, free) if direction == 0 else direction * (reach - rng.uniform(0, free))
        centre.append(SIDE / 2 + offset)
    body = _jitter(COLOURS[scene.colour], 12, rng)
    tones = {"body": body, "dark": body * 0.72, "light": body + (255 - body) * 0.5}
    if scene.colour == "black":
        tones["dark"] = body + 24
        tones["light"] = body + 52
    if scene.colour == "white":
        tones["light"] = body * 0.86
    texture = None if scene.texture == "plain" else _texture(scene, body, extent, rng)
    ink, alpha = _paint(shape, extent, (centre[0], centre[1]), pose, tones, texture)
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    lean = rng.uniform(-0.6, 0.6)
    light = -((ys - centre[1]) + lean * (xs - centre[0])) / extent
    return ink * (1 + 0.22 * np.clip(light, -1, 1)[:, :, None]), alpha


def _turn(points: npt.NDArray[np.float64], pose: tuple[float, bool]) -> npt.NDArray[np.float64]:
    angle, mirror = pose
    points = points * np.array([-1.0, 1.0]) if mirror else points
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]]))


@lru_cache(maxsize=8)
def _grid(side: int) -> tuple[Floats, Floats]:
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    return ys, xs


def _texture(
    scene: Scene, body: Floats, extent: float, rng: np.random.Generator
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The second colour of a texture and where it goes, at the supersampled size."""
    period = _OVER * float(np.clip(extent / 4.6, 5.0, 9.0)) * rng.uniform(0.9, 1.1)
    ys, xs = _grid(SIDE * _OVER)
    ys, xs = ys + rng.uniform(0, period), xs + rng.uniform(0, period)
    if scene.texture == "striped":
        angle = rng.choice([0.0, np.pi / 4, np.pi / 2, -np.pi / 4])
        where = (xs * np.cos(angle) + ys * np.sin(angle)) % period < 0.45 * period
    elif scene.texture == "dotted":
        row = np.floor(ys / period)
        dx, dy = (xs + 0.5 * period * (row % 2)) % period - period / 2, ys % period - period / 2
        where = dx**2 + dy**2 < (0.29 * period) ** 2
    else:
        where = (np.floor(xs / (0.75 * period)) + np.floor(ys / (0.75 * period))) % 2 == 0
    pale = scene.colour in ("white", "yellow", "pink")
    second = body * 0.62 if pale else body + (255 - body) * (0.35 if scene.colour == "black" else 0.55)
    return second.astype(np.float32), where


def _paint(
    shape: list[Part],
    extent: float,
    centre: tuple[float, float],
    pose: tuple[float, bool],
    tones: dict[str, Floats],
    texture: tuple[Floats, npt.NDArray[np.bool_]] | None,
) -> tuple[Floats, Floats]:
    """Colour (64, 64, 3) and coverage (64, 64, 1) of the object, its bounding box centred and `extent` long."""
    solid = _turn(np.concatenate([np.array(part.points) for part in shape if part.tone != "clear"]), pose)
    low, high = solid.min(axis=0), solid.max(axis=0)
    scale = extent / float((high - low).max()) * _OVER
    labels = Image.new("L", (SIDE * _OVER, SIDE * _OVER))
    pen = ImageDraw.Draw(labels)
    names = ["clear", *sorted({part.tone for part in shape} - {"clear"})]
    for part in shape:
        at = (_turn(np.array(part.points), pose) - (low + high) / 2) * scale + np.array(centre) * _OVER
        pen.polygon([(float(x), float(y)) for x, y in at], fill=names.index(part.tone))
    index = np.asarray(labels)
    table = np.array([tones.get(name, _PAINTS.get(name, (0, 0, 0))) for name in names], np.float32)
    ink = table[index]
    if texture is not None:
        second, where = texture
        ink[where & (index == names.index("body"))] = second
    cover = (index > 0).astype(np.float32)[:, :, None]
    blocks = (SIDE, _OVER, SIDE, _OVER, -1)
    alpha = cover.reshape(blocks).mean((1, 3))
    colour = (ink * cover).reshape(blocks).mean((1, 3)) / np.maximum(alpha, 1e-6)
    return colour.astype(np.float32), alpha.astype(np.float32)
