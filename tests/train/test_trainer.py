"""A step computes what diffusers' `train_dreambooth.py` means to compute, and a person can steer it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import DDPMScheduler
from diffusers.training_utils import compute_snr

from jupyter_spaces.errors import TrainError
from jupyter_spaces.train.batch import parts
from jupyter_spaces.train.draws import noises, picks
from jupyter_spaces.train.latents import PhotoLatents
from jupyter_spaces.train.trainer import Trainer
from tests.train.small_trainers import (
    class_images,
    numbers,
    photo_latents,
    run,
    settings,
    stable_diffusion,
    stable_diffusion_xl,
    trainer_of,
)

SIDES = ("left", "white", "green")
V = {"prediction_type": "v_prediction"}


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trainer.trained.state().items()}


def as_diffusers(pipeline: Any, step: int, photos: PhotoLatents, **more: Any) -> tuple[float, float, float]:
    """Total, instance and prior loss of a step as `train_dreambooth.py` writes it, with diffusers' own parts: the
    scheduler's noise and velocity, the pipeline's prompts, its UNet. Min-SNR where it belongs, at each picture."""
    config = settings(**more)
    chosen = picks(
        config.seed, step, photos=len(photos), variants=photos.variants, batch=config.batch_size, class_images=5,
        class_batch=config.class_batch,
    )  # fmt: skip
    count = config.batch_size + config.class_batch
    drawn = noises(config.seed, step, (count, 4, 8, 8), 1000)
    rows = [photos.mean[p, v] + photos.std[p, v] * drawn.latent[i] for i, (p, v) in
            enumerate(zip(chosen.photos, chosen.variants, strict=True))]  # fmt: skip
    prompts = [f"a red boat on the {SIDES[p]}" for p in chosen.photos.tolist()]
    if config.class_batch:
        rows += list(class_images().rows(chosen.class_images))
        prompts += ["a boat"] * config.class_batch
    model_input = torch.stack(rows)
    noise_scheduler = DDPMScheduler.from_config(pipeline.scheduler.config)
    noise = drawn.noise + config.offset_noise * drawn.offset
    noisy = noise_scheduler.add_noise(model_input, noise, drawn.times)
    with torch.no_grad():
        if hasattr(pipeline, "text_encoder_2"):
            states, _, pooled, _ = pipeline.encode_prompt(prompts, device="cpu", do_classifier_free_guidance=False)
            sizes = torch.tensor([[16, 16, 0, 0, 16, 16]] * count, dtype=torch.float32)
            added = {"text_embeds": pooled, "time_ids": sizes}
            model_pred = pipeline.unet(noisy, drawn.times, states, added_cond_kwargs=added).sample
        else:
            states, _ = pipeline.encode_prompt(prompts, "cpu", 1, False)
            model_pred = pipeline.unet(noisy, drawn.times, states).sample
    target = noise
    if noise_scheduler.config.prediction_type == "v_prediction":
        target = noise_scheduler.get_velocity(model_input, noise, drawn.times)
    each = torch.nn.functional.mse_loss(model_pred, target, reduction="none").mean(dim=(1, 2, 3))
    if config.snr_gamma is not None:
        snr = compute_snr(noise_scheduler, drawn.times)
        base_weight = torch.stack([snr, torch.full_like(snr, config.snr_gamma)], dim=1).min(dim=1)[0]
        v = noise_scheduler.config.prediction_type == "v_prediction"
        each = each * base_weight / (snr + 1 if v else snr)
    instance = float(each[: config.batch_size].mean())
    if not config.class_batch:
        return instance, instance, math.nan
    prior = float(each[config.batch_size :].mean())
    return instance + config.prior_loss_weight * prior, instance, prior


@pytest.mark.parametrize(
    ("make", "more"),
    [
        (stable_diffusion, {"class_prompt": None}),
        (stable_diffusion, {"batch_size": 3, "prior_batch_size": 2, "prior_loss_weight": 0.5}),
        (stable_diffusion, {"batch_size": 2, "snr_gamma": 5.0, "offset_noise": 0.1}),
        (stable_diffusion, {"snr_gamma": 5.0, "train_text_encoder": True}),
        (stable_diffusion, {"method": "lora", "gradient_accumulation": 2, "batch_size": 2}),
        (lambda: stable_diffusion(**V), {"batch_size": 2, "snr_gamma": 5.0}),
        (lambda: stable_diffusion(rescale_betas_zero_snr=True, **V), {"snr_gamma": 5.0}),
        (stable_diffusion_xl, {"batch_size": 2, "train_text_encoder": True}),
        (lambda: stable_diffusion_xl(**V), {"class_prompt": None, "gradient_checkpointing": True}),
    ],
)
def test_the_loss_of_a_step_is_that_of_diffusers(make: Callable[[], Any], more: dict[str, Any]) -> None:
    """The first step, written down here as in `train_dreambooth.py` on the same pictures and noise: within rounding."""
    pipeline, photos = make(), photo_latents()
    row = trainer_of(pipeline, photos=photos, **more).step().row(0.0)
    total, instance, prior = as_diffusers(pipeline, 0, photos, **more)
    assert row.loss == pytest.approx(total, rel=2e-5)
    assert row.instance_loss == pytest.approx(instance, rel=2e-5)
    assert row.prior_loss == pytest.approx(prior, rel=2e-5, nan_ok=True)
    assert row.step == 1


def test_a_step_moves_the_weights_as_adamw_does() -> None:
    """The second loss is that of a copy which torch's own AdamW moved along the clipped gradient of the first."""
    pipeline = stable_diffusion()
    trainer = trainer_of(pipeline, class_prompt=None, max_grad_norm=0.5, weight_decay=0.1)
    before = weights(trainer)
    row = trainer.step().row(0.0)
    after = weights(trainer)
    assert row.lr == 1e-3
    assert row.grad_norm > 0.5  # so it was clipped
    other = trainer_of(pipeline, class_prompt=None, max_grad_norm=0.5, weight_decay=0.1)
    chosen, drawn = other._draw(0)
    (part,) = parts(1, 0, 1)
    total = other._losses(chosen, drawn, part).total
    gradients = torch.autograd.grad(total, list(other.trained.parameters.values()))
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    assert float(norm) == pytest.approx(row.grad_norm, rel=1e-5)
    parameters = [torch.nn.Parameter(value) for value in before.values()]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient * 0.5 / norm
    torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.1).step()
    for parameter, value in zip(parameters, after.values(), strict=True):
        assert torch.allclose(parameter.detach(), value, atol=2e-6)


