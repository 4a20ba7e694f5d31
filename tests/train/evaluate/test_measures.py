"""The paper's measures against their closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from jupyter_spaces.errors import InputError
from jupyter_spaces.train.evaluate import (
    diversity,
    mutual_similarity,
    prior_preservation,
    prompt_fidelity,
    subject_fidelity,
)
from jupyter_spaces.train.evaluate.measures import directions

RNG = np.random.default_rng(0)


def on_circle(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_fidelity_is_the_mean_cosine_over_all_pairs() -> None:
    """Two pictures at 0 and 90 degrees, photos at 30 and 60: four known cosines."""
    known = (math.cos(math.pi / 6) + math.cos(math.pi / 3)) / 2
    assert subject_fidelity(on_circle(0, 90), on_circle(30, 60)) == pytest.approx(known, abs=1e-15)
    a, b = RNG.normal(size=(5, 7)), RNG.normal(size=(3, 7))
    pairs = [cosine(x, y) for x in a for y in b]
    assert subject_fidelity(a, b) == pytest.approx(np.mean(pairs), abs=1e-14)


def test_mutual_similarity_leaves_a_photo_out_of_its_own_company() -> None:
    """A picture is always like itself; only distinct pairs count."""
    assert mutual_similarity(on_circle(0, 60)) == pytest.approx(0.5, abs=1e-15)
    photos = RNG.normal(size=(6, 5))
    pairs = [cosine(photos[i], photos[j]) for i in range(6) for j in range(6) if i != j]
    assert mutual_similarity(photos) == pytest.approx(np.mean(pairs), abs=1e-14)
    assert mutual_similarity(np.ones((4, 3))) == pytest.approx(1.0, abs=1e-15)


def test_prompt_fidelity_pairs_each_picture_with_its_own_text() -> None:
    """The mean of the matching cosines, not of all."""
    assert prompt_fidelity(on_circle(0, 90), on_circle(60, 90)) == pytest.approx(0.75, abs=1e-15)
    with pytest.raises(InputError, match="3 rows for 2 images"):
        prompt_fidelity(on_circle(0, 90), on_circle(0, 1, 2))


def test_the_class_measure_rises_when_the_class_becomes_the_subject() -> None:
    """PRES of the subject's own pictures is above that of pictures that go elsewhere."""
    photos = on_circle(-5, 5)
    assert prior_preservation(on_circle(80, 100), photos) == pytest.approx(0.0, abs=1e-15)
    assert prior_preservation(on_circle(0, 0), photos) == pytest.approx(math.cos(math.radians(5)), abs=1e-15)


def test_diversity_is_the_mean_distance_of_distinct_samples() -> None:
    """0 for copies, 1 for pictures at right angles."""
    assert diversity(on_circle(20, 20, 20)) == pytest.approx(0.0, abs=1e-15)
    assert diversity(on_circle(0, 90)) == pytest.approx(1.0, abs=1e-15)


def test_length_and_kind_of_the_rows_do_not_matter() -> None:
    """Torch or numpy, half or double, scaled or not: the measure is about directions."""
    a, b = RNG.normal(size=(4, 6)).astype(np.float32), RNG.normal(size=(3, 6)).astype(np.float32)
    wanted = subject_fidelity(a, b)
    scales = np.array([[1e-3], [5.0], [100.0], [1.0]], np.float32)
    assert subject_fidelity(a * scales, torch.from_numpy(b).requires_grad_()) == pytest.approx(wanted, abs=1e-6)
    assert subject_fidelity(torch.from_numpy(a).bfloat16(), b) == pytest.approx(wanted, abs=1e-2)


def test_a_row_without_a_direction_is_like_nothing() -> None:
    """A row of zeros stays zero instead of becoming NaN."""
    assert directions(np.zeros((2, 3))).tolist() == [[0.0] * 3] * 2
    assert subject_fidelity(np.zeros((1, 3)), np.ones((1, 3))) == 0.0


def test_what_does_not_fit_is_said_in_a_sentence() -> None:
    """Shapes, widths and too few rows."""
    with pytest.raises(InputError, match=r"shape \(3,\) does not fit"):
        subject_fidelity(np.ones(3), np.ones((1, 3)))
    with pytest.raises(InputError, match="of 2 and of 3 numbers"):
        subject_fidelity(np.ones((1, 2)), np.ones((1, 3)))
    with pytest.raises(InputError, match="two or more"):
        mutual_similarity(np.ones((1, 3)))
