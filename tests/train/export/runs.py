"""Runs that are over, without the hours: random models, a checkpoint of weights that moved, and what they paint."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel

from jupyter_spaces.train.checkpoint import Checkpoint, write_checkpoint
from jupyter_spaces.train.config import TrainConfig
from tests.train.small_trainers import numbers, settings, stable_diffusion, trainer_of


class Finished(NamedTuple):
    """A finished run's pieces."""

    base: Any
    config: TrainConfig
    checkpoint: Checkpoint


def finished(parent: Path, make: Callable[[], Any] = stable_diffusion, **more: Any) -> Finished:
    """A run whose weights are clearly not the base model's any more."""
    base = make()
    trainer = trainer_of(base, **more)
    with torch.no_grad():
        for index, parameter in enumerate(trainer.trained.parameters.values()):
            parameter += 0.3 * numbers(*parameter.shape, seed=index)
    trainer.done = 12
    return Finished(base, settings(**more), write_checkpoint(trainer, parent))


def latents(pipeline: Any, side: int = 16) -> torch.Tensor:
    """What a prompt and a seed become in two steps, before the decoder; a side in pixels."""
    pipeline.set_progress_bar_config(disable=True)
    made: torch.Tensor = pipeline(
        "a red boat", num_inference_steps=2, height=side, width=side, guidance_scale=3.0, output_type="latent",
        generator=torch.Generator().manual_seed(0),
    ).images  # fmt: skip
    return made


def paint(pipeline: Any, side: int = 16) -> npt.NDArray[np.uint8]:
    """The same as a picture."""
    with torch.no_grad():
        pixels = pipeline.vae.decode(latents(pipeline, side) / pipeline.vae.config.scaling_factor).sample
    return np.asarray(pipeline.image_processor.postprocess(pixels)[0])


def farthest(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> int:
    """The greatest difference of two pictures' pixels, 0 to 255."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def four_levels() -> Any:
    """A pipeline with the levels and layers of Stable Diffusion 1.x and 2.x, each of them a few channels wide."""
    small = stable_diffusion()
    torch.manual_seed(2)
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(4, 8, 12, 12), layers_per_block=2, cross_attention_dim=16, norm_num_groups=4,
        attention_head_dim=2,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(4, 8, 8, 8), layers_per_block=2, norm_num_groups=4, latent_channels=4, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = StableDiffusionPipeline(
            **{**small.components, "unet": unet, "vae": vae}, requires_safety_checker=False
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