@pytest.mark.parametrize("more", [{}, {"prior_loss_weight": 0.5, "batch_size": 2, "gradient_accumulation": 2}])
def test_the_base_target_asks_for_what_the_untrained_model_says(more: dict[str, Any]) -> None:
    """At the first step the run's model is the untrained one, so the class has no loss; later it has."""
    trainer = trainer_of(stable_diffusion(), prior_target="base", **more)
    first, second = trainer.step().row(0.0), trainer.step().row(0.0)
    assert first.prior_loss == pytest.approx(0, abs=1e-10)
    assert first.loss == pytest.approx(first.instance_loss)
    assert second.prior_loss > 1e-8


def test_the_base_target_is_the_base_model_s_with_its_own_text_encoder() -> None:
    """Also when the run's text encoder has moved on: the target does not."""
    pipeline = stable_diffusion()
    trainer = trainer_of(pipeline, prior_target="base", train_text_encoder=True)
    run(trainer, 2)
    noisy, times = numbers(2, 4, 8, 8), torch.tensor([10, 500])
    with torch.no_grad():
        states, _ = pipeline.encode_prompt(["a boat"], "cpu", 1, False)
        wanted = pipeline.unet(noisy[1:], times[1:], states).sample
    assert torch.equal(trainer._base_answer(noisy, times, 1), wanted)


@pytest.mark.parametrize("more", [{}, {"method": "lora", "learning_rate": 1e-2, "lora_targets": "all"}])
def test_the_loss_falls_on_a_fixed_picture(more: dict[str, Any]) -> None:
    """One photo, one crop: the mean loss of the last steps is clearly below that of the first."""
    photos = photo_latents(1, 1)
    trainer = trainer_of(
        stable_diffusion(), photos=photos, class_prompt=None, batch_size=2, **{"learning_rate": 3e-3, **more}
    )
    losses = run(trainer, 30)
    assert sum(losses[-8:]) < 0.9 * sum(losses[:8])


@pytest.mark.parametrize("more", [{}, {"method": "lora", "train_text_encoder": True}])
def test_parts_give_the_weights_of_the_whole(more: dict[str, Any]) -> None:
    """A step of four photos and four class images in 1, 2 or 4 parts: the gradient's length and the weights agree
    within rounding, and so do the losses."""
    pipeline = stable_diffusion()
    rows, ends = [], []
    for count in (1, 2, 4):
        trainer = trainer_of(pipeline, batch_size=4, gradient_accumulation=count, snr_gamma=5.0, **more)
        rows.append(trainer.step().row(0.0))
        rows[-1] = trainer.step().row(0.0)
        ends.append(torch.cat([value.flatten() for value in trainer.trained.state().values()]))
    for row, end in zip(rows[1:], ends[1:], strict=True):
        assert row.loss == pytest.approx(rows[0].loss, rel=1e-5)
        assert row.prior_loss == pytest.approx(rows[0].prior_loss, rel=1e-5)
        assert row.grad_norm == pytest.approx(rows[0].grad_norm, rel=1e-4)
        # AdamW divides by the gradient's size: where that is all rounding, the step is too, hence the mean
        assert float((end - ends[0]).abs().mean()) < 1e-6


