"""The learning rate as a pure function of the step: nothing to save, nothing that restarts after a resume."""

from __future__ import annotations

from math import cos, pi


def factor(kind: str, step: int, steps: int, warmup: int) -> float:
    """What the peak rate is multiplied with at `step` (0 for the first) of `steps`.

    "constant", "linear" down to 0 at the end, "cosine" (half a period, Loshchilov and Hutter, 2017); each after a
    linear rise over `warmup` steps.
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    way = (step - warmup) / max(1, steps - warmup)
    if kind == "linear":
        return 1.0 - way
    if kind == "cosine":
        return 0.5 * (1.0 + cos(pi * way))
    return 1.0
