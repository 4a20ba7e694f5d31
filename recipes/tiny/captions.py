"""Says in English what a scene shows, in the many ways that people type prompts.

What a caption leaves out stays open: "a red boat" may be anywhere and of any size, so the model learns the whole range.
"""

import numpy as np

from recipes.tiny.world import Scene

NOUNS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "ball", "disc"),
    "moon": ("moon", "crescent moon"),
    "house": ("house", "home"),
    "boat": ("boat", "sailboat", "ship"),
    "car": ("car",),
    "mug": ("mug", "cup"),
    "dog": ("dog", "puppy"),
    "cat": ("cat", "kitten"),
    "backpack": ("backpack", "bag"),
    "can": ("can", "tin can"),
}

_PREFIXES = ("a photo of ", "a picture of ", "a drawing of ", "an image of ", "a painting of ")
_SIZES = {"small": ("small", "little", "tiny"), "large": ("large", "big", "huge")}
_TEXTURES = {
    "striped": ("striped",),
    "dotted": ("dotted", "spotted"),
    "checkered": ("checkered", "checked"),
}
_PLACES = {
    "center": ("in the center", "in the middle"),
    "left": ("on the left", "at the left", "on the left side"),
    "right": ("on the right", "at the right", "on the right side"),
    "top": ("at the top", "on the top"),
    "bottom": ("at the bottom", "on the bottom"),
    "top left": ("in the top left corner", "at the top left"),
    "top right": ("in the top right corner", "at the top right"),
    "bottom left": ("in the bottom left corner", "at the bottom left"),
    "bottom right": ("in the bottom right corner", "at the bottom right"),
}
_SCENERY = {
    "sky": ("in the sky", "in a blue sky", "against the sky", "with clouds"),
    "sea": ("on the sea", "at sea", "on the water", "in the ocean"),
    "grass": ("on the grass", "in a meadow", "in the garden", "on green grass"),
    "night": ("at night", "in the night sky", "under the stars"),
    "sunset": ("at sunset", "in front of a sunset", "in the evening"),
    "sand": ("on the beach", "on the sand", "in the desert"),
    "snow": ("in the snow", "on snow", "in winter"),
}


def _pick(words: tuple[str, ...], rng: np.random.Generator, first: float = 0.6) -> str:
    """One of the words, the first and usual one more often."""
    return words[0] if rng.random() < first else words[int(rng.integers(len(words)))]


def background_phrase(background: str, rng: np.random.Generator) -> str:
    """Where it is: "on the sea", "on a white background"."""
    if background in _SCENERY:
        return _pick(_SCENERY[background], rng, 0.4)
    article = "an" if background == "orange" else "a"
    forms = (f"on {article} {background} background", f"on {background} background", f"on {background}")
    return _pick((*forms, f"in front of {article} {background} wall"), rng, 0.5)


def place_phrase(place: str, rng: np.random.Generator) -> str:
    """Where in the picture: "on the left"."""
    return _pick(_PLACES[place], rng)


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """A description of the scene; details are named or left out at random."""
    words: list[str] = []
    if scene.size in _SIZES and rng.random() < 0.75:
        words.append(_pick(_SIZES[scene.size], rng))
    if scene.texture in _TEXTURES and rng.random() < 0.9:
        words.append(_pick(_TEXTURES[scene.texture], rng))
    if rng.random() < 0.88:
        words.append("grey" if scene.colour == "gray" and rng.random() < 0.3 else scene.colour)
    if len(words) > 1 and rng.random() < 0.15:
        words = words[::-1]
    words.append(_pick(NOUNS.get(scene.kind, (scene.kind,)), rng, 0.8))
    article = "an " if words[0][0] in "aeiou" else "a "
    subject = ("" if rng.random() < 0.1 else article) + " ".join(words)
    phrases = []
    if rng.random() < (0.25 if scene.place == "center" else 0.7):
        phrases.append(place_phrase(scene.place, rng))
    if rng.random() < 0.65:
        phrases.append(background_phrase(scene.background, rng))
    if rng.random() < 0.3:
        phrases.reverse()
    joint = ", " if rng.random() < 0.4 else " "
    prefix = "" if rng.random() < 0.6 else _pick(_PREFIXES, rng, 0.5)
    return prefix + joint.join([subject, *phrases])
