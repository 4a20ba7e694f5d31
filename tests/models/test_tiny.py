"""The model that ships with the package: it loads offline, paints what the prompt says and fits into the wheel."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel

from recipes.tiny import autoencoder, evaluate, photographs

FOLDER = Path(__file__).parents[2] / "jupyter_spaces" / "models" / "tiny"
# A part of the recipe's list; each names an object in a colour that no training picture showed.
QUESTIONS = evaluate.QUESTIONS[::2]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[StableDiffusionPipeline]:
    """The pipeline as anyone loads it, in single precision and without progress bars."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe = StableDiffusionPipeline.from_pretrained(FOLDER, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield pipe
    torch.set_num_threads(before)


def test_is_a_stock_pipeline_of_stock_parts(pipeline: StableDiffusionPipeline) -> None:
    """Whatever works with Stable Diffusion works with it: no class of its own."""
    assert type(pipeline) is StableDiffusionPipeline
    assert type(pipeline.vae) is AutoencoderKL
    assert type(pipeline.unet) is UNet2DConditionModel
    assert type(pipeline.text_encoder) is CLIPTextModel


def test_fits_into_the_wheel() -> None:
    """Ten megabytes, and only data."""
    files = [path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) <= 10_000_000
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".txt", ".md"}


def test_the_same_seed_paints_the_same_picture(pipeline: StableDiffusionPipeline) -> None:
    """And another seed another one."""
    first, again, other = (evaluate.paint(pipeline, ["a red boat"], [seed])[0] for seed in (7, 7, 8))
    assert first.shape == (64, 64, 3)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_any_text_has_tokens_and_a_word_of_the_world_has_one(pipeline: StableDiffusionPipeline) -> None:
    """Words that it knows are whole, `sks` too; everything else is spelt in bytes and nothing is unknown."""
    tokenizer = pipeline.tokenizer
    assert tokenizer.tokenize("a photo of sks dog") == ["a</w>", "photo</w>", "of</w>", "sks</w>", "dog</w>"]
    assert tokenizer.decode(tokenizer("zwölf 猫").input_ids, skip_special_tokens=True).strip() == "zwölf 猫"


def test_paints_in_the_colour_that_the_prompt_says(pipeline: StableDiffusionPipeline) -> None:
    """Colours of the object follow the prompt, also on objects that were never seen in them."""
    report = evaluate.agreement(pipeline, QUESTIONS, seeds=(0, 1))
    assert report.properties["colour"] >= 0.9, report.properties
    assert report.properties["kind"] >= 0.1, report.properties  # chance is 1 in 24


@pytest.mark.xfail(reason="outlines need longer training than the weights had: recipes/tiny/README.md", strict=True)
def test_paints_what_the_prompt_says(pipeline: StableDiffusionPipeline) -> None:
    """In 90 % of pictures the pixels agree with the prompt, which was never trained on, in all that it asks for."""
    report = evaluate.agreement(pipeline, QUESTIONS, seeds=(0, 1))
    assert report.overall >= 0.9, report.prompts


def test_carries_photographs_that_it_has_not_seen(pipeline: StableDiffusionPipeline) -> None:
    """Somebody's own dog must survive the autoencoder: 24 dB on held-out photographs."""
    assert autoencoder.psnr(pipeline.vae, photographs.held_out_crops()) >= 24.0
