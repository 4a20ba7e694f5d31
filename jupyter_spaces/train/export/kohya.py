"""Adapters by the names of kohya-ss/sd-scripts, which the web UIs read.

`unet.down_blocks.0...to_q.lora_A.weight` becomes `lora_unet_down_blocks_0...to_q.lora_down.weight`, and every layer has
its own `.alpha`. diffusers reads the file too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.train.export.adapters import Adapters, read_adapters
from jupyter_spaces.train.export.replacement import replacing

if TYPE_CHECKING:
    import torch

_ENDS = {
    ".lora_A.weight": "lora_down",
    ".lora_B.weight": "lora_up",
    ".lora_linear_layer.down.weight": "lora_down",
    ".lora_linear_layer.up.weight": "lora_up",
}
# By the beginning of `modelspec.architecture`: what AUTOMATIC1111's interface looks at to sort the file.
_VERSIONS = {
    "stable-diffusion-v1": {"ss_base_model_version": "sd_v1", "ss_v2": "False"},
    "stable-diffusion-v2": {"ss_base_model_version": "sd_v2", "ss_v2": "True"},
    "stable-diffusion-xl": {"ss_base_model_version": "sdxl_base_v1-0", "ss_v2": "False"},
}


def to_kohya(folder: Path) -> dict[str, torch.Tensor]:
    """The adapters in a folder that `write_final` wrote, by kohya's names.

    Raises `CheckpointError` for another folder, and `ConfigError` for DoRA.
    """
    return _layers(read_adapters(folder))


def write_kohya(folder: Path, path: Path) -> Path:
    """Write the adapters of a folder that `write_final` wrote to the file `path` (`.safetensors`), and return it."""
    from safetensors.torch import save_file

    adapters = read_adapters(folder)
    layers = _layers(adapters)
    with replacing(path) as part:
        save_file(layers, part, metadata={"format": "pt", **adapters.about, **_training(adapters, path.stem)})
    return path


def _layers(adapters: Adapters) -> dict[str, torch.Tensor]:
    import torch

    if any("lora_magnitude_vector" in name for name in adapters.layers):
        # ComfyUI divides by the length of the base weight and not of the sum, diffusers drops the magnitudes
        raise ConfigError(
            "use_dora: true cannot be written by kohya's names: the programs that read them compute DoRA in another "
            "way, and the pictures would not be the trained ones. Use the folder of write_final with diffusers, or "
            "train without use_dora.",
            field="use_dora",
        )
    two = any(name.startswith("text_encoder_2.") for name in adapters.layers)
    prefixes = {"unet": "lora_unet", "text_encoder": "lora_te1" if two else "lora_te", "text_encoder_2": "lora_te2"}
    made: dict[str, torch.Tensor] = {}
    for name, tensor in adapters.layers.items():
        end = next(end for end in _ENDS if name.endswith(end))
        component, layer = name.removesuffix(end).split(".", 1)
        place = f"{prefixes[component]}_{layer.replace('.', '_')}"
        made[f"{place}.{_ENDS[end]}.weight"] = tensor
        made[f"{place}.alpha"] = torch.tensor(float(adapters.settings[f"{component}.lora_alpha"]))
    return made


def _training(adapters: Adapters, name: str) -> dict[str, str]:
    """What kohya's own files say in the header."""
    about = adapters.about
    kind = about.get("modelspec.architecture", "")
    version = next((values for start, values in _VERSIONS.items() if kind.startswith(start)), {})
    return {
        "ss_network_module": "networks.lora",
        "ss_network_dim": about["rank"],
        "ss_network_alpha": about["alpha"],
        "ss_sd_model_name": about["base_model"],
        "ss_output_name": name,
        "ss_seed": about["seed"],
        "ss_steps": about["steps"],
        **version,
    }
