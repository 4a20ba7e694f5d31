"""What the untrained diffusion model itself knows about a picture: an embedder and a judge of prompts for free.

Features: noise is added to the picture's latents, the UNet is asked once, and what goes on inside of it is the
description (DIFT: Tang et al., 2023, arXiv 2306.03881). The latents themselves join it: what colour and texture they
tell does not depend on how well the UNet is trained. Positions count by how much they differ from the picture's border
(the boundary prior of saliency detection: Wei et al., 2012; Zhu et al., 2014), because the plain average over space
follows the background: on drawn subjects before changing backgrounds it told the same subject from another one no
better than chance; weighted, it did in 9 of 10 comparisons. What the built-in model hardly tells is the outline: two
kinds of one colour are as alike as two pictures of one kind.

Prompts: a diffusion model predicts the noise in a picture better when it is told what is on it, so it can be used as
a classifier (Li et al., 2023, arXiv 2303.16203).

Both need the model as it was before training, for a model that has seen the photos judges itself. All noise comes from
generators of this module's own; nothing of the process's random state is read or changed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jupyter_spaces.errors import InputError, did_you_mean
from jupyter_spaces.train.draws import generator
from jupyter_spaces.train.evaluate.embedder import Embeddings
from jupyter_spaces.train.evaluate.measures import Rows, directions
from jupyter_spaces.train.families import Conditioning, Family, family_of
from jupyter_spaces.train.latents import encode_photos
from jupyter_spaces.train.loss import add_noise, per_picture, target

if TYPE_CHECKING:
    import torch
    from PIL import Image

BATCH = 8  # pictures at once
LATENTS = "latents"  # their name among the layers
FEATURE_TIME = 0.1  # share of the noise schedule; the results hardly depend on it up to 0.3
_BLOCKS = r"mid_block|(down|up)_blocks\.\d+"
PROMPT_TIMES = (0.1, 0.3, 0.5)  # shares at which prompts are told apart; later ones did so worse


class DiffusionFeatures:
    """The UNet's activations of a picture, as an embedder."""

    def __init__(self, model: Untrained, layers: tuple[str, ...], noises: int) -> None:
        self.name = f"diffusion features ({', '.join(layers)})"
        self._model = model
        self._layers = layers
        self._noises = noises

    def images(self, pictures: Sequence[Image.Image]) -> Embeddings:
        """One unit vector per picture, (n, d) float32."""
        rows = [self._describe(pictures[start : start + BATCH]) for start in range(0, len(pictures), BATCH)]
        return np.concatenate(rows).astype(np.float32)

    def _describe(self, pictures: Sequence[Image.Image]) -> Rows:
        """The layers' vectors side by side, each at the same length, (n, channels of all layers)."""
        import torch

        inside = [layer for layer in self._layers if layer != LATENTS]
        with torch.no_grad():
            latents = self._model.latents(pictures)
            weights = unlike_border(latents)
            conditioning = self._model.conditioning([""] * len(pictures))
            found: dict[str, list[torch.Tensor]] = {layer: [] for layer in self._layers}
            if LATENTS in found:
                found[LATENTS].append(_pooled(latents, weights))
            for number in range(self._noises if inside else 0):
                with _listening(self._model.family.denoiser, inside) as heard:
                    self._model.answer(latents, self._model.noise("features", number), FEATURE_TIME, conditioning)
                for layer in inside:
                    found[layer].append(_pooled(heard[layer].float(), weights))
        parts = [directions(torch.stack(means).mean(dim=0)) for means in found.values()]
        return directions(np.concatenate(parts, axis=1))


def diffusion_features(pipeline: Any, *, layers: Sequence[str] | None = None, noises: int = 3) -> DiffusionFeatures:
    """The embedder of an untrained pipeline, a diffusers one or a `models.Pipeline`.

    layers: "latents", and blocks of the UNet by their names, "mid_block" or "up_blocks.1"; their vectors are put
    together, each with the same weight. The latents and the last up block when left out, which told subjects apart
    best. noises: how many fixed ones are averaged, 1 or more.
    """
    model = Untrained(pipeline)
    denoiser = model.family.denoiser
    known = [LATENTS, *(name for name, _ in denoiser.named_modules() if re.fullmatch(_BLOCKS, name))]
    if layers is None:
        layers = [LATENTS, [name for name in known if name.startswith("up_blocks.")][-1]]
    for name in layers:
        if name not in known:
            raise InputError(
                f"layers: {name!r} is none. This model has {', '.join(known)}.{did_you_mean(name, known)}",
                parameter="layers",
            )
    if not layers or noises < 1:
        raise InputError(f"layers={layers!r}, noises={noises!r}: at least one of each is needed.")
    return DiffusionFeatures(model, tuple(layers), noises)


def prompt_score(
    pipeline: Any,
    images: Sequence[Image.Image],
    prompts: Sequence[str],
    *,
    against: Sequence[str] = ("",),
    noises: int = 2,
) -> npt.NDArray[np.float64]:
    """How much better the untrained model predicts the noise in each image when told its prompt, (n,) float64.

    1 - error with the prompt / mean error with the texts of `against` (the empty one, or other prompts), each averaged
    over the same fixed noises and times: 0 is no better, above 0 the prompt fits the picture.
    """
    import torch

    if len(images) != len(prompts) or not images or not against:
        raise InputError(
            f"{len(prompts)} prompts for {len(images)} images, against {len(against)} texts: give each image its own "
            "prompt, and at least one text to compare with.",
            parameter="prompts",
        )
    model = Untrained(pipeline)
    rows = []
    for start in range(0, len(images), BATCH):
        pictures, own = images[start : start + BATCH], list(prompts[start : start + BATCH])
        with torch.no_grad():
            latents = model.latents(pictures)
            errors = [model.errors(latents, own, noises)]
            errors += [model.errors(latents, [text] * len(own), noises) for text in against]
        others = torch.stack(errors[1:]).mean(dim=0)
        rows.append(1 - (errors[0] / others).double().cpu().numpy())
    return np.concatenate(rows)


