"""LPIPS is used only where all of it is on the machine."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image

from jupyter_spaces.errors import InputError
from jupyter_spaces.train.evaluate.perceptual import perceptual_diversity


def test_without_the_package_there_is_no_lpips() -> None:
    """Nothing is downloaded, and the caller falls back to the embedding."""
    if importlib.util.find_spec("lpips") is None:
        assert perceptual_diversity() is None


def test_copies_have_no_distance_and_noise_has() -> None:
    """Where LPIPS is: 0 for the same picture, more for others, and a pair at least."""
    distance = perceptual_diversity()
    if distance is None:
        pytest.skip("LPIPS and its AlexNet are not on this machine")
    rng = np.random.default_rng(0)
    noise = [Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)) for _ in range(2)]
    assert distance([noise[0]] * 3) == pytest.approx(0, abs=1e-6)
    assert distance(noise) > 0.01
    with pytest.raises(InputError, match="two or more"):
        distance(noise[:1])
