"""Crops lie in the picture, have the shape that is trained, and show the subject."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.train.data import Crop, Photo, apply_crop, find_photos, plan_crops
from tests.train.data.scenes import noise, quarters, with_subject

MODES = ("smart", "center", "random")


def photo_of(picture: Image.Image) -> Photo:
    return Photo("a", None, *picture.size, "digest", picture)


def plan(picture: Image.Image, mode: str = "smart", count: int = 4, seed: int = 0, **more: object) -> tuple[Crop, ...]:
    options = {"resolution": 64, "flip": False, **more}
    return plan_crops(photo_of(picture), count, mode, rng=np.random.default_rng(seed), **options)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.sampled_from(MODES),
    st.integers(1, 6),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_crops_lie_in_the_picture_and_keep_their_shape(
    shape: tuple[int, int], target: tuple[int, int], mode: str, count: int, flip: bool, seed: int
) -> None:
    """Whatever the photo and whatever is trained; and equal inputs give equal crops."""
    picture, size = noise(*shape, seed=seed), (8 * target[0], 8 * target[1])
    crops = plan(picture, mode, count, seed, size=size, flip=flip)
    assert crops == plan(picture, mode, count, seed, size=size, flip=flip)
    assert 1 <= len(crops) <= count * (2 if flip else 1)
    assert len(set(crops)) == len(crops)
    for crop in crops:
        assert 0 <= crop.left < crop.left + crop.width <= picture.width
        assert 0 <= crop.top < crop.top + crop.height <= picture.height
        # The shape is that of the target but for the rounding to whole pixels.
        by_height, by_width = crop.height * size[0] / size[1], crop.width * size[1] / size[0]
        assert (
            abs(crop.width - by_height) <= 0.5 or abs(crop.height - by_width) <= 0.5 or 1 in (crop.width, crop.height)
        )
    cut = apply_crop(picture, crops[-1], size)
    assert cut.size == size
    assert cut.mode == "RGB"


@pytest.mark.parametrize("mode", MODES)
def test_flip_adds_the_exact_mirror_image_of_each(mode: str) -> None:
    """The number of crops doubles, and each has its twin."""
    picture = noise(300, 200)
    crops = plan(picture, mode, flip=True)
    plain, mirrored = crops[: len(crops) // 2], crops[len(crops) // 2 :]
    assert plain == plan(picture, mode)
    assert [dataclasses.replace(crop, flip=False) for crop in mirrored] == list(plain)
    for one, other in zip(plain, mirrored, strict=True):
        straight, turned = (np.asarray(apply_crop(picture, crop, (64, 64))) for crop in (one, other))
        np.testing.assert_array_equal(turned, straight[:, ::-1])


def test_center_is_one_crop_in_the_middle() -> None:
    """The largest square, once, however many were asked for."""
    assert plan(noise(300, 200), "center") == (Crop(50, 0, 200, 200),)
    assert plan(noise(200, 301), "center", size=(64, 32)) == (Crop(0, 100, 200, 100),)


def test_random_crops_differ_and_follow_the_seed() -> None:
    """Four different ones for one seed, four others for another."""
    one, two = plan(noise(300, 200), "random"), plan(noise(300, 200), "random", seed=1)
    assert len(set(one)) == len(set(two)) == 4
    assert not set(one) & set(two)
    assert all(160 <= crop.width <= 200 for crop in one)


def test_no_crop_is_so_small_that_it_is_enlarged() -> None:
    """Zooming in would blur, where the photo has just the resolution; a square one has one crop then."""
    assert all(crop.height == 64 for mode in MODES for crop in plan(noise(200, 64), mode))
    assert [len(plan(noise(64, 64), mode)) for mode in MODES] == [1, 1, 1]
    assert all(crop.height >= 64 for mode in MODES for crop in plan(noise(100, 70), mode))


@settings(max_examples=60, deadline=None)
@given(st.integers(60, 130), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_subject_off_centre_is_inside_the_first_crop(side: int, across: float, down: float, tall: bool) -> None:
    """Wherever it stands in a wide or a tall picture, the best square holds it whole."""
    size = (200, 400) if tall else (400, 200)
    left, top = round(across * (size[0] - side - 1)), round(down * (size[1] - side - 1))
    picture = with_subject(size, (left, top, left + side, top + side))
    first, *more = plan(picture)
    assert first.width == first.height == 200
    assert first.left <= left
    assert left + side < first.left + first.width
    assert first.top <= top
    assert top + side < first.top + first.height
    # The others stay around the first.
    for crop in more:
        assert 160 <= crop.width <= 200
        assert abs(crop.left + crop.width / 2 - first.left - 100) <= 31
        assert abs(crop.top + crop.height / 2 - first.top - 100) <= 31


def test_where_there_is_nothing_to_see_the_middle_is_taken() -> None:
    """A flat picture, and one that is the same everywhere."""
    assert plan(Image.new("RGB", (300, 100)))[0] == Crop(100, 0, 100, 100)
    assert abs(plan(noise(300, 100))[0].left - 100) <= 15


def test_real_photographs_keep_their_subject() -> None:
    """The astronaut's face in wide and narrow strips of her portrait (skimage.data)."""
    from skimage import data

    portrait = Image.fromarray(data.astronaut())
    face = (175, 60, 280, 200)
    for left, top, right, bottom in ((0, 0, 512, 260), (100, 0, 512, 230), (0, 20, 400, 240)):
        strip = portrait.crop((left, top, right, bottom))
        first = plan(strip)[0]
        assert left + first.left <= face[0]
        assert left + first.left + first.width >= face[2]


def test_applying_a_crop_cuts_what_it_says() -> None:
    """The blue quarter of a picture, alone; its middle, since Lanczos looks across the edge."""
    cut = np.asarray(apply_crop(quarters(960, 640), Crop(0, 320, 480, 320), (48, 32)))
    np.testing.assert_allclose(cut[4:, :-4], np.broadcast_to((0, 0, 255), cut[4:, :-4].shape), atol=1)


def test_a_large_picture_is_reduced_without_a_visible_difference() -> None:
    """The two-step resize stays within one and a half grey levels of the plain one on average."""
    picture = noise(300, 200).resize((3000, 2000), Image.Resampling.BICUBIC)
    cut = apply_crop(picture, Crop(500, 0, 2000, 2000), (128, 128))
    plain = picture.resize((128, 128), Image.Resampling.LANCZOS, box=(500, 0, 2500, 2000))
    assert np.abs(np.asarray(cut, float) - np.asarray(plain, float)).mean() < 1.5


def test_a_file_and_a_picture_are_planned_alike(tmp_path: Path) -> None:
    """Crops of a photo from a file are in upright pixels of the file."""
    path = tmp_path / "a.png"
    picture = with_subject((400, 200), (280, 60, 380, 160))
    picture.save(path)
    (photo,) = find_photos(path, resolution=64)
    assert plan_crops(photo, 4, "smart", 64, False, np.random.default_rng(0)) == plan(picture)


def test_an_unknown_mode_is_refused() -> None:
    """The three modes are those of the config."""
    with pytest.raises(ConfigError, match=r"crop: 'face' does not fit\. It takes one of smart, center, random"):
        plan(noise(), "face")
