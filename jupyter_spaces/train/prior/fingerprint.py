"""A fingerprint of weights that is exact and cheap: it tells whether cached class images come from this very model.

Hashing gigabytes on the CPU takes seconds and a copy. Here each tensor is read as integers where it is, and summed
twice: plainly and weighted by position. Integer sums wrap around and do not depend on the order of addition, so the
result is the same on every device and for any number of threads; one changed bit changes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def fingerprint(modules: Mapping[str, torch.nn.Module]) -> str:
    """32 hexadecimal digits for the weights of these modules."""
    import torch

    digest = hashlib.sha256()
    sums, names = [], []
    with torch.no_grad():
        for component, module in sorted(modules.items()):
            for name, tensor in sorted(module.state_dict().items()):
                names.append(f"{component}.{name} {tensor.dtype} {tuple(tensor.shape)}")
                sums.append(torch.stack(_sums(tensor)))
        values = torch.stack([pair.cpu() for pair in sums]) if sums else torch.zeros(0)
    digest.update("\n".join(names).encode())
    digest.update(values.numpy().tobytes())
    return digest.hexdigest()[:32]


def _sums(tensor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    bits = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    whole = tensor.detach().contiguous().view(-1).view(bits)
    plain = torch.zeros((), dtype=torch.int64, device=tensor.device)
    placed = torch.zeros_like(plain)
    for start in range(0, whole.numel(), 2**24):  # in slices: as 64-bit integers they take up to eight times the room
        numbers = whole[start : start + 2**24].long()
        places = torch.arange(start + 1, start + 1 + numbers.numel(), device=tensor.device)
        plain += numbers.sum()
        placed += (numbers * places).sum()
    return plain, placed
