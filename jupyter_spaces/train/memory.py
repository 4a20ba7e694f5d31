"""How much memory training takes now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def peak_memory(device: torch.device) -> float:
    """Bytes: the peak that torch allocated on CUDA, what is allocated on MPS, the process's resident set on a CPU."""
    import torch

    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device))
    if device.type == "mps":
        return float(torch.mps.current_allocated_memory())
    import psutil

    return float(psutil.Process().memory_info().rss)
