"""A run is judged through a callable that paints, from the untrained model to its last checkpoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jupyter_spaces.errors import ConfigError, InputError, JobCancelled, PhotoError
from jupyter_spaces.train.evaluate import evaluate
from jupyter_spaces.train.evaluate.embedder import Embeddings
from jupyter_spaces.train.evaluate.measures import directions

PROMPTS = {"instance_prompt": "a photo of sks ball", "class_prompt": "a photo of a ball"}
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


class Colours:
    """An embedder of plain pictures and of texts: the colour, and the colour that is named."""

    name = "colours"

    def images(self, pictures: Sequence[Image.Image]) -> Embeddings:
        return directions(np.array([np.asarray(one).mean(axis=(0, 1)) for one in pictures])).astype(np.float32)

    def texts(self, texts: Sequence[str]) -> Embeddings:
        return directions(np.array([RED if "red" in text else BLUE for text in texts])).astype(np.float32)


def plain(red: float, blue: float) -> Image.Image:
    return Image.new("RGB", (8, 8), (round(255 * red), 0, round(255 * blue)))


class Studio:
    """Paints balls. Untrained they are blue; training turns the subject red, and too much of it the class as well."""

    def __init__(self) -> None:
        self.asked: list[tuple[int | None, str, tuple[int, ...]]] = []

    def __call__(self, step: int | None, prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        assert len(prompts) == len(seeds)
        self.asked.append((step, prompts[0], tuple(seeds)))
        return [self._ball(step or 0, prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _ball(self, step: int, prompt: str, seed: int) -> Image.Image:
        learned = min(1.0, step / 200) if "sks" in prompt else max(0.0, (step - 200) / 200)
        return plain(learned, (1 - learned) * (1 - 0.1 * seed))


PHOTOS = [plain(1.0, 0.0), plain(0.95, 0.05), plain(0.9, 0.1)]


def test_the_knee_of_a_run_is_found() -> None:
    """At 200 the subject is there and the class untouched; at 100 half of it, at 400 no class is left."""
    studio = Studio()
    found = evaluate(studio, [400, 100, 200, 300], PHOTOS, None, embedder=Colours(), seeds=(0, 1), **PROMPTS)
    assert [scores.step for scores in found.checkpoints] == [100, 200, 300, 400]
    assert found.recommended == 200
    assert found[200].fidelity > 95
    assert found[200].class_kept == 100
    assert found[400].class_kept < 5
    assert 20 < found[100].fidelity < 80
    assert found.base.fidelity < 0.1 < 0.99 < found.mark


def test_every_model_paints_the_same_prompts_from_the_same_seeds() -> None:
    """The two prompts themselves and the templates about the subject, the untrained model first."""
    studio = Studio()
    found = evaluate(studio, [100], PHOTOS, None, embedder=Colours(), prompts=["a red {}"], seeds=(5, 7), **PROMPTS)
    asked = ["a photo of sks ball", "a red sks ball", "a photo of a ball"]
    assert studio.asked == [(step, prompt, (5, 7)) for step in (None, 100) for prompt in asked]
    assert found.prompts == ("a photo of sks ball", "a red sks ball")
    assert found.prompt_by == "CLIP-T"


def test_prompts_are_compared_by_the_class_words() -> None:
    """CLIP-T of blue balls asked for as "a photo of a ball" (blue, to this embedder) and as red ones: 1 and 0."""
    found = evaluate(Studio(), [100], PHOTOS, None, embedder=Colours(), prompts=["a red {}"], seeds=(0,), **PROMPTS)
    assert found.base.prompt == pytest.approx(0.5)
    assert found[100].prompt_followed == pytest.approx(100 * math.sqrt(2), abs=1)


def test_diversity_needs_two_seeds() -> None:
    """With one seed it cannot be told, and everything else can."""
    found = evaluate(Studio(), [200], PHOTOS, None, embedder=Colours(), seeds=(0,), **PROMPTS)
    assert math.isnan(found.base.diversity)
    assert found.recommended == 200


def test_progress_is_told_before_each_prompt_and_may_stop_it() -> None:
    """Pictures done of all; an exception from the callback ends the evaluation before the next picture."""
    told: list[tuple[int, int, str]] = []
    options: dict[str, Any] = {"embedder": Colours(), "prompts": (), "seeds": (0, 1), **PROMPTS}
    evaluate(Studio(), [200], PHOTOS, None, on_progress=lambda *now: told.append(now), **options)
    assert told == [
        (0, 8, "the untrained model: a photo of sks ball"),
        (2, 8, "the untrained model: a photo of a ball"),
        (4, 8, "step 200: a photo of sks ball"),
        (6, 8, "step 200: a photo of a ball"),
        (8, 8, "done"),
    ]
    studio = Studio()

    def stop(done: int, total: int, doing: str) -> None:
        if done >= 4:
            raise JobCancelled("stopped")

    with pytest.raises(JobCancelled):
        evaluate(studio, [200], PHOTOS, None, on_progress=stop, **options)
    assert [step for step, _, _ in studio.asked] == [None, None]


def test_what_cannot_be_judged_is_refused_before_anything_is_painted() -> None:
    """Too few photos, nothing to judge, prompts that do not fit, a template without a place for the subject."""
    studio = Studio()
    options: dict[str, Any] = {"embedder": Colours(), **PROMPTS}
    with pytest.raises(PhotoError, match="1 photo of the subject"):
        evaluate(studio, [100], PHOTOS[:1], None, **options)
    with pytest.raises(InputError, match="at least one of each"):
        evaluate(studio, [], PHOTOS, None, **options)
    with pytest.raises(ConfigError, match="do not fit each other"):
        evaluate(studio, [100], PHOTOS, None, **{**options, "class_prompt": "a photo of a dog"})
    with pytest.raises(InputError, match="where the subject goes"):
        evaluate(studio, [100], PHOTOS, None, prompts=["a ball in the snow"], **options)
    assert not studio.asked
    with pytest.raises(InputError, match="1 pictures for 4 prompts"):
        evaluate(lambda step, prompts, seeds: [PHOTOS[0]], [100], PHOTOS, None, **options)


def test_without_an_embedder_the_untrained_model_is_the_judge(tiny: Any, drawn: dict[str, list[Image.Image]]) -> None:
    """Pictures of the subject score above pictures of something else, and the class is seen to be lost."""
    photos, others = drawn["can"], drawn["dog"]

    def paint(step: int | None, prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        about_subject = "sks" in prompts[0]
        learned = step is not None and (about_subject or step == 200)
        return [(photos if learned else others)[seed] for seed in seeds]

    found = evaluate(
        paint, [100, 200], photos[:2], tiny, instance_prompt="a photo of sks can", class_prompt="a photo of a can",
        prompts=(), seeds=(1, 2),
    )  # fmt: skip
    assert found.embedder.startswith("diffusion features (latents, up_blocks.")
    assert found.prompt_by == "diffusion classifier"
    assert found[100].fidelity > 80
    assert found[100].class_kept == 100
    assert found[200].class_kept < 20
    assert found.recommended == 100
