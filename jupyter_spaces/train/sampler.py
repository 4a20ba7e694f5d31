"""Sample pictures with the modules as they are now: nothing is reloaded, and no random number of the run is touched."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


def own_copy(pipeline: Any) -> Any:
    """The pipeline with a scheduler of its own around the same modules: others may paint with it at the same time."""
    own = copy.copy(pipeline)
    own.scheduler = copy.deepcopy(pipeline.scheduler)
    return own


def paint(
    pipeline: Any,
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    steps: int,
    guidance_scale: float,
    resolution: int,
    on_step: Callable[[], None] = lambda: None,
) -> list[Image.Image]:
    """One picture per prompt and seed pair. The same seed gives the same noise on every device.

    `on_step` is called between denoising steps and may raise to stop.
    """
    import torch

    def tell(_pipeline: Any, _step: int, _time: Any, values: dict[str, Any]) -> dict[str, Any]:
        on_step()
        return values

    pipeline.set_progress_bar_config(disable=True)
    pictures: list[Image.Image] = []
    for prompt, seed in zip(prompts, seeds, strict=True):
        pictures += pipeline(
            prompt,
            num_inference_steps=steps,
            guidance_scale=guidance_scale,
            height=resolution,
            width=resolution,
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=tell,
        ).images
    return pictures
