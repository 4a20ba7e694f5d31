"""What every stage of the training shares: a folder for its state, atomic checkpoints, a printed log."""

import os
import time
from math import cos, pi
from pathlib import Path
from typing import Any

import torch


def cosine(step: int, steps: int, hold: float = 0.0, warmup: int = 100) -> float:
    """The learning rate's factor at a step: linear warm-up, 1 for the share `hold`, then half a cosine down to zero."""
    way = max(0.0, step / steps - hold) / (1 - hold)
    return min(1.0, (step + 1) / warmup) * 0.5 * (1 + cos(pi * min(1.0, way)))


def save(state: dict[str, Any], path: Path) -> None:
    """Writes a checkpoint so that a reader finds the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load(path: Path) -> dict[str, Any] | None:
    """The checkpoint, or nothing if there is none yet."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    return state


class Log:
    """Prints a line per report, with the seconds that the stage has run."""

    def __init__(self, stage: str) -> None:
        self._stage, self._start = stage, time.perf_counter()

    def __call__(self, **values: float | int | str) -> None:
        shown = " ".join(f"{k}={v:.4f}" if isinstance(v, float) else f"{k}={v}" for k, v in values.items())
        print(f"{self._stage} {time.perf_counter() - self._start:7.0f}s {shown}", flush=True)


def autocast() -> torch.autocast:
    """bfloat16 where the processor computes in it; elsewhere it is emulated, and was measured 15 times slower."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())
