"""A family asks the text encoders and the denoiser exactly as the diffusers pipeline does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMPipeline,
    DDPMScheduler,
    EDMDPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
)

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.train.families import family_of
from tests.train.small_trainers import stable_diffusion, stable_diffusion_xl

MAKERS = [stable_diffusion, stable_diffusion_xl]
PROMPTS = ["a red boat on the left", "a blue circle"]


def test_stable_diffusion_says_a_prompt_as_its_pipeline_does() -> None:
    """The token states are those of `encode_prompt`, bit for bit."""
    pipeline = stable_diffusion()
    family = family_of(pipeline)
    with torch.no_grad():
        said = family.encode(PROMPTS, family.text_encoders)
        wanted, _ = pipeline.encode_prompt(PROMPTS, "cpu", 1, False)
    assert set(said) == {"encoder_hidden_states"}
    assert torch.equal(said["encoder_hidden_states"], wanted)


def test_padding_is_masked_where_the_model_says_so() -> None:
    """Some checkpoints of Stable Diffusion 2 do; the pipeline reads the same entry of the encoder's config."""
    pipeline = stable_diffusion()
    family = family_of(pipeline)
    with torch.no_grad():
        plain = family.encode(PROMPTS, family.text_encoders)["encoder_hidden_states"]
        pipeline.text_encoder.config.use_attention_mask = True
        masked = family.encode(PROMPTS, family.text_encoders)["encoder_hidden_states"]
        wanted, _ = pipeline.encode_prompt(PROMPTS, "cpu", 1, False)
    assert torch.equal(masked, wanted)
    assert not torch.equal(masked, plain)


def test_xl_says_a_prompt_as_its_pipeline_does() -> None:
    """Both encoders' last layer but one, and the pooled vector of the second, bit for bit."""
    pipeline = stable_diffusion_xl()
    family = family_of(pipeline)
    with torch.no_grad():
        said = family.encode(PROMPTS, family.text_encoders)
        states, _, pooled, _ = pipeline.encode_prompt(PROMPTS, device="cpu", do_classifier_free_guidance=False)
    assert torch.equal(said["encoder_hidden_states"], states)
    assert torch.equal(said["text_embeds"], pooled)


@pytest.mark.parametrize("make", MAKERS)
def test_the_denoiser_is_asked_as_the_pipeline_asks_it(make: Callable[[], Any]) -> None:
    """The pipeline's own call of its UNet, listened to, and `predict` of the same latents and time: equal bit for bit,
    the sizes that XL is told included."""
    pipeline = make()
    heard: list[tuple[tuple[Any, ...], dict[str, Any], torch.Tensor]] = []
    handle = pipeline.unet.register_forward_hook(
        lambda _module, args, kwargs, answer: heard.append((args, kwargs, answer[0])), with_kwargs=True
    )
    pipeline(
        PROMPTS[0], num_inference_steps=2, guidance_scale=1.0, height=16, width=16, output_type="latent",
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    handle.remove()
    family = family_of(pipeline)
    with torch.no_grad():
        said = family.geometry(family.encode(PROMPTS[:1], family.text_encoders), 16)
        for (noisy, time), options, answer in heard:
            assert torch.equal(family.predict(pipeline.unet, noisy, time.reshape(1), said), answer)
            if "added_cond_kwargs" in options and options["added_cond_kwargs"] is not None:
                assert torch.equal(said["time_ids"], options["added_cond_kwargs"]["time_ids"])


@pytest.mark.parametrize("make", MAKERS)
def test_the_schedule_is_the_model_s_whatever_the_solver(make: Callable[[], Any]) -> None:
    """Read from the config that all solvers share; the pipeline's own scheduler stays as it is."""
    pipeline = make()
    wanted = DDPMScheduler.from_config(pipeline.scheduler.config).alphas_cumprod
    pipeline.scheduler = solver = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    family = family_of(pipeline)
    assert torch.equal(family.alphas, wanted)
    assert family.alphas.dtype is torch.float32
    assert pipeline.scheduler is solver


def test_a_schedule_with_zero_terminal_snr_is_read_as_one() -> None:
    """Lin et al., 2024: nothing is left of the picture at the last time."""
    family = family_of(stable_diffusion(rescale_betas_zero_snr=True, prediction_type="v_prediction"))
    assert family.alphas[-1] < 1e-6
    assert family.prediction == "v_prediction"


@pytest.mark.parametrize("make", MAKERS)
def test_sizes(make: Callable[[], Any]) -> None:
    """Eight latent positions of two pixels each, read from the modules' configs."""
    family = family_of(make())
    assert (family.latent_scale, family.resolution) == (2, 16)
    assert set(family.tokenizers) == set(family.text_encoders)


@pytest.mark.parametrize(
    ("solver", "changes"),
    [
        (DDIMScheduler, {"prediction_type": "sample"}),
        (FlowMatchEulerDiscreteScheduler, {}),
        (EDMDPMSolverMultistepScheduler, {}),
    ],
)
def test_a_model_that_predicts_something_else_is_refused_at_once(solver: Any, changes: dict[str, str]) -> None:
    """Before anything is encoded or painted: a loss for another target would train it to noise."""
    pipeline = stable_diffusion()
    pipeline.scheduler = solver(**changes)
    with pytest.raises(ConfigError, match=rf"model: its {solver.__name__} .* not trained here\. Models that .* are\."):
        family_of(pipeline)


def test_a_pipeline_of_another_kind_is_refused() -> None:
    """The sentence says which kinds there are."""
    pipeline = stable_diffusion()
    other = DDPMPipeline(pipeline.unet, DDPMScheduler())
    with pytest.raises(ConfigError, match=r"a DDPMPipeline cannot be trained here.*Stable Diffusion 1\.x, 2\.x, XL"):
        family_of(other)
