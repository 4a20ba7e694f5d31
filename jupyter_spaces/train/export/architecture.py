"""Which published architecture a pipeline has, by the names of the Stability AI model metadata standard.

Other programs decide by the sizes how to read a file, so the sizes decide here too. A model of other sizes, such as the
tiny one, has no name: diffusers loads it, and nothing else does.
"""

from __future__ import annotations

from typing import Any

V1, V2, XL = "stable-diffusion-v1", "stable-diffusion-v2", "stable-diffusion-xl-v1"
_NAMES = {
    (V1, "epsilon"): "stable-diffusion-v1",
    (V2, "epsilon"): "stable-diffusion-v2-512",
    (V2, "v_prediction"): "stable-diffusion-v2-768-v",
    (XL, "epsilon"): "stable-diffusion-xl-v1-base",
}
_SIZES = {  # channels of the UNet, width of the text, channels of the autoencoder
    ((320, 640, 1280, 1280), 768, (128, 256, 512, 512)): V1,
    ((320, 640, 1280, 1280), 1024, (128, 256, 512, 512)): V2,
    ((320, 640, 1280), 2048, (128, 256, 512, 512)): XL,
}
_LAYERS = (2, 2)  # per level, of both
_CHANNELS = (4, 4)  # in and out; models for inpainting take more


def architecture(pipeline: Any) -> str | None:
    """`V1`, `V2` or `XL`; None for other sizes."""
    unet, vae = pipeline.unet.config, pipeline.vae.config
    if (unet.layers_per_block, vae.layers_per_block) != _LAYERS or (unet.in_channels, unet.out_channels) != _CHANNELS:
        return None
    return _SIZES.get((tuple(unet.block_out_channels), unet.cross_attention_dim, tuple(vae.block_out_channels)))


def standard_name(pipeline: Any) -> str | None:
    """The standard's `modelspec.architecture`; None where it has no name for the model."""
    kind = architecture(pipeline)
    return None if kind is None else _NAMES.get((kind, pipeline.scheduler.config.prediction_type))
