"""Prompts as the model reads them: encoded once where the text encoder is frozen, each time where it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_spaces.train.families import Conditioning, Family

if TYPE_CHECKING:
    import torch


class Texts:
    """The conditioning of captions. `fixed`: the encoders do not change, so every caption is encoded only once."""

    def __init__(self, family: Family, encoders: dict[str, torch.nn.Module], device: torch.device, *, fixed: bool):
        self._family = family
        self._encoders = encoders
        self._device = device
        self._fixed = fixed
        self._known: dict[str, Conditioning] = {}

    def encode(self, captions: Sequence[str]) -> Conditioning:
        """The conditioning of these captions, in their order."""
        import torch

        if not self._fixed:
            # several pictures of one caption cost one pass
            once = list(dict.fromkeys(captions))
            rows = torch.tensor([once.index(caption) for caption in captions], device=self._device)
            said = self._family.encode(once, self._encoders)
            return {name: _to(value, self._device)[rows] for name, value in said.items()}
        missing = [caption for caption in dict.fromkeys(captions) if caption not in self._known]
        with torch.no_grad():
            for caption in missing:
                said = self._family.encode([caption], self._encoders)
                self._known[caption] = {name: _to(value, self._device) for name, value in said.items()}
        parts = [self._known[caption] for caption in captions]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _to(value: Any, device: torch.device) -> Any:
    import torch

    # frozen weights may be in half precision; the forward pass decides its own format
    return value.to(device=device, dtype=torch.float32)
