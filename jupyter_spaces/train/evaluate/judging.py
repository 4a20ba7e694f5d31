"""Did the run learn the subject, was the class kept, is the prompt followed?

Every model, the untrained one first, paints the same prompts from the same seeds: the instance prompt and a few more
about the subject, and the class prompt. The pictures become vectors, the vectors become the paper's measures
(`measures`), and these become percentages between what the untrained model and the photos reach (`dials`).

Who paints is the caller's business: this package knows no run. It is told by a callable, and tells how far it is by
another, which may raise to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jupyter_spaces.errors import InputError, PhotoError
from jupyter_spaces.train.evaluate.diffusion import diffusion_features, prompt_score
from jupyter_spaces.train.evaluate.embedder import Embedder, Embeddings, TextEmbedder
from jupyter_spaces.train.evaluate.evaluation import Evaluation, Scores
from jupyter_spaces.train.evaluate.measures import (
    diversity,
    mutual_similarity,
    prior_preservation,
    prompt_fidelity,
    subject_fidelity,
)
from jupyter_spaces.train.evaluate.perceptual import perceptual_diversity
from jupyter_spaces.train.evaluate.prompts import CONTEXTS, fill, subject_of

if TYPE_CHECKING:
    from PIL import Image

Paint = Callable[["int | None", list[str], list[int]], "list[Image.Image]"]
"""paint(step, prompts, seeds): picture i is prompts[i] from seeds[i], by the checkpoint of that step, None for the
untrained model. Both lists are of one length."""

OnProgress = Callable[[int, int, str], None]
"""on_progress(done, total, doing): pictures that are painted and measured, of all, and what comes now. Raising stops
the evaluation."""


def evaluate(
    paint: Paint,
    checkpoints: Sequence[int],
    photos: Sequence[Image.Image],
    base: Any,
    *,
    instance_prompt: str,
    class_prompt: str,
    embedder: Embedder | None = None,
    prompts: Sequence[str] = CONTEXTS,
    seeds: Sequence[int] = (0, 1, 2, 3),
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Measure these checkpoints, (2 + prompts) x seeds pictures each and as many by the untrained model.

    photos: the subject's, two or more. base: the untrained pipeline, which is the embedder when none is given, and the
    judge of prompts when the embedder knows no texts. prompts: templates with {} for the subject, beside the two
    prompts themselves; `PROMPTS["object"]` and `PROMPTS["live"]` are the paper's. The class prompt and the templates
    with the class words are what pictures are compared with, for neither the judge nor the untrained model knows the
    identifier. Raises `ConfigError`, `PhotoError` or `InputError` before anything is painted.
    """
    steps = sorted(set(checkpoints))
    if not steps or not seeds:
        raise InputError(
            f"checkpoints={list(checkpoints)!r}, seeds={list(seeds)!r}: at least one of each is needed.",
            parameter="seeds" if steps else "checkpoints",
        )
    if len(photos) < 2:
        raise PhotoError(
            f"{len(photos)} photo of the subject: how alike two photos of it are is what its pictures are measured "
            "by. Give two or more."
        )
    asked = _questions(instance_prompt, class_prompt, prompts)
    judge = Judge(base, embedder or diffusion_features(base), photos, [question.meant for question in asked])
    total = (1 + len(steps)) * len(asked) * len(seeds)
    models: list[int | None] = [None, *steps]

    def answers(number: int, step: int | None) -> Iterator[tuple[Question, list[Image.Image]]]:
        who = "the untrained model" if step is None else f"step {step}"
        for place, question in enumerate(asked):
            if on_progress is not None:
                on_progress((number * len(asked) + place) * len(seeds), total, f"{who}: {question.text}")
            pictures = paint(step, [question.text] * len(seeds), list(seeds))
            if len(pictures) != len(seeds):
                raise InputError(
                    f"paint: {len(pictures)} pictures for {len(seeds)} prompts. Give one picture per prompt and seed.",
                    parameter="paint",
                )
            yield question, pictures

    scores = [judge.scores(step, answers(number, step)) for number, step in enumerate(models)]
    if on_progress is not None:
        on_progress(total, total, "done")
    return Evaluation(
        instance_prompt=instance_prompt,
        class_prompt=class_prompt,
        prompts=tuple(question.text for question in asked if question.subject),
        seeds=tuple(seeds),
        embedder=judge.embedder.name,
        prompt_by=judge.prompt_by,
        diversity_by=judge.diversity_by,
        mark=mutual_similarity(judge.photos),
        base=scores[0],
        checkpoints=tuple(scores[1:]),
    )


@dataclass(frozen=True)
class Question:
    """A prompt as it is painted, and the same in words that a judge knows."""

    text: str
    meant: str
    subject: bool  # about the subject, or about its class


def _questions(instance_prompt: str, class_prompt: str, templates: Sequence[str]) -> list[Question]:
    subject = subject_of(instance_prompt, class_prompt)
    more = [Question(fill(one, subject.words), fill(one, subject.class_words), subject=True) for one in templates]
    return [
        Question(instance_prompt, class_prompt, subject=True),
        *more,
        Question(class_prompt, class_prompt, subject=False),
    ]


class Judge:
    """Turns the pictures of one model into its `Scores`, always in the same way."""

    def __init__(self, base: Any, embedder: Embedder, photos: Sequence[Image.Image], meanings: Sequence[str]) -> None:
        self.embedder = embedder
        self.photos: Embeddings = embedder.images(photos)
        self._base = base
        self._meanings = list(dict.fromkeys(meanings))
        self._perceptual = perceptual_diversity()
        self.prompt_by = "CLIP-T" if isinstance(embedder, TextEmbedder) else "diffusion classifier"
        self.diversity_by = "1 - cosine" if self._perceptual is None else "LPIPS"

    def scores(self, step: int | None, answers: Iterator[tuple[Question, list[Image.Image]]]) -> Scores:
        """The measures of one model's answers to all questions."""
        subject: list[Embeddings] = []
        of_class: list[Embeddings] = []
        followed: list[float] = []
        apart: list[float] = []
        for question, pictures in answers:
            rows = self.embedder.images(pictures)
            if not question.subject:
                of_class.append(rows)
                continue
            subject.append(rows)
            followed.append(self._follows(question.meant, pictures, rows))
            apart.append(self._apart(pictures, rows))
        return Scores(
            step,
            fidelity=subject_fidelity(np.concatenate(subject), self.photos),
            prior=prior_preservation(np.concatenate(of_class), self.photos),
            prompt=float(np.mean(followed)),
            diversity=float(np.mean(apart)),
        )

    def _follows(self, meant: str, pictures: Sequence[Image.Image], rows: Embeddings) -> float:
        if isinstance(self.embedder, TextEmbedder):
            return prompt_fidelity(rows, np.repeat(self.embedder.texts([meant]), len(rows), axis=0))
        # Told apart from the other prompts, and from no prompt when there is no other.
        against = [other for other in self._meanings if other != meant] or [""]
        return float(prompt_score(self._base, pictures, [meant] * len(pictures), against=against).mean())

    def _apart(self, pictures: Sequence[Image.Image], rows: Embeddings) -> float:
        if len(pictures) < 2:
            return float("nan")
        return diversity(rows) if self._perceptual is None else self._perceptual(pictures)
