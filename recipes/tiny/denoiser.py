"""The denoiser: a stock `UNet2DConditionModel`, trained on cached latents together with the text encoder.

It predicts v (Salimans and Ho, 2022) on Stable Diffusion's noise schedule with zero signal at the last step (Lin et
al., 2023): at high noise the target is then the picture itself, so the words matter from the start and plain
backgrounds come out as white or black as asked. The words reach it twice: token by token through cross-attention at 8
positions (at 16 it would double the cost of a step), and as one pooled vector that is added to the time embedding and
scales and shifts every layer. Without the second way outlines were not learnt in 7,000 steps; without the level of 4
positions, where the edge of the picture is near enough to tell every position from the others, not in 1,000.
"""

# mypy: disable-error-code="attr-defined,no-untyped-call,operator"
# diffusers builds its classes with decorators and lazy imports that mypy cannot follow.

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from recipes.tiny import runs
from recipes.tiny.autoencoder import to_tensor
from recipes.tiny.settings import DenoiserSettings
from recipes.tiny.text import tokenize

SCHEDULE = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "steps_offset": 1,
    "clip_sample": False,
}


def build(settings: DenoiserSettings, latent_channels: int, text_width: int, side: int) -> UNet2DConditionModel:
    """An untrained denoiser."""
    return UNet2DConditionModel(
        sample_size=side,
        in_channels=latent_channels,
        out_channels=latent_channels,
        block_out_channels=settings.channels,
        layers_per_block=1,
        cross_attention_dim=text_width,
        attention_head_dim=settings.heads,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=settings.heads,
    )


@torch.no_grad()
def encode(vae: AutoencoderKL, chunks: list[Path], folder: Path) -> torch.Tensor:
    """The scaled latents of all pictures, (n, channels, side, side) in half precision; computed once."""
    parts = []
    for chunk in chunks:
        kept = folder / f"{chunk.stem}.pt"
        if (state := runs.load(kept)) is None:
            pictures = to_tensor(np.load(chunk))
            with runs.autocast():
                means = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(50)])
            state = {"latents": (means.float() * vae.config.scaling_factor).half()}
            runs.save(state, kept)
        parts.append(state["latents"])
    return torch.cat(parts)


class Average:
    """The exponential moving average of some parameters, faster at the start."""

    def __init__(self, parameters: list[torch.nn.Parameter], decay: float) -> None:
        self._parameters, self._decay = parameters, decay
        self.shadow = [parameter.detach().clone() for parameter in parameters]

    def update(self, step: int) -> None:
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.shadow, [parameter.detach() for parameter in self._parameters], 1 - decay)

    def swap(self) -> None:
        """Exchanges the averaged and the current values."""
        for parameter, shadow in zip(self._parameters, self.shadow, strict=True):
            kept = parameter.detach().clone()
            parameter.data.copy_(shadow)
            shadow.copy_(kept)


def pipeline(
    vae: AutoencoderKL, text: CLIPTextModel, tokenizer: CLIPTokenizer, unet: UNet2DConditionModel
) -> StableDiffusionPipeline:
    """The stock pipeline around the four parts."""
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DDIMScheduler(**SCHEDULE, set_alpha_to_one=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def load(folder: Path) -> StableDiffusionPipeline:
    """A written pipeline, in single precision."""
    found: StableDiffusionPipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    return found


def _current(plan: tuple[tuple[int, float], ...], step: int) -> float:
    """The value that a plan of (from this step on, value) has at a step."""
    return [value for since, value in plan if since <= step][-1]


def train(
    settings: DenoiserSettings,
    latents: torch.Tensor,
    covers: torch.Tensor,
    captions: list[list[str]],
    easy: list[int],
    vae: AutoencoderKL,
    text: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    folder: Path,
    save_every: int = 200,
) -> StableDiffusionPipeline:
    """Trains, or goes on from the last checkpoint in the folder, where every so often a whole pipeline is left too.

    `covers`, (n, side, side) in [0, 1], says where in the latents the objects are.
    """
    torch.manual_seed(settings.seed)
    unet = build(settings, latents.shape[1], text.config.hidden_size, latents.shape[2])
    parameters = [*unet.parameters(), *text.parameters()]
    optimizer = torch.optim.AdamW(
        [
            {"params": list(unet.parameters()), "peak": settings.learning_rate},
            {"params": list(text.parameters()), "peak": settings.text_learning_rate},
        ],
        weight_decay=0.01,
    )
    average = Average(parameters, settings.ema)
    alphas = DDPMScheduler(**SCHEDULE).alphas_cumprod
    ids = torch.stack([tokenize(tokenizer, words).short() for words in captions])
    # what lies next to the object draws its outline, so it counts as much
    near = torch.nn.functional.max_pool2d(covers[:, None].float(), 3, stride=1, padding=1).half()
    empty, simple = tokenize(tokenizer, [""])[0], torch.tensor(easy)
    start, checkpoint, log = 0, folder / "denoiser.pt", runs.Log("denoiser")
    if (state := runs.load(checkpoint)) is not None:
        unet.load_state_dict(state["unet"])
        text.load_state_dict(state["text"])
        optimizer.load_state_dict(state["optimizer"])
        average.shadow, start = state["average"], state["step"]
    result = pipeline(vae, text, tokenizer, unet)
    losses: list[float] = []
    for step in range(start, settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * runs.cosine(step, settings.steps, settings.hold)
        random = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)  # a resumed run draws the same
        rows = torch.randint(len(latents), (settings.batch,), generator=random)
        share, exponent = _current(settings.easy, step), _current(settings.high, step)
        chosen = torch.rand(settings.batch, generator=random) < share
        rows = torch.where(chosen, simple[rows % len(simple)], rows)
        clean = latents[rows].float()
        words = ids[rows, torch.randint(ids.shape[1], (settings.batch,), generator=random)].long()
        words[torch.rand(settings.batch, generator=random) < settings.caption_dropout] = empty
        times = (torch.rand(settings.batch, generator=random) ** exponent * len(alphas)).long()
        noise = torch.randn(clean.shape, generator=random)
        signal = alphas[times].sqrt()[:, None, None, None]
        spread = (1 - alphas[times]).sqrt()[:, None, None, None]
        with runs.autocast():
            states = text(words).last_hidden_state
            predicted = unet(signal * clean + spread * noise, times, states).sample.float()
        ratio = alphas[times] / (1 - alphas[times])
        weights = (settings.snr_gamma / (ratio + 1)).clamp(max=1.0)
        counts = 1 + (settings.object_weight - 1) * near[rows].float()
        errors = counts * (predicted - (signal * noise - spread * clean)).square()
        loss = (weights * errors.mean(dim=(1, 2, 3))).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        average.update(step)
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            log(step=step + 1, loss=float(np.mean(losses[-100:])))
        if (step + 1) % save_every == 0 or step + 1 == settings.steps:
            state = {"unet": unet.state_dict(), "text": text.state_dict(), "optimizer": optimizer.state_dict()}
            runs.save({**state, "average": average.shadow, "step": step + 1}, checkpoint)
            average.swap()
            result.save_pretrained(folder / f"pipeline-{step + 1:06d}")
            average.swap()
    average.swap()
    return result
