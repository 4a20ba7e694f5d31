"""The families of models that can be trained, and which of them a pipeline belongs to."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.train.families.family import Conditioning, Family
from jupyter_spaces.train.families.sdxl import StableDiffusionXL
from jupyter_spaces.train.families.stable_diffusion import StableDiffusion

__all__ = ["Conditioning", "Family", "family_of"]

# By the name of the pipeline's class, so that no diffusers class is imported to be compared with.
_BY_PIPELINE: dict[str, type[Family]] = {
    "StableDiffusionPipeline": StableDiffusion,
    "StableDiffusionXLPipeline": StableDiffusionXL,
}


def family_of(pipeline: Any) -> Family:
    """The family of a diffusers pipeline. Raises `ConfigError` for one that is not known."""
    kind = type(pipeline).__name__
    if kind not in _BY_PIPELINE:
        raise ConfigError(
            f"model: a {kind} cannot be trained here. Load a text-to-image pipeline of Stable Diffusion 1.x, 2.x, XL.",
            field="model",
        )
    return _BY_PIPELINE[kind](pipeline)
