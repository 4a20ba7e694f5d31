"""A Stable Diffusion 1.x or 2.x pipeline's tensors by the names of the original code (CompVis, Stability AI).

The original UNet is one list of blocks down and one up, where diffusers has levels of layers; its autoencoder counts
the levels of the decoder from the other end and has 1x1 convolutions for the attention's projections. The text encoder
of 1.x is the one of transformers, that of 2.x is OpenCLIP's, which keeps query, key and value in one matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import ConfigError

if TYPE_CHECKING:
    import torch

LEVELS, LAYERS = 4, 2  # of both; on the way up there is a layer more
UNET, VAE, CLIP, OPEN_CLIP = (
    "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer.text_model.",
    "cond_stage_model.model.",
)  # fmt: skip
_UNET_PARTS = {
    "resnets": {
        "norm1.": "in_layers.0.", "conv1.": "in_layers.2.", "norm2.": "out_layers.0.", "conv2.": "out_layers.3.",
        "time_emb_proj.": "emb_layers.1.", "conv_shortcut.": "skip_connection.",
    },
}  # fmt: skip
_VAE_PARTS = {
    "resnets": {"conv_shortcut.": "nin_shortcut."},
    "attentions": {"group_norm.": "norm.", "to_q.": "q.", "to_k.": "k.", "to_v.": "v.", "to_out.0.": "proj_out."},
}
_OPEN_CLIP_PARTS = {
    "embeddings.token_embedding.": "token_embedding.",
    "embeddings.position_embedding.weight": "positional_embedding",
    "encoder.layers.": "transformer.resblocks.",
    "final_layer_norm.": "ln_final.",
    "layer_norm1.": "ln_1.",
    "layer_norm2.": "ln_2.",
    "mlp.fc1.": "mlp.c_fc.",
    "mlp.fc2.": "mlp.c_proj.",
    "self_attn.out_proj.": "attn.out_proj.",
}
_QUERY, _KEY, _VALUE = (f".self_attn.{letter}_proj." for letter in "qkv")


def original_layout(pipeline: Any, *, open_clip: bool) -> dict[str, torch.Tensor]:
    """The tensors of UNet, autoencoder and text encoder; only what has another shape is a copy.

    open_clip: whether the text encoder is OpenCLIP's, as in 2.x. Raises `ConfigError` for a tensor that the original
    models do not have.
    """
    text = {
        name.removeprefix("text_model."): tensor
        for name, tensor in pipeline.text_encoder.state_dict().items()
        if not name.endswith("position_ids")
    }
    encoder = _open_clip(text) if open_clip else {CLIP + name: tensor for name, tensor in text.items()}
    return {**_unet(pipeline.unet.state_dict()), **_vae(pipeline.vae.state_dict()), **encoder}


def _unet(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    places = _unet_places()
    return {UNET + _renamed(name, places, _UNET_PARTS): tensor for name, tensor in state.items()}


def _vae(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    places = _vae_places()
    made = {}
    for name, tensor in state.items():
        matrix = ".attentions." in name and tensor.ndim == 2
        made[VAE + _renamed(name, places, _VAE_PARTS)] = tensor[:, :, None, None] if matrix else tensor
    return made


def _open_clip(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    import torch

    made = {}
    for name, tensor in state.items():
        if _QUERY in name:
            three = [state[name.replace(_QUERY, part)] for part in (_QUERY, _KEY, _VALUE)]
            name, tensor = name.replace(_QUERY, ".attn.in_proj_"), torch.cat(three)
        elif _KEY in name or _VALUE in name:
            continue
        for theirs, original in _OPEN_CLIP_PARTS.items():
            name = name.replace(theirs, original)
        made[OPEN_CLIP + name] = tensor
    return made


def _renamed(name: str, places: Mapping[str, str], parts: Mapping[str, Mapping[str, str]]) -> str:
    """The place is the layer's, and a part is what is inside one of its kind."""
    place = next((place for place in places if name.startswith(place)), None)
    if place is None:
        raise ConfigError(
            f"model: its tensor {name} has no place in the original layout of Stable Diffusion. Use the folder of "
            "write_final, which diffusers loads.",
            field="model",
        )
    rest = name.removeprefix(place)
    for kind, inner in parts.items():
        part = next((part for part in inner if rest.startswith(part)), None) if f".{kind}." in place else None
        if part is not None:
            rest = inner[part] + rest.removeprefix(part)
            break
    return places[place] + rest


def _unet_places() -> dict[str, str]:
    places = {
        "time_embedding.linear_1.": "time_embed.0.", "time_embedding.linear_2.": "time_embed.2.",
        "conv_in.": "input_blocks.0.0.", "conv_norm_out.": "out.0.", "conv_out.": "out.2.",
        "mid_block.resnets.0.": "middle_block.0.", "mid_block.attentions.0.": "middle_block.1.",
        "mid_block.resnets.1.": "middle_block.2.",
    }  # fmt: skip
    each = LAYERS + 1
    for level in range(LEVELS):
        for layer in range(LAYERS):
            places[f"down_blocks.{level}.resnets.{layer}."] = f"input_blocks.{each * level + layer + 1}.0."
            places[f"down_blocks.{level}.attentions.{layer}."] = f"input_blocks.{each * level + layer + 1}.1."
        for layer in range(LAYERS + 1):
            places[f"up_blocks.{level}.resnets.{layer}."] = f"output_blocks.{each * level + layer}.0."
            places[f"up_blocks.{level}.attentions.{layer}."] = f"output_blocks.{each * level + layer}.1."
        places[f"down_blocks.{level}.downsamplers.0.conv."] = f"input_blocks.{each * level + each}.0.op."
        # the lowest level has no attention, so what enlarges follows its convolutions at once
        behind = 2 if level else 1
        places[f"up_blocks.{level}.upsamplers.0."] = f"output_blocks.{each * level + LAYERS}.{behind}."
    return places


def _vae_places() -> dict[str, str]:
    places = {"quant_conv.": "quant_conv.", "post_quant_conv.": "post_quant_conv."}
    for side in ("encoder.", "decoder."):
        places |= {
            f"{side}conv_in.": f"{side}conv_in.", f"{side}conv_out.": f"{side}conv_out.",
            f"{side}conv_norm_out.": f"{side}norm_out.", f"{side}mid_block.attentions.0.": f"{side}mid.attn_1.",
            f"{side}mid_block.resnets.0.": f"{side}mid.block_1.", f"{side}mid_block.resnets.1.": f"{side}mid.block_2.",
        }  # fmt: skip
    for level in range(LEVELS):
        other = LEVELS - 1 - level
        for layer in range(LAYERS + 1):
            places[f"encoder.down_blocks.{level}.resnets.{layer}."] = f"encoder.down.{level}.block.{layer}."
            places[f"decoder.up_blocks.{level}.resnets.{layer}."] = f"decoder.up.{other}.block.{layer}."
        places[f"encoder.down_blocks.{level}.downsamplers.0."] = f"encoder.down.{level}.downsample."
        places[f"decoder.up_blocks.{level}.upsamplers.0."] = f"decoder.up.{other}.upsample."
    return places
