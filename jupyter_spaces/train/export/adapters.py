"""Adapters as a file that `pipe.load_lora_weights` reads.

Names are peft's for the UNet and diffusers' for the text encoders, which is what diffusers reads whatever layers were
trained: in a file where only some of the UNet's names are diffusers' own (`to_q.lora.down`), it decides by the first
name how to read all. The header holds the settings that the tensors do not show, alpha and DoRA: without them diffusers
takes alpha for the rank.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.train.checkpoint import Checkpoint, read_weights
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.export.architecture import standard_name
from jupyter_spaces.train.export.origin import origin
from jupyter_spaces.train.export.replacement import replacing
from jupyter_spaces.train.trained import ADAPTER

if TYPE_CHECKING:
    import torch

FILE = "pytorch_lora_weights.safetensors"
_MAGNITUDE = ".lora_magnitude_vector.weight"
_SETTINGS = "lora_adapter_metadata"  # diffusers' name for them in the header


@dataclass(frozen=True)
class Adapters:
    """A file of adapters. `settings` are peft's, `unet.lora_alpha` say; `about` is the rest of the header."""

    layers: dict[str, torch.Tensor]
    settings: dict[str, Any]
    about: dict[str, str]


def write_adapters(base: Any, config: TrainConfig, checkpoint: Checkpoint, folder: Path) -> Path:
    """Write the checkpoint's adapters to `folder`, in the number format of the base's UNet, and return the folder."""
    from safetensors.torch import save_file

    dtype = next(base.unet.parameters()).dtype
    weights = {_plain(name): tensor.to(dtype) for name, tensor in read_weights(checkpoint.folder).items()}
    header = {
        "format": "pt",
        _SETTINGS: json.dumps(_settings(weights, config), sort_keys=True),
        **_about(base, config, checkpoint),
    }
    with replacing(folder) as part:
        part.mkdir()
        save_file({name: tensor.contiguous() for name, tensor in _named(weights).items()}, part / FILE, metadata=header)
    return folder


def read_adapters(folder: Path) -> Adapters:
    """What `write_adapters` wrote. Raises `CheckpointError` for anything else."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / FILE, framework="pt") as file:
            about = dict(file.metadata())
            settings: dict[str, Any] = json.loads(about.pop(_SETTINGS))
            return Adapters({name: file.get_tensor(name) for name in file.keys()}, settings, about)  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        raise CheckpointError(
            f"{folder} holds no adapters of this package: it has no {FILE} whose header says how they were made. Name "
            "the folder that write_final wrote for a run of method: lora."
        ) from None


def _plain(name: str) -> str:
    """The name without that of the adapter in it."""
    return name.replace(f".{ADAPTER}", "")


def _alpha(config: TrainConfig) -> float:
    return config.lora_alpha if config.lora_alpha is not None else config.lora_rank


def _settings(weights: Mapping[str, torch.Tensor], config: TrainConfig) -> dict[str, Any]:
    layers: dict[str, set[str]] = {}
    for name in weights:
        component, layer = name.split(".lora_")[0].split(".", 1)
        layers.setdefault(component, set()).add(layer)
    return {
        f"{component}.{name}": value
        for component, names in layers.items()
        for name, value in {
            "r": config.lora_rank, "lora_alpha": _alpha(config), "use_dora": config.use_dora,
            "target_modules": sorted(names),
        }.items()
    }  # fmt: skip


def _about(base: Any, config: TrainConfig, checkpoint: Checkpoint) -> dict[str, str]:
    """For people and for other programs; a safetensors header holds texts only."""
    kind = standard_name(base)
    return {
        "base_model": origin(config.model),
        "instance_prompt": config.instance_prompt,
        "rank": str(config.lora_rank),
        "alpha": str(_alpha(config)),
        "steps": str(checkpoint.step),
        "seed": str(config.seed),
        **({"modelspec.sai_model_spec": "1.0.0", "modelspec.architecture": f"{kind}/lora"} if kind else {}),
    }


def _named(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    from diffusers.utils.state_dict_utils import convert_state_dict_to_diffusers

    convert: Any = convert_state_dict_to_diffusers
    # A DoRA magnitude: peft's files, which the UNet is read as, name it without a `weight`. transformers, which reads
    # the text encoders, passes over that name with a warning, and starts from the base model's magnitudes.
    unet = {name.replace(_MAGNITUDE, _MAGNITUDE.removesuffix(".weight")): tensor
            for name, tensor in weights.items() if name.startswith("unet.")}  # fmt: skip
    text = {_with_model(name): tensor for name, tensor in weights.items() if not name.startswith("unet.")}
    named: dict[str, torch.Tensor] = convert(text) if text else {}
    return {**unet, **named}


def _with_model(name: str) -> str:
    """transformers 5 took the `text_model` out of the first encoder's names; every other reader expects it."""
    component, layer = name.split(".", 1)
    return name if layer.startswith("text_model.") else f"{component}.text_model.{layer}"
