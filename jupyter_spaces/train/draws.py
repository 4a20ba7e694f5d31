"""Every random number of step i is a function of (seed, i), by private generators.

Nothing is drawn from torch's or numpy's process-wide generators, which other cells use too, and nothing depends on how
many numbers were drawn before. So a run that goes on from any step, in a new process, draws what it would have drawn;
and what a cell draws meanwhile changes nothing.

Everything is drawn on the CPU for the whole step at once, whatever the device and however many processes share it, so
the numbers do not depend on either. (The counter-based scheme of Salmon et al., 2011; OneTrainer seeds its noise so.)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def seed_for(*parts: int | str) -> int:
    """A 63-bit seed from a tuple of numbers and words; any difference gives an unrelated one."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def generator(*parts: int | str) -> torch.Generator:
    """A CPU generator of one's own for this purpose."""
    import torch

    return torch.Generator("cpu").manual_seed(seed_for(*parts))


@dataclass(frozen=True)
class Picks:
    """Which pictures step i uses, as indices. Subject first."""

    photos: torch.Tensor  # (batch,) int64
    variants: torch.Tensor  # (batch,) int64: the crop of each
    class_images: torch.Tensor  # (class batch,) int64


def picks(
    seed: int, step: int, *, photos: int, variants: int, batch: int, class_images: int, class_batch: int
) -> Picks:
    """The pictures of step `step` (0 for the first).

    Photos come in passes: each pass shows every photo once, in an order of its own. Class images are drawn evenly from
    the `class_images` that exist at this step.
    """
    import torch

    numbers = range(step * batch, (step + 1) * batch)
    orders = {one // photos: None for one in numbers}
    passes = {epoch: torch.randperm(photos, generator=generator(seed, "order", epoch)) for epoch in orders}
    chosen = torch.stack([passes[one // photos][one % photos] for one in numbers])
    random = generator(seed, "picks", step)
    crops = torch.randint(variants, (batch,), generator=random)
    classes = torch.randint(max(1, class_images), (class_batch,), generator=random)
    return Picks(chosen, crops, classes)


@dataclass(frozen=True)
class Noises:
    """The noise of step i, for subject and class together, (n, channels, height, width) each."""

    latent: torch.Tensor  # with which a latent is sampled from the encoder's distribution
    noise: torch.Tensor
    offset: torch.Tensor  # (n, channels, 1, 1)
    times: torch.Tensor  # (n,) int64, 0 to timesteps - 1


def noises(seed: int, step: int, shape: tuple[int, ...], timesteps: int) -> Noises:
    """The noise of step `step` for latents of this shape (n, channels, height, width)."""
    import torch

    random = generator(seed, "noise", step)
    count, channels = shape[:2]
    times = torch.randint(timesteps, (count,), generator=random)
    noise = torch.randn(shape, generator=random, dtype=torch.float32)
    return Noises(
        latent=torch.randn(shape, generator=random, dtype=torch.float32),
        noise=noise,
        offset=torch.randn((count, channels, 1, 1), generator=random, dtype=torch.float32),
        times=times,
    )
