"""Number formats: weights are trained in fp32, the forward pass runs in what the device is good at.

Training weights in half precision loses small updates, and fp16 gradients overflow; both are complaints about other
trainers. So the masters are fp32 always, and autocast chooses bfloat16, or fp16 with a scaled loss where a CUDA device
has no bfloat16.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from jupyter_spaces.errors import ConfigError

if TYPE_CHECKING:
    import torch


def resolve(precision: str, device: torch.device) -> str:
    """The format for "auto", and whether the device has the one that was asked for. Raises `ConfigError`."""
    import torch

    if precision == "auto":
        if device.type != "cuda":
            return "fp32"
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    if precision == "fp16" and device.type != "cuda":
        raise ConfigError(
            f"precision: fp16 needs a CUDA device, and this run is on {device.type}. Use precision: auto.",
            field="precision",
        )
    return precision


def natural(module: torch.nn.Module, precision: str) -> str:
    """The format for a module that is used as it is: that of its weights if they are in half precision."""
    return {"torch.bfloat16": "bf16", "torch.float16": "fp16"}.get(str(next(module.parameters()).dtype), precision)


def autocast(precision: str, device: torch.device) -> AbstractContextManager[None]:
    """The forward pass in this format. Entered by every pass: autocast belongs to a thread."""
    import torch

    dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
    return torch.autocast(device.type, dtype or torch.bfloat16, enabled=dtype is not None)


def scaler(precision: str, device: torch.device) -> torch.amp.GradScaler:
    """Scales the loss for fp16; does nothing for the others."""
    import torch

    return torch.amp.GradScaler(device.type, enabled=precision == "fp16")
