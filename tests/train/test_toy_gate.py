"""Does DreamBooth work? On the shipped model, by measures that are read from pixels: `benchmarks/toy.py`.

The whole table (more variants, seeds and steps) is `scripts/bench train`; here one seed with and without the class. The
run without one is the negative control: a gate that it passed would measure nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import toy
from benchmarks.train import VARIANTS, measure, train
from jupyter_spaces import models

SEED, STEPS, PICTURES = 3, 120, 8


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("own_models")
def test_the_subject_is_learned_and_the_class_is_kept_only_with_class_images(tmp_path: Path) -> None:
    """With class images both; without them the class turns into the subject, and the class probe tells so."""
    photos = toy.photos(tmp_path / "photos")
    mark = toy.subject(photos)
    base = measure(models.load("tiny"), mark, PICTURES)
    kept = train(photos, tmp_path / "kept", VARIANTS["full, class images"], seed=SEED, steps=STEPS, pictures=PICTURES)
    lost = train(
        photos, tmp_path / "lost", VARIANTS["full, without a class"], seed=SEED, steps=STEPS, pictures=PICTURES
    )
    seen = f"untrained {base}\nwith class images {kept}\nwithout {lost}"
    # learned, also before a background that no photo had
    assert kept.result.fidelity >= base.fidelity + 0.25, seen
    assert kept.result.elsewhere >= base.elsewhere + 0.15, seen
    # the class is nearer to what it was than to the subject; without class images it is not
    assert kept.result.prior <= base.prior + 0.2, seen
    assert lost.result.prior >= kept.result.prior + 0.2, seen
    assert lost.class_probe >= 1.2 * kept.class_probe, seen
