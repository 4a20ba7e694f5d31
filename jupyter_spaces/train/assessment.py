"""A run judged by `evaluate`: its checkpoints paint, its photos are the mark, and its folder keeps what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.jobs import Progress, current_job
from jupyter_spaces.train import sampler
from jupyter_spaces.train.checkpoint import write_scores
from jupyter_spaces.train.data import find_photos
from jupyter_spaces.train.evaluate import Evaluation, evaluate
from jupyter_spaces.train.families import family_of
from jupyter_spaces.train.personalised import personalised
from jupyter_spaces.train.prepare import device_for, resolved
from jupyter_spaces.train.run_folder import write_text

if TYPE_CHECKING:
    from PIL import Image

    from jupyter_spaces.train.evaluate import Embedder
    from jupyter_spaces.train.run import Run

KEPT = "evaluation.json"


def assess(
    run: Run,
    base: Any,
    *,
    steps: Sequence[int] | None,
    embedder: Embedder | None,
    prompts: Sequence[str],
    seeds: Sequence[int],
) -> Evaluation:
    """Measure these checkpoints of the run, all of them when None. `base` is the diffusers pipeline it began with."""
    config = run.config
    if config.class_prompt is None:
        raise ConfigError(
            "class_prompt is missing: whether the class was kept cannot be told without it. Set it: "
            "run.config = run.config.replace(class_prompt='a photo of a dog').",
            field="class_prompt",
        )
    config = resolved(config, family_of(base), device_for(config, base))
    assert config.resolution is not None
    resolution = config.resolution
    checkpoints = {checkpoint.step: checkpoint for checkpoint in run.checkpoints}
    progress, job = Progress(), current_job()
    current: dict[int | None, Any] = {None: base}  # one personalised model at a time

    def paint(step: int | None, prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        if step not in current:
            for other in [each for each in current if each is not None]:
                del current[other]
            current[step] = personalised(base, run.config, checkpoints[step])  # type: ignore[index]
        return sampler.paint(
            sampler.own_copy(current[step]),
            prompts,
            seeds,
            steps=config.sample_steps,
            guidance_scale=config.sample_guidance_scale,
            resolution=resolution,
            on_step=job.check if job is not None else lambda: None,
        )

    photos = [photo.load() for photo in find_photos(config.instance_images, resolution=resolution)]
    result = evaluate(
        paint,
        [run.checkpoint_of(step).step for step in (checkpoints if steps is None else steps)],
        photos,
        base,
        instance_prompt=config.instance_prompt,
        class_prompt=config.class_prompt or "",
        embedder=embedder,
        prompts=prompts,
        seeds=seeds,
        on_progress=lambda done, total, doing: progress(done, doing, total=total),
    )
    write_text(run.folder / KEPT, result.to_json())
    for dials in result.dials:
        write_scores(checkpoints[dials.step], asdict(dials))
    return result
