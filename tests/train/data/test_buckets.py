"""Buckets have about the same number of pixels, and a photo goes to the closest shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.train.data import bucket_sizes, nearest_bucket


def test_the_buckets_of_512() -> None:
    """From the tallest to the widest, each with its transpose."""
    wide = ((576, 448), (640, 384), (704, 384))
    tall = ((384, 704), (384, 640), (448, 576))
    assert bucket_sizes(512) == (*tall, (512, 512), *wide)


@given(st.integers(16, 2048), st.sampled_from([8, 16, 32, 64]), st.floats(1, 4))
def test_sizes_are_multiples_of_about_the_same_area(resolution: int, step: int, most: float) -> None:
    """The square is always among them, shapes are mirrored, and no side is longer than `most` times the other."""
    sizes = bucket_sizes(resolution, step=step, most=most)
    assert sizes == bucket_sizes(resolution, step=step, most=most)
    assert list(sizes) == sorted(set(sizes), key=lambda size: size[0] / size[1])
    assert any(width == height for width, height in sizes)
    for width, height in sizes:
        assert (height, width) in sizes
        assert width % 8 == height % 8 == 0
        assert 1 / most <= width / height <= most
        if resolution >= 8 * step:
            assert width % step == height % step == 0
        if resolution >= 64:
            assert abs(width * height / resolution**2 - 1) < 0.16


@pytest.mark.parametrize(("resolution", "count"), [(16, 1), (32, 3), (64, 5), (256, 5)])
def test_tiny_resolutions_have_smaller_steps(resolution: int, count: int) -> None:
    """With steps of 64 a resolution of 64 would know the square only."""
    assert len(bucket_sizes(resolution)) >= count


def test_a_photo_goes_to_the_closest_shape() -> None:
    """By ratio, so that tall and wide are judged alike."""
    sizes = bucket_sizes(512)
    assert nearest_bucket(4000, 3000, sizes) == (576, 448)
    assert nearest_bucket(3000, 4000, sizes) == (448, 576)
    assert nearest_bucket(1000, 1010, sizes) == (512, 512)
    assert nearest_bucket(5000, 500, sizes) == (704, 384)
    assert nearest_bucket(10, 10, ((64, 64), (128, 128))) == (128, 128)
