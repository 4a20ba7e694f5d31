"""The exponential moving average of the trained weights: a calmer model than the last step's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Average:
    """`decay` near 1 averages over about 1 / (1 - decay) steps; at the start over fewer, so that it begins at once."""

    def __init__(self, parameters: dict[str, torch.nn.Parameter], decay: float) -> None:
        self._parameters = parameters
        self._decay = decay
        self.shadow = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    def update(self, step: int) -> None:
        """Take in the weights after step `step` (1 for the first)."""
        import torch

        decay = min(self._decay, (1 + step) / (10 + step))
        current = [parameter.detach() for parameter in self._parameters.values()]
        torch._foreach_lerp_(list(self.shadow.values()), current, 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Compute with the averaged weights inside the block; the trained ones come back bit for bit."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, parameter in self._parameters.items():
            parameter.data, self.shadow[name] = self.shadow[name], parameter.data
