"""The class images of a run, as latents on the device: made by the untrained model, or a person's own.

The sampled latents are the training latents. Decoding them, saving them as JPEG and encoding them again, as trainers
usually do, costs time and quality; the decoded pictures are kept only to be looked at.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.draws import generator
from jupyter_spaces.train.families import Family
from jupyter_spaces.train.prior.cache import LatentFolder
from jupyter_spaces.train.prior.fingerprint import fingerprint
from jupyter_spaces.train.prior.pace import CHUNK, Pace

if TYPE_CHECKING:
    import torch


class ClassImages:
    """Makes pictures of the class prompt, chunk by chunk as they are needed: `spare` that are not trained on (for the
    probes), then `config.num_class_images` that are.

    Image k comes from its own generator and is always painted with the same others, so it is the same bit for bit
    however many are made, and a cached one can be reused by a run that wants more of them. `on_image(made, count)`
    hears of the progress and may raise to stop; it is called between denoising steps too.
    """

    def __init__(
        self,
        config: TrainConfig,
        family: Family,
        device: torch.device,
        *,
        spare: int = 0,
        on_image: Callable[[int, int], None] = lambda _made, _count: None,
        root: Path | None = None,
    ) -> None:
        assert config.class_prompt is not None
        assert config.resolution is not None
        self.spare = spare
        self.count = spare + (config.num_class_images if config.with_prior else 0)
        self.pace = Pace(config.num_class_images, config.steps)
        self._config = config
        self._family = family
        self._device = device
        self._on_image = on_image
        self._latents: torch.Tensor | None = None  # the first ones, grown by chunks
        self._pipeline = self._fast_pipeline()
        self.folder = LatentFolder(
            {
                "weights": fingerprint(modules_of(family)),
                "prompt": config.class_prompt,
                "steps": config.prior_steps,
                "guidance": config.prior_guidance_scale,
                "resolution": config.resolution,
                "solver": type(self._pipeline.scheduler).__name__,
                "schedule": {name: str(value) for name, value in self._pipeline.scheduler.config.items()},
                "seed": config.seed,
                "device": device.type,  # the same seed makes almost, not exactly, the same picture elsewhere
            },
            root,
        )

    def available(self, step: int) -> int:
        """How many images step `step` draws from."""
        return self.pace.available(step)

    def rows(self, indices: torch.Tensor) -> torch.Tensor:
        """The latents of these images, the spare ones not counted; what is missing up to the highest is made first."""
        latents = self.ensure(self.spare + int(indices.max()) + 1)
        return latents[self.spare + indices.to(latents.device)]

    @property
    def first_needed(self) -> int:
        """How many images there must be before the first step."""
        return min(self.count, self.spare + self.pace.available(0))

    def spare_rows(self) -> torch.Tensor:
        """The latents of the spare images."""
        return self.ensure(self.spare)[: self.spare]

    def ensure(self, count: int) -> torch.Tensor:
        """The latents of at least the first `count` images, from the cache or made now."""
        import torch

        have = 0 if self._latents is None else len(self._latents)
        chunks = [] if self._latents is None else [self._latents]
        while have < count:
            number = have // CHUNK
            latents = self.folder.load(number)
            wanted = min(CHUNK, self.count - have)
            if latents is None or len(latents) != CHUNK:
                latents = self._make(number, have)
            chunks.append(latents[:wanted].to(self._device, torch.float32))
            have += wanted
            self._on_image(have, self.count)
        self._latents = torch.cat(chunks)
        return self._latents

    def _make(self, chunk: int, first: int) -> torch.Tensor:
        """A whole chunk, also where fewer are wanted: a batch of another size rounds otherwise."""
        import torch

        config = self._config
        generators = [generator(config.seed, "class image", first + index) for index in range(CHUNK)]

        def tell(_pipeline: Any, _step: int, _time: Any, values: dict[str, Any]) -> dict[str, Any]:
            self._on_image(first, self.count)
            return values

        with torch.no_grad():
            latents = self._pipeline(
                [config.class_prompt] * CHUNK,
                num_inference_steps=config.prior_steps,
                guidance_scale=config.prior_guidance_scale,
                height=config.resolution,
                width=config.resolution,
                generator=generators,
                output_type="latent",
                callback_on_step_end=tell,
            ).images
            pictures = decode(self._pipeline, latents)
        with contextlib.suppress(
            OSError
        ):  # a cache that cannot be written costs the next run time, and this one nothing
            self.folder.save(chunk, latents, pictures, first)
        return torch.as_tensor(latents)

    def _fast_pipeline(self) -> Any:
        from diffusers import DPMSolverMultistepScheduler

        pipeline = copy.copy(self._family.pipeline)
        solver: Any = DPMSolverMultistepScheduler
        pipeline.scheduler = solver.from_config(pipeline.scheduler.config)
        # it hands the tensor to numpy in a way that numpy warns of; only that place reads it
        pipeline.scheduler.alphas_cumprod = pipeline.scheduler.alphas_cumprod.numpy()
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    @property
    def pictures(self) -> list[Path]:
        """The pictures that are there, for people."""
        return self.folder.pictures(self.count)


class OwnClassImages:
    """A person's own class images, encoded like photos: one centre crop each; the last `spare` are not trained on."""

    def __init__(self, latents: torch.Tensor, pictures: list[Path], spare: int) -> None:
        self._latents = latents
        self._spare = spare
        self.pictures = pictures

    def available(self, step: int) -> int:
        """All of them, at any step."""
        return len(self._latents) - self._spare

    def rows(self, indices: torch.Tensor) -> torch.Tensor:
        """The latents of these images."""
        return self._latents[indices.to(self._latents.device)]

    def spare_rows(self) -> torch.Tensor:
        """The latents of the spare images; of the first ones where there are too few to spare any."""
        return self._latents[-self._spare :] if self._spare else self._latents[:8]


def modules_of(family: Family) -> dict[str, torch.nn.Module]:
    """What determines the pictures of a pipeline."""
    return {"unet": family.denoiser, "vae": family.pipeline.vae, **family.text_encoders}


def decode(pipeline: Any, latents: torch.Tensor) -> list[Any]:
    """Latents in the denoiser's scale as PIL pictures."""
    import torch

    config = pipeline.vae.config
    shift = getattr(config, "shift_factor", None) or 0.0
    found = []
    with torch.no_grad():
        for part in torch.split(latents, 4):
            scaled = (part / config.scaling_factor + shift).to(pipeline.vae.dtype)
            found += pipeline.image_processor.postprocess(pipeline.vae.decode(scaled).sample, output_type="pil")
    return found