def test_the_gradient_of_the_parts_is_that_of_the_whole() -> None:
    """Within 1e-6 of its length, in float32."""
    pipeline = stable_diffusion()
    gradients = []
    for count in (1, 3):
        trainer = trainer_of(pipeline, batch_size=3, prior_batch_size=2, gradient_accumulation=count)
        chosen, drawn = trainer._draw(0)
        for part in parts(3, 2, count):
            torch.autograd.backward(trainer._losses(chosen, drawn, part).total)
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in trainer._parameters]))  # type: ignore[union-attr]
    assert float((gradients[1] - gradients[0]).norm()) < 1e-6 * float(gradients[0].norm())


def test_gradient_checkpointing_changes_memory_and_nothing_else() -> None:
    """The same losses, bit for bit."""
    pipeline = stable_diffusion()
    plain = run(trainer_of(pipeline, method="lora"), 2)
    assert run(trainer_of(pipeline, method="lora", gradient_checkpointing=True), 2) == plain


def test_a_masked_photo_teaches_what_its_mask_leaves() -> None:
    """Other pixels under the mask give the same instance loss and leave the class as it is."""
    photos = photo_latents(masks=True)
    assert photos.masks is not None
    row = trainer_of(stable_diffusion(), photos=photos, batch_size=2).step().row(0.0)
    plain = PhotoLatents(photos.mean, photos.std, None)
    bare = trainer_of(stable_diffusion(), photos=plain, batch_size=2).step().row(0.0)
    assert row.instance_loss != pytest.approx(bare.instance_loss, rel=1e-3)
    assert row.prior_loss == pytest.approx(bare.prior_loss, rel=1e-6)
    full = PhotoLatents(photos.mean, photos.std, torch.ones_like(photos.masks))
    assert trainer_of(stable_diffusion(), photos=full, batch_size=2).step().row(0.0).loss == pytest.approx(bare.loss)


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    """The sentence names the step and what to do."""
    photos = photo_latents()
    photos.mean[:] = math.nan
    trainer = trainer_of(stable_diffusion(), photos=photos)
    with pytest.raises(
        TrainError,
        match=r"the loss of step 1 is nan: training broke down\. Start another run with a lower learning_rate",
    ):
        trainer.step().row(0.0)


def test_a_person_s_learning_rate_takes_effect_at_the_next_step() -> None:
    """Half the rate is half the rate of every group, on top of the schedule; the losses before stay as they are."""
    pipeline = stable_diffusion()
    more = {"train_text_encoder": True, "text_learning_rate": 1e-4, "lr_schedule": "linear", "steps": 4}
    plain, changed = trainer_of(pipeline, **more), trainer_of(pipeline, **more)
    assert plain.learning_rate == 1e-3
    first = plain.step().row(0.0)
    assert first.loss == changed.step().row(0.0).loss
    changed.rate = 0.5
    assert plain.learning_rate == pytest.approx(0.75e-3)
    assert changed.learning_rate == pytest.approx(0.375e-3)
    before = weights(changed)
    assert plain.step().row(0.0).lr == pytest.approx(0.75e-3)
    assert changed.step().row(0.0).lr == pytest.approx(0.375e-3)
    assert changed.optimizer.param_groups[1]["lr"] == pytest.approx(0.375e-4)
    moved, usual = weights(changed), weights(plain)
    steps = [float((usual[name] - before[name]).norm()) / float((moved[name] - before[name]).norm()) for name in before
             if "unet.conv" in name]  # fmt: skip
    assert steps == pytest.approx([2.0] * len(steps), rel=0.01)


def test_the_warmup_is_in_the_measured_rates() -> None:
    """A row has the rate that its own step was done with."""
    trainer = trainer_of(stable_diffusion(), warmup_steps=2, lr_schedule="cosine", steps=4)
    rates = [trainer.step().row(0.0).lr for _ in range(4)]
    assert rates == pytest.approx([1e-3 / 3, 2e-3 / 3, 1e-3, 0.5e-3])


def test_the_average_is_in_place_only_inside_its_block() -> None:
    """A run without one computes with its weights as they are."""
    trainer = trainer_of(stable_diffusion(), ema_decay=0.9)
    run(trainer, 3)
    own = weights(trainer)
    with trainer.averaged():
        assert not all(torch.equal(value, own[name]) for name, value in weights(trainer).items())
    assert all(torch.equal(value, own[name]) for name, value in weights(trainer).items())
    # and the average changes nothing of the training
    assert run(trainer, 1) == run(trainer_of(stable_diffusion()), 4)[3:]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_precision_bf16_is_close_to_fp32(method: str) -> None:
    """Autocast on the CPU: the trained weights stay float32, the loss agrees to about two digits."""
    trainer = trainer_of(stable_diffusion(), method=method, precision="bf16")
    row = trainer.step().row(0.0)
    assert row.loss == pytest.approx(trainer_of(stable_diffusion()).step().row(0.0).loss, rel=0.03)
    assert {parameter.dtype for parameter in trainer.trained.parameters.values()} == {torch.float32}
