"""The trainer: a state and `step()`. It knows no job, no file and no widget; what it measures it returns.

A step: pick pictures and noise by (seed, step), let the model undo the noise of subject and class in one forward pass,
move the weights. The loop that calls it belongs to the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from jupyter_spaces.train import loss
from jupyter_spaces.train.batch import ClassLatents, Part, parts
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.draws import Noises, Picks, noises, picks
from jupyter_spaces.train.ema import Average
from jupyter_spaces.train.families import Conditioning, Family
from jupyter_spaces.train.latents import PhotoLatents
from jupyter_spaces.train.measured import Measured
from jupyter_spaces.train.optimizer import make_optimizer
from jupyter_spaces.train.precision import autocast, natural, scaler
from jupyter_spaces.train.schedule import factor
from jupyter_spaces.train.texts import Texts
from jupyter_spaces.train.trained import Trained

if TYPE_CHECKING:
    import torch


class Trainer:
    """Trains `trained` on photos and class images. `done` counts the optimizer steps.

    The config is resolved: no field that the model decides is None. `captions` has one text per photo.
    """

    def __init__(
        self,
        config: TrainConfig,
        family: Family,
        trained: Trained,
        photos: PhotoLatents,
        captions: Sequence[str],
        class_latents: ClassLatents | None,
        device: torch.device,
    ) -> None:
        assert config.learning_rate is not None
        assert config.resolution is not None
        self.config = config
        self.family = family
        self.trained = trained
        self.photos = photos
        self.captions = tuple(captions)
        self.class_latents = class_latents
        self.device = device
        self.texts = Texts(family, trained.text_encoders, device, fixed=not trained.trains_text)
        self.base_texts = Texts(family, family.text_encoders, device, fixed=True)
        self.optimizer = make_optimizer(
            config, trained.groups(config.learning_rate, config.text_learning_rate or config.learning_rate)
        )
        self.average = Average(trained.parameters, config.ema_decay) if config.ema_decay else None
        self.scaler = scaler(config.precision, device)
        self.rate = 1.0  # of the peak, beside the schedule: what a person set in the middle of the run
        self.done = 0
        self._resolution = config.resolution
        self._alphas = family.alphas
        self._parameters = list(trained.parameters.values())

    @property
    def learning_rate(self) -> float:
        """The denoiser's rate at the step that comes next."""
        return float(self.optimizer.param_groups[0]["peak"]) * self._factor(self.done)

    def step(self) -> Measured:
        """Do one optimizer step. What it measured can be read when the device is done with it."""
        import torch

        config, step = self.config, self.done
        chosen, drawn = self._draw(step)
        sums = torch.zeros(3, device=self.device)
        for part in parts(config.batch_size, config.class_batch, config.gradient_accumulation):
            losses = self._losses(chosen, drawn, part)
            torch.autograd.backward(self.scaler.scale(losses.total))
            sums += torch.stack([losses.total.detach(), losses.instance, losses.prior])
        rate = self._factor(step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, config.max_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.done += 1
        if self.average is not None:
            self.average.update(self.done)
        values = torch.cat([sums, norm.float().view(1)])
        return Measured(self.done, float(self.optimizer.param_groups[0]["lr"]), values, self.device)

    def _factor(self, step: int) -> float:
        config = self.config
        return self.rate * factor(config.lr_schedule, step, config.steps, config.warmup_steps)

    def _draw(self, step: int) -> tuple[Picks, Noises]:
        config = self.config
        chosen = picks(
            config.seed,
            step,
            photos=len(self.photos),
            variants=self.photos.variants,
            batch=config.batch_size,
            class_images=self.class_latents.available(step) if self.class_latents is not None else 0,
            class_batch=config.class_batch,
        )
        shape = (config.batch_size + config.class_batch, *self.photos.shape)
        return chosen, noises(config.seed, step, shape, len(self._alphas))

    def _losses(self, chosen: Picks, drawn: Noises, part: Part) -> loss.Losses:
        """The share of this part of a step in its loss."""
        import torch

        config, device = self.config, self.device
        photos, variants = chosen.photos[part.photos], chosen.variants[part.photos]
        classes = chosen.class_images[part.class_images]
        # rows of the step's noise: subjects first, then classes
        rows = [*range(part.photos.start, part.photos.stop)]
        rows += range(config.batch_size + part.class_images.start, config.batch_size + part.class_images.stop)
        clean = self.photos.draw(photos, variants, drawn.latent[rows[: len(photos)]].to(device))
        captions = [self.captions[index] for index in photos.tolist()]
        if len(classes):
            assert self.class_latents is not None
            assert config.class_prompt is not None
            clean = torch.cat([clean, self.class_latents.rows(classes)])
            captions += [config.class_prompt] * len(classes)
        noise = (drawn.noise[rows] + config.offset_noise * drawn.offset[rows]).to(device)
        times, alphas = drawn.times[rows].to(device), self._alphas[drawn.times[rows]].to(device)
        noisy = loss.add_noise(clean, noise, alphas)
        wanted = loss.target(self.family.prediction, clean, noise, alphas)
        with autocast(config.precision, device):
            answer = self.predict(self.trained.denoiser, self.texts.encode(captions), noisy, times)
        if config.prior_target == "base" and len(classes):
            wanted = torch.cat([wanted[: len(photos)], self._base_answer(noisy, times, len(photos))])
        errors = loss.per_picture(answer, wanted, self._mask(photos, variants, len(classes)))
        return loss.combine(
            errors,
            loss.snr_weights(self.family.prediction, alphas, config.snr_gamma),
            len(photos),
            prior_weight=config.prior_loss_weight,
            batch=config.batch_size,
            class_batch=config.class_batch,
        )

    def predict(self, denoiser: Any, said: Conditioning, noisy: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """The answer of this denoiser to what was said, at the run's resolution."""
        return self.family.predict(denoiser, noisy, times, self.family.geometry(said, self._resolution))

    def _base_answer(self, noisy: torch.Tensor, times: torch.Tensor, subjects: int) -> torch.Tensor:
        """What the untrained model says to the class images: the pipeline's own module, which never changes."""
        import torch

        assert self.config.class_prompt is not None
        said = self.base_texts.encode([self.config.class_prompt] * (len(noisy) - subjects))
        base = self.family.denoiser
        with torch.no_grad(), autocast(natural(base, self.config.precision), self.device):
            return self.predict(base, said, noisy[subjects:], times[subjects:]).float()

    def _mask(self, photos: torch.Tensor, variants: torch.Tensor, classes: int) -> torch.Tensor | None:
        import torch

        mask = self.photos.mask(photos, variants)
        if mask is None or not classes:
            return mask
        return torch.cat([mask, mask.new_ones((classes, *mask.shape[1:]))])

    def averaged(self) -> AbstractContextManager[None]:
        """The averaged weights inside the block, where there are any."""
        return self.average.applied() if self.average is not None else nullcontext()
