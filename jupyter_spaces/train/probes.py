"""Probe losses: what the training loss does not tell.

The training loss falls while a class collapses into the one subject; two losses with fixed pictures, fixed noise and
fixed time steps tell more. On class images that are not trained on, the loss rises when the class collapses. On a photo
that is held out, it falls while the subject is learned and rises when the other photos are learned by heart. Both are
cheap: a few forward passes, and comparable from step to step and from run to run.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jupyter_spaces.train import loss
from jupyter_spaces.train.draws import generator
from jupyter_spaces.train.history import ProbeRow
from jupyter_spaces.train.precision import autocast

if TYPE_CHECKING:
    import torch

    from jupyter_spaces.train.trainer import Trainer

COUNT = 8  # class images and time steps
_AT_ONCE = 8  # pictures per forward pass


class Probes:
    """The fixed pictures. `class_latents` (COUNT or fewer, channels, height, width) and `photo` (1, ...), or None."""

    def __init__(
        self, trainer: Trainer, class_latents: torch.Tensor | None, photo: torch.Tensor | None, caption: str
    ) -> None:
        self._trainer = trainer
        config = trainer.config
        self._class = None if class_latents is None else self._fix(class_latents, config.class_prompt or "", "class")
        # the one photo at every time step
        self._photo = None if photo is None else self._fix(photo.repeat(COUNT, 1, 1, 1), caption, "photo")

    def measure(self) -> ProbeRow:
        """Both losses of the model as it is now; NaN for the one that has no pictures."""
        return ProbeRow(self._trainer.done, self._loss(self._class), self._loss(self._photo))

    def _fix(
        self, clean: torch.Tensor, caption: str, name: str
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, str]:
        import torch

        trainer = self._trainer
        random = generator(trainer.config.seed, "probe", name)
        noise = torch.randn(clean.shape, generator=random).to(clean.device)
        count = len(trainer.family.alphas)
        times = ((torch.arange(len(clean)) + 0.5) / len(clean) * count).long()
        return clean, noise, times, caption

    def _loss(self, fixed: tuple[torch.Tensor, torch.Tensor, torch.Tensor, str] | None) -> float:
        import torch

        if fixed is None:
            return math.nan
        trainer = self._trainer
        clean, noise, times, caption = fixed
        errors = []
        with torch.no_grad(), autocast(trainer.config.precision, trainer.device):
            for rows in torch.arange(len(clean)).split(_AT_ONCE):  # type: ignore[no-untyped-call]
                alphas = trainer.family.alphas[times[rows]].to(trainer.device)
                noisy = loss.add_noise(clean[rows], noise[rows], alphas)
                said = trainer.texts.encode([caption] * len(rows))
                answer = trainer.predict(trainer.trained.denoiser, said, noisy, times[rows].to(trainer.device))
                wanted = loss.target(trainer.family.prediction, clean[rows], noise[rows], alphas)
                errors.append(loss.per_picture(answer, wanted))
        return float(torch.cat(errors).mean())
