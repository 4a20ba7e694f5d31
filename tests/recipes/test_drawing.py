"""The pictures and captions that the tiny model learns from."""

import numpy as np

from recipes.tiny.captions import caption
from recipes.tiny.draw import SIDE, draw
from recipes.tiny.world import BACKGROUNDS, COLOURS, HELD_OUT, KINDS, PLACES, TEXTURES, Scene, sample_scene, visible


def test_the_same_scene_and_seed_draw_the_same_pixels_and_another_seed_others() -> None:
    """A run that is interrupted and resumed learns from the same pictures."""
    scene = Scene("boat", "green", background="sea")
    first, again, other = (draw(scene, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first.shape == (SIDE, SIDE, 3)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_word_of_the_world_can_be_drawn() -> None:
    """No kind, colour, texture, place or background fails."""
    scenes = [Scene(kind, "blue", background="white") for kind in KINDS]
    scenes += [Scene("star", colour, background="white" if colour != "white" else "black") for colour in COLOURS]
    scenes += [Scene("can", "red", texture=texture) for texture in TEXTURES]
    scenes += [Scene("dog", "brown", size="large", place=place) for place in PLACES]
    scenes += [Scene("mug", "purple", background=background) for background in BACKGROUNDS]
    for scene in scenes:
        assert draw(scene, np.random.default_rng(0)).std() > 1, scene


def test_no_training_picture_shows_a_held_out_pair_or_an_invisible_object() -> None:
    """What the evaluation asks for was never seen, and whatever a caption names can be seen."""
    rng = np.random.default_rng(0)
    for _ in range(2000):
        scene = sample_scene(rng)
        assert (scene.kind, scene.colour) not in HELD_OUT
        assert visible(scene.colour, scene.background)


def test_captions_say_nothing_but_the_scene() -> None:
    """Paraphrases differ, the facts do not: no other colour of an object, no other kind."""
    rng = np.random.default_rng(0)
    scene = Scene("car", "yellow", size="small", place="top left", background="snow")
    captions = {caption(scene, rng) for _ in range(200)}
    assert len(captions) > 100
    strangers = (set(COLOURS) | set(KINDS)) - {"yellow", "car"}
    for words in captions:
        assert "car" in words.replace(",", "").split()
        assert not strangers & set(words.replace(",", "").split()), words
