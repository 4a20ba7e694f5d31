"""What differs from one family of models to the next, behind one small face.

A family says how a prompt becomes what the denoiser is conditioned on, how the denoiser is asked, which modules there
are, and what the schedule of the noise is. Everything else (data, loss, loop, checkpoints) is the same for all, so a
new family is one more file here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_spaces.errors import ConfigError

if TYPE_CHECKING:
    import torch

SMALL = 50_000_000  # parameters; Stable Diffusion 1.5 has 860 million, the tiny model 3.4

Conditioning = dict[str, Any]
"""Tensors by name, each with the batch as its first dimension: what `predict` needs beside latents and times."""


class Family(ABC):
    """One pipeline, seen by the trainer. `pipeline` is the diffusers pipeline; its modules are not changed here.

    `prediction` is what its model predicts, "epsilon" or "v_prediction". Raises `ConfigError` for another kind.
    """

    name: ClassVar[str]
    learning_rates: ClassVar[Mapping[str, float]] = MappingProxyType({"full": 5e-6, "lora": 1e-4})
    """Peak learning rates by method (the diffusers READMEs)."""
    small_learning_rates: ClassVar[Mapping[str, float]] = MappingProxyType({"full": 3e-4, "lora": 2e-3})
    """The same for denoisers below `SMALL` parameters, which move further per step without harm (measured on tiny)."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.prediction = _prediction(pipeline.scheduler)
        self._alphas: torch.Tensor | None = None

    @property
    def denoiser(self) -> torch.nn.Module:
        """The module that is trained first of all."""
        module: torch.nn.Module = self.pipeline.unet
        return module

    def learning_rate(self, method: str) -> float:
        """The peak learning rate of this method where the config leaves it open."""
        size = sum(parameter.numel() for parameter in self.denoiser.parameters())
        return (self.small_learning_rates if size < SMALL else self.learning_rates)[method]

    @property
    @abstractmethod
    def text_encoders(self) -> dict[str, torch.nn.Module]:
        """Text encoders by the name of their component."""

    @property
    @abstractmethod
    def tokenizers(self) -> dict[str, Any]:
        """The tokenizer of each text encoder, by the encoder's name."""

    @abstractmethod
    def encode(self, prompts: list[str], encoders: dict[str, torch.nn.Module]) -> Conditioning:
        """The text as these encoders say it. Gradients flow where the encoders are trained."""

    def geometry(self, conditioning: Conditioning, resolution: int) -> Conditioning:
        """Add what the family wants to know of the pictures' sizes; nothing, for most."""
        return conditioning

    def predict(
        self, denoiser: torch.nn.Module, noisy: torch.Tensor, times: torch.Tensor, conditioning: Conditioning
    ) -> torch.Tensor:
        """The denoiser's answer, of the shape of `noisy`."""
        answer: torch.Tensor = denoiser(noisy, times, return_dict=False, **conditioning)[0]
        return answer

    @property
    def alphas(self) -> torch.Tensor:
        """`alphas_cumprod` of the noise schedule, (timesteps,), fp32 on the CPU.

        The scheduler of the pipeline may be any solver; the schedule that the model learned is read from its config.
        """
        if self._alphas is None:
            from diffusers import DDPMScheduler

            schedule: Any = DDPMScheduler
            self._alphas = schedule.from_config(self.pipeline.scheduler.config).alphas_cumprod.float().cpu()
        alphas: torch.Tensor = self._alphas
        return alphas

    @property
    def latent_scale(self) -> int:
        """Pixels of one latent position's side."""
        return int(2 ** (len(self.pipeline.vae.config.block_out_channels) - 1))

    @property
    def resolution(self) -> int:
        """The side of the pictures that the model was made for, in pixels."""
        return int(self.pipeline.unet.config.sample_size) * self.latent_scale


def _prediction(scheduler: Any) -> str:
    kind = str(scheduler.config.get("prediction_type"))
    if kind not in ("epsilon", "v_prediction") or "beta_schedule" not in scheduler.config:
        raise ConfigError(
            f"model: its {type(scheduler).__name__} (prediction type {kind}) stands for a kind of model that is not "
            "trained here. Models that predict epsilon or v_prediction on a schedule of betas are.",
            field="model",
        )
    return kind
