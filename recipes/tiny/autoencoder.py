"""The autoencoder: trained first, on drawings and photographs together, and frozen afterwards.

A stock `AutoencoderKL` without attention. Plain squared error: at 64 pixels sharpness comes from the 8 latent channels,
and the bar is a PSNR. The scaling factor is measured on drawings, so that the denoiser sees latents of unit variance.
"""

# mypy: disable-error-code="attr-defined,no-untyped-call,operator"
# diffusers builds its classes with decorators and lazy imports that mypy cannot follow.

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from diffusers import AutoencoderKL

from recipes.tiny import photographs, runs
from recipes.tiny.draw import SIDE, draw
from recipes.tiny.settings import AutoencoderSettings
from recipes.tiny.world import sample_scene


def build(settings: AutoencoderSettings, scaling_factor: float = 1.0) -> AutoencoderKL:
    """An untrained autoencoder."""
    depth = len(settings.channels)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * depth,
        up_block_types=("UpDecoderBlock2D",) * depth,
        block_out_channels=settings.channels,
        layers_per_block=1,
        latent_channels=settings.latent_channels,
        norm_num_groups=8,
        sample_size=SIDE,
        scaling_factor=scaling_factor,
        mid_block_add_attention=False,
    )


def to_tensor(pictures: npt.NDArray[np.uint8]) -> torch.Tensor:
    """(n, 64, 64, 3) bytes as (n, 3, 64, 64) floats in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _batch(settings: AutoencoderSettings, step: int) -> torch.Tensor:
    rng = np.random.default_rng((settings.seed, step))
    photos = round(settings.batch * settings.photographs)
    pictures = [photographs.crop(photographs.SEEN, rng, SIDE) for _ in range(photos)]
    pictures += [draw(sample_scene(rng), rng) for _ in range(settings.batch - photos)]
    return to_tensor(np.stack(pictures))


def train(settings: AutoencoderSettings, folder: Path) -> AutoencoderKL:
    """Trains, or goes on from the last checkpoint in the folder; returns the autoencoder with its scaling factor."""
    torch.manual_seed(settings.seed)
    vae = build(settings)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=settings.learning_rate, weight_decay=0.01)
    start, checkpoint, log = 0, folder / "autoencoder.pt", runs.Log("autoencoder")
    if (state := runs.load(checkpoint)) is not None:
        vae.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
    for step in range(start, settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * runs.cosine(step, settings.steps)
        torch.manual_seed(settings.seed * 1_000_003 + step)  # a resumed run draws the same noise
        pictures = _batch(settings, step)
        with runs.autocast():
            posterior = vae.encode(pictures).latent_dist
            decoded = vae.decode(posterior.sample()).sample.float()
        error = (decoded - pictures).square().mean()
        kl = 0.5 * (posterior.mean.float() ** 2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        loss = error + settings.kl_weight * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 125 == 0 or step + 1 == settings.steps:
            log(step=step + 1, error=error.item(), kl=kl.item(), psnr_held_out=psnr(vae, photographs.held_out_crops()))
            state = {"model": vae.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            runs.save(state, checkpoint)
    rng = np.random.default_rng(settings.seed)
    with torch.no_grad():
        drawn = to_tensor(np.stack([draw(sample_scene(rng), rng) for _ in range(512)]))
        scale = 1 / vae.encode(drawn).latent_dist.mean.std().item()
    vae.register_to_config(scaling_factor=round(scale, 4))
    vae.eval()
    return vae


def refine(settings: AutoencoderSettings, vae: AutoencoderKL, folder: Path) -> None:
    """Trains the decoder further, or goes on; the latents stay what they are, so the denoiser may learn meanwhile."""
    parameters = [*vae.decoder.parameters(), *vae.post_quant_conv.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=0.01)
    start, checkpoint, log = 0, folder / "decoder.pt", runs.Log("decoder")
    if (state := runs.load(checkpoint)) is not None:
        vae.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
    for step in range(start, settings.decoder_steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.6 * settings.learning_rate * runs.cosine(step, settings.decoder_steps)
        pictures = _batch(settings, settings.steps + step)
        with runs.autocast():
            with torch.no_grad():
                latents = vae.encode(pictures).latent_dist.mode()
            decoded = vae.decode(latents).sample.float()
        loss = (decoded - pictures).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if (step + 1) % 100 == 0 or step + 1 == settings.decoder_steps:
            log(step=step + 1, error=loss.item(), psnr_held_out=psnr(vae, photographs.held_out_crops()))
            state = {"model": vae.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            runs.save(state, checkpoint)
    vae.eval()


@torch.no_grad()
def psnr(vae: AutoencoderKL, pictures: npt.NDArray[np.uint8]) -> float:
    """Mean peak signal-to-noise ratio in dB of the reconstructions, bytes against bytes."""
    vae.eval()
    pixels = to_tensor(pictures)
    decoded = torch.cat([vae.decode(vae.encode(part).latent_dist.mode()).sample for part in pixels.split(25)])
    shown = ((decoded.clamp(-1, 1) + 1) * 127.5).round()
    error = (shown - (pixels + 1) * 127.5).square().mean(dim=(1, 2, 3))
    vae.train()
    return float((10 * torch.log10(255**2 / error)).mean())