class Untrained:
    """A pipeline that is asked about pictures, and not changed."""

    def __init__(self, pipeline: Any) -> None:
        self.family: Family = family_of(getattr(pipeline, "diffusers", pipeline))

    def latents(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        """The latents of the pictures' middle squares at the model's own resolution, (n, channels, h, w) fp32."""
        vae, side = self.family.pipeline.vae, self.family.resolution
        crops = ([np.array(_square(picture, side), np.uint8)] for picture in pictures)
        return encode_photos(vae, crops, None, vae.device).mean[:, 0]

    def noise(self, *purpose: str | int) -> torch.Tensor:
        """The fixed noise of a purpose, (1, channels, h, w): the same for every picture and in every process."""
        import torch

        config = self.family.pipeline.unet.config
        side = self.family.resolution // self.family.latent_scale
        return torch.randn((1, config.in_channels, side, side), generator=generator("evaluation", *purpose))

    def conditioning(self, prompts: list[str]) -> Conditioning:
        """What the denoiser is told for these prompts, one row each."""
        kinds = list(dict.fromkeys(prompts))  # each text is encoded once
        encoded = self.family.encode(kinds, self.family.text_encoders)
        places = [kinds.index(prompt) for prompt in prompts]
        rows = {name: value[places] for name, value in encoded.items()}
        return self.family.geometry(rows, self.family.resolution)

    def answer(
        self, latents: torch.Tensor, noise: torch.Tensor, time: float, conditioning: Conditioning
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the denoiser says about the noisy latents, and what it should say; `time` is a share of the schedule."""
        import torch

        denoiser = self.family.denoiser
        number = min(int(time * len(self.family.alphas)), len(self.family.alphas) - 1)
        times = torch.full((len(latents),), number, device=latents.device)
        alphas = self.family.alphas.to(latents.device)[times]
        noise = noise.to(latents.device).expand_as(latents)
        noisy = add_noise(latents, noise, alphas).to(next(denoiser.parameters()).dtype)
        said = self.family.predict(denoiser, noisy, times, conditioning)
        return said, target(self.family.prediction, latents, noise, alphas)

    def errors(self, latents: torch.Tensor, prompts: list[str], noises: int) -> torch.Tensor:
        """The squared error per picture when told these prompts, (n,), averaged over fixed times and noises."""
        import torch

        conditioning = self.conditioning(prompts)
        found = [
            per_picture(*self.answer(latents, self.noise("prompt", number), time, conditioning))
            for time in PROMPT_TIMES
            for number in range(noises)
        ]
        return torch.stack(found).mean(dim=0)


def unlike_border(latents: torch.Tensor) -> torch.Tensor:
    """How much each position counts, (n, 1, h, w), with a sum of 1: its squared distance from what the border shows.

    That is the mean distance to the three closest of the border's positions, so a horizon or a wall that reaches the
    border is background wherever it goes on. A picture that is the same everywhere counts the same everywhere.
    """
    import torch

    count, _, height, width = latents.shape
    edge = torch.ones((height, width), dtype=torch.bool, device=latents.device)
    edge[1:-1, 1:-1] = False
    positions = latents.flatten(2).transpose(1, 2)
    border = positions[:, edge.flatten()]
    distances = torch.cdist(positions, border)
    # A border position is no evidence for itself.
    distances[:, edge.flatten()] += torch.diag(torch.full((border.shape[1],), torch.inf, device=latents.device))
    nearest = distances.topk(min(3, border.shape[1] - 1), largest=False).values.mean(dim=2)
    weights = nearest.square() + 1e-12
    return (weights / weights.sum(dim=1, keepdim=True)).view(count, 1, height, width)


def _pooled(features: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The weighted mean over positions, (n, channels); the weights are brought to the features' size."""
    from torch.nn.functional import interpolate

    fitting = interpolate(weights, features.shape[2:], mode="area")
    return (features * fitting).sum(dim=(2, 3)) / fitting.sum(dim=(2, 3))


@contextmanager
def _listening(denoiser: torch.nn.Module, layers: Sequence[str]) -> Iterator[dict[str, torch.Tensor]]:
    """What the layers put out in this block, by their names. Another thread may paint with the same module meanwhile:
    what it makes is left out."""
    heard: dict[str, torch.Tensor] = {}
    thread = threading.get_ident()

    def ear(name: str) -> Any:
        def hear(module: Any, given: Any, output: Any) -> None:
            if threading.get_ident() == thread:
                heard[name] = output[0] if isinstance(output, tuple) else output

        return hear

    handles = [denoiser.get_submodule(name).register_forward_hook(ear(name)) for name in layers]
    try:
        yield heard
    finally:
        for handle in handles:
            handle.remove()


def _square(picture: Image.Image, side: int) -> Image.Image:
    from PIL import Image

    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    box = (left, top, left + short, top + short)
    return picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS, box=box)
