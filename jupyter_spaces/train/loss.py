"""The loss, as pure functions of tensors.

The model is trained to undo noise: x_t = sqrt(a_t) x + sqrt(1 - a_t) e, with a_t the schedule's `alphas_cumprod`. Its
answer is compared with the noise e ("epsilon", Ho et al., 2020) or with v = sqrt(a_t) e - sqrt(1 - a_t) x
("v_prediction", Salimans and Ho, 2022).

Subject and class go through the model in one batch, but each picture is weighted by its own time step and each group
is averaged by itself before the two are added. (A trainer that weights after averaging, or weights the groups by each
other's time steps, is wrong as soon as Min-SNR meets prior preservation.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PREDICTIONS = ("epsilon", "v_prediction")


def add_noise(clean: torch.Tensor, noise: torch.Tensor, alphas: torch.Tensor) -> torch.Tensor:
    """The noisy latents. `alphas`: `alphas_cumprod` at each picture's time, (n,)."""
    return _wide(alphas.sqrt(), clean) * clean + _wide((1 - alphas).sqrt(), clean) * noise


def target(prediction: str, clean: torch.Tensor, noise: torch.Tensor, alphas: torch.Tensor) -> torch.Tensor:
    """What the model should answer."""
    if prediction == "epsilon":
        return noise
    return _wide(alphas.sqrt(), clean) * noise - _wide((1 - alphas).sqrt(), clean) * clean


def snr_weights(prediction: str, alphas: torch.Tensor, gamma: float | None) -> torch.Tensor:
    """The Min-SNR weight of each picture, (n,); ones without a gamma.

    Hang et al., 2023 (arXiv 2303.09556): min(SNR, gamma) / SNR for epsilon, min(SNR, gamma) / (SNR + 1) for v. At zero
    signal the weight of epsilon is 1 (its limit), that of v is 0.
    """
    import torch

    if gamma is None:
        return torch.ones_like(alphas)
    snr = alphas / (1 - alphas)
    if prediction == "epsilon":
        return (gamma / snr).clamp(max=1)
    return snr.clamp(max=gamma) / (snr + 1)


def per_picture(answer: torch.Tensor, wanted: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """The mean squared error of each picture in fp32, (n,). `mask`: weights in [0, 1], (n, 1, height, width).

    A masked picture is averaged over what its mask leaves, so that a small subject counts as much as a large one.
    """
    errors = (answer.float() - wanted.float()).square()
    if mask is None:
        return errors.mean(dim=(1, 2, 3))
    area = mask.sum(dim=(1, 2, 3)).clamp(min=1e-6) * errors.shape[1]
    return (errors * mask).sum(dim=(1, 2, 3)) / area


@dataclass(frozen=True)
class Losses:
    """Scalars on the device; only `total` has a gradient. `prior` is NaN without class images."""

    total: torch.Tensor
    instance: torch.Tensor
    prior: torch.Tensor


def combine(
    errors: torch.Tensor, weights: torch.Tensor, subjects: int, *, prior_weight: float, batch: int, class_batch: int
) -> Losses:
    """The share that these pictures have in the loss of a step with `batch` subject and `class_batch` class pictures.

    The first `subjects` of them show the subject. The shares of the parts of a step add up to its loss, so a step may
    be computed in parts or by several processes.
    """
    weighted = errors * weights
    instance = weighted[:subjects].sum() / batch
    if not class_batch:
        return Losses(instance, instance.detach(), instance.detach() * float("nan"))
    prior = weighted[subjects:].sum() / class_batch
    return Losses(instance + prior_weight * prior, instance.detach(), prior.detach())


def _wide(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return values.to(like.dtype).view(-1, *([1] * (like.dim() - 1)))
