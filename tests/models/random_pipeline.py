"""A Stable Diffusion pipeline with random weights, made of the standard classes, on disk and without a download.

Its pictures are noise; what the tests look at is how it is loaded, called, counted and freed. 0.3 MB, 16x16 pixels.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

WORDS = ("a", "red", "blue", "boat", "circle", "square", "on", "the", "left", "green", "white")


def vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """CLIP's byte-level alphabet with the merges that a few words need."""
    from tokenizers.pre_tokenizers import ByteLevel

    alphabet = sorted(ByteLevel.alphabet())
    tokens = [*alphabet, *(f"{letter}</w>" for letter in alphabet)]
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            if pair not in merges:
                merges.append(pair)
            parts = ["".join(pair), *parts[2:]]
            if parts[0] not in tokens:
                tokens.append(parts[0])
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {token: number for number, token in enumerate(tokens)}, merges


def random_pipeline() -> Any:
    """The pipeline in memory; the same weights every time."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    vocab, merges = vocabulary()
    tokenizer = CLIPTokenizer(vocab, merges, model_max_length=77)
    end = vocab["<|endoftext|>"]
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(vocab), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
            projection_dim=16, bos_token_id=vocab["<|startoftext|>"], eos_token_id=end, pad_token_id=end,
        )
    )  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, cross_attention_dim=16, norm_num_groups=4,
        attention_head_dim=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, sample_size=16,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, clip_sample=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return StableDiffusionPipeline(
            vae=vae, text_encoder=text_encoder, tokenizer=tokenizer, unet=unet, scheduler=scheduler,
            safety_checker=None, feature_extractor=None, requires_safety_checker=False,
        )  # fmt: skip


def save_random_pipeline(folder: Path) -> Path:
    """Write the pipeline's folder and return it."""
    random_pipeline().save_pretrained(str(folder))
    return folder
