"""What the tiny model knows about: the words, and which of them go together.

A `Scene` is one picture in words: an object with a colour, a size, a texture, a place and a background. It is the
single source of truth from which a picture is drawn (`draw`), a caption is written (`captions`) and a generated
picture is judged (`check`). A few object-colour pairs are held out: no training picture shows them, so that prompts
about them measure whether the model composes words or recalls pictures.
"""

from dataclasses import dataclass

import numpy as np

Rgb = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (214, 40, 40),
    "orange": (244, 130, 20),
    "yellow": (250, 214, 40),
    "green": (50, 160, 60),
    "blue": (40, 84, 214),
    "purple": (132, 50, 172),
    "pink": (250, 140, 186),
    "brown": (124, 74, 36),
    "black": (26, 26, 28),
    "white": (246, 246, 246),
    "gray": (136, 136, 140),
}

KINDS: tuple[str, ...] = (
    "circle", "square", "triangle", "star", "heart", "ring", "cross", "diamond", "moon",
    "house", "tree", "boat", "fish", "flower", "car", "mug", "mushroom", "butterfly", "umbrella",
    "dog", "cat", "backpack", "can", "bottle",
)  # fmt: skip

SIZES: dict[str, tuple[float, float]] = {  # the longer side of the object, as a share of the picture's side
    "small": (0.28, 0.36),
    "medium": (0.42, 0.56),
    "large": (0.62, 0.74),
}

PLACES: dict[str, tuple[int, int]] = {  # direction from the centre: x to the right, y downwards
    "center": (0, 0),
    "left": (-1, 0),
    "right": (1, 0),
    "top": (0, -1),
    "bottom": (0, 1),
    "top left": (-1, -1),
    "top right": (1, -1),
    "bottom left": (-1, 1),
    "bottom right": (1, 1),
}

TEXTURES: tuple[str, ...] = ("plain", "striped", "dotted", "checkered")

SCENERY: dict[str, tuple[tuple[float, Rgb], ...]] = {  # colour stops from the top (0) to the bottom (1)
    "sky": ((0.0, (96, 164, 236)), (1.0, (206, 230, 250))),
    "sea": ((0.0, (170, 212, 244)), (0.55, (222, 238, 248)), (0.56, (30, 118, 170)), (1.0, (12, 70, 124))),
    "grass": ((0.0, (150, 204, 246)), (0.55, (216, 236, 250)), (0.56, (126, 190, 70)), (1.0, (70, 142, 44))),
    "night": ((0.0, (10, 14, 44)), (1.0, (44, 50, 104))),
    "sunset": ((0.0, (92, 56, 130)), (0.5, (226, 106, 96)), (1.0, (252, 196, 110))),
    "sand": ((0.0, (160, 212, 244)), (0.5, (214, 236, 248)), (0.51, (236, 210, 156)), (1.0, (214, 178, 116))),
    "snow": ((0.0, (150, 178, 206)), (0.55, (206, 220, 234)), (0.56, (244, 248, 252)), (1.0, (222, 232, 244))),
}

BACKGROUNDS: tuple[str, ...] = (*COLOURS, *SCENERY)
_COMMON_BACKGROUNDS = ("white", "black", "gray", *SCENERY)
_HOME: dict[str, tuple[str, ...]] = {  # where an object is seen when nothing else is asked for
    "boat": ("sea",), "fish": ("sea",), "dog": ("grass",), "cat": ("grass",), "house": ("grass", "snow"),
    "tree": ("grass", "snow"), "car": ("sand", "grass"), "mushroom": ("grass",), "flower": ("grass",),
    "butterfly": ("sky",), "umbrella": ("sand",), "moon": ("night",), "star": ("night",),
}  # fmt: skip

HELD_OUT: frozenset[tuple[str, str]] = frozenset({
    ("circle", "purple"), ("square", "orange"), ("triangle", "pink"), ("star", "blue"), ("heart", "green"),
    ("ring", "red"), ("cross", "brown"), ("diamond", "yellow"), ("moon", "pink"), ("house", "purple"),
    ("tree", "blue"), ("boat", "red"), ("fish", "orange"), ("flower", "purple"), ("car", "green"),
    ("mug", "yellow"), ("mushroom", "blue"), ("butterfly", "red"), ("umbrella", "orange"), ("dog", "black"),
    ("cat", "white"), ("backpack", "green"), ("can", "pink"), ("bottle", "brown"),
})  # fmt: skip

_MIN_CONTRAST = 95.0  # least RGB distance between an object and the colours behind it


@dataclass(frozen=True)
class Scene:
    """One picture, in words of this module."""

    kind: str
    colour: str
    size: str = "medium"
    place: str = "center"
    texture: str = "plain"
    background: str = "white"


def stops(background: str) -> tuple[tuple[float, Rgb], ...]:
    """The colour stops of a background, from the top to the bottom of the picture."""
    if background in SCENERY:
        return SCENERY[background]
    return ((0.0, COLOURS[background]), (1.0, COLOURS[background]))


def visible(colour: str, background: str) -> bool:
    """Whether an object of this colour stands out everywhere on this background."""
    ink = np.array(COLOURS[colour], dtype=float)
    return all(float(np.linalg.norm(ink - np.array(rgb, dtype=float))) >= _MIN_CONTRAST for _, rgb in stops(background))


def sample_scene(rng: np.random.Generator) -> Scene:
    """A scene to train on: any allowed combination, common and natural ones more often."""
    while True:
        kind = str(rng.choice(KINDS))
        colour = str(rng.choice(list(COLOURS)))
        roll = rng.random()
        if roll < 0.25 and kind in _HOME:
            background = str(rng.choice(_HOME[kind]))
        elif roll < 0.75:
            background = str(rng.choice(_COMMON_BACKGROUNDS))
        else:
            background = str(rng.choice(BACKGROUNDS))
        if (kind, colour) in HELD_OUT or not visible(colour, background):
            continue
        return Scene(
            kind=kind,
            colour=colour,
            size=str(rng.choice(["small", "medium", "large"], p=[0.25, 0.45, 0.30])),
            place=str(rng.choice(list(PLACES), p=[0.40, 0.10, 0.10, 0.10, 0.10, 0.05, 0.05, 0.05, 0.05])),
            texture=str(rng.choice(TEXTURES, p=[0.64, 0.12, 0.12, 0.12])),
            background=background,
        )
