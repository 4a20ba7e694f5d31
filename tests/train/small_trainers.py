"""Trainers of random models on random latents, 16 pixels wide: what the tests of the training core share."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.families import family_of
from jupyter_spaces.train.latents import PhotoLatents
from jupyter_spaces.train.prepare import resolved
from jupyter_spaces.train.prior import OwnClassImages
from jupyter_spaces.train.trained import Trained
from jupyter_spaces.train.trainer import Trainer
from tests.models.random_pipeline import random_pipeline, vocabulary

CPU = torch.device("cpu")


def stable_diffusion(**scheduler: Any) -> Any:
    """The random Stable Diffusion pipeline; its scheduler's config with these changes."""
    pipeline = random_pipeline()
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config, **scheduler)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def stable_diffusion_xl(**scheduler: Any) -> Any:
    """A random Stable Diffusion XL pipeline of the standard classes, with two text encoders."""
    torch.manual_seed(1)
    vocab, merges = vocabulary()
    end = vocab["<|endoftext|>"]
    text = CLIPTextConfig(
        vocab_size=len(vocab), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=16, bos_token_id=vocab["<|startoftext|>"], eos_token_id=end, pad_token_id=end,
    )  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, cross_attention_dim=32, norm_num_groups=4,
        attention_head_dim=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=6 * 8 + 16,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, sample_size=16,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip
    noise = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, clip_sample=False,
        **scheduler,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = StableDiffusionXLPipeline(
            vae=vae, unet=unet, scheduler=noise, add_watermarker=False,
            text_encoder=CLIPTextModel(text), text_encoder_2=CLIPTextModelWithProjection(text),
            tokenizer=CLIPTokenizer(vocab, merges, model_max_length=77),
            tokenizer_2=CLIPTokenizer(vocab, merges, model_max_length=77),
        )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def settings(**more: Any) -> TrainConfig:
    """A config with a class, at a rate at which a few steps show."""
    given = {
        "instance_images": "photos", "instance_prompt": "a red boat", "class_prompt": "a boat", "steps": 12,
        "learning_rate": 1e-3, "checkpoint_every": None, "sample_every": None, "probe_every": None,
    }  # fmt: skip
    return TrainConfig(**{**given, **more})


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    """Normal numbers of a generator of their own."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def photo_latents(photos: int = 3, variants: int = 2, *, masks: bool = False) -> PhotoLatents:
    """Latents of photos that are noise."""
    mean = numbers(photos, variants, 4, 8, 8, seed=1)
    std = numbers(photos, variants, 4, 8, 8, seed=2).abs() * 0.1
    mask = (numbers(photos, variants, 1, 8, 8, seed=3) > 0).float() if masks else None
    return PhotoLatents(mean, std, mask)


def class_images(count: int = 5) -> OwnClassImages:
    """Latents of class images that are noise."""
    return OwnClassImages(numbers(count, 4, 8, 8, seed=4), [], 0)


def trainer_of(pipeline: Any, *, photos: PhotoLatents | None = None, **more: Any) -> Trainer:
    """A trainer of this pipeline that is ready for its first step."""
    family = family_of(pipeline)
    config = resolved(settings(**more), family, CPU)
    photos = photos or photo_latents()
    captions = [f"a red boat on the {side}" for side in ("left", "white", "green")] * len(photos)
    return Trainer(
        config,
        family,
        Trained(family, config, CPU),
        photos,
        captions[: len(photos)],
        class_images() if config.with_prior else None,
        CPU,
    )


def run(trainer: Trainer, steps: int) -> list[float]:
    """Do these steps; their losses."""
    return [trainer.step().row(0.0).loss for _ in range(steps)]
