"""The loss against closed forms, against diffusers, and in parts against the whole."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from diffusers import DDPMScheduler
from diffusers.training_utils import compute_snr
from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.train import loss
from jupyter_spaces.train.batch import parts

SHAPE = (6, 4, 3, 3)


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def schedule(**settings: Any) -> Any:
    return DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **settings)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.9, 1.0])
def test_noise_and_target_are_what_the_papers_say(alpha: float) -> None:
    """x_t = sqrt(a) x + sqrt(1 - a) e; the model answers e, or v = sqrt(a) e - sqrt(1 - a) x. Exact in float64."""
    clean, noise, alphas = numbers(*SHAPE), numbers(*SHAPE, seed=1), torch.full((6,), alpha, dtype=torch.float64)
    signal, rest = math.sqrt(alpha), math.sqrt(1 - alpha)
    assert torch.equal(loss.add_noise(clean, noise, alphas), signal * clean + rest * noise)
    assert torch.equal(loss.target("epsilon", clean, noise, alphas), noise)
    assert torch.equal(loss.target("v_prediction", clean, noise, alphas), signal * noise - rest * clean)


def test_noise_and_target_are_those_of_diffusers() -> None:
    """Bit for bit `DDPMScheduler.add_noise` and `get_velocity` in float32, at times of their own for each picture."""
    scheduler = schedule()
    clean, noise = numbers(*SHAPE).float(), numbers(*SHAPE, seed=1).float()
    times = torch.tensor([0, 1, 250, 500, 750, 999])
    alphas = scheduler.alphas_cumprod[times]
    assert torch.equal(loss.add_noise(clean, noise, alphas), scheduler.add_noise(clean, noise, times))
    wanted = scheduler.get_velocity(clean, noise, times)
    assert torch.equal(loss.target("v_prediction", clean, noise, alphas), wanted)


@pytest.mark.parametrize("gamma", [1.0, 5.0])
def test_min_snr_is_that_of_the_paper_and_of_diffusers(gamma: float) -> None:
    """min(SNR, gamma) / SNR for epsilon and min(SNR, gamma) / (SNR + 1) for v, at every time of the schedule."""
    scheduler = schedule()
    times = torch.arange(1000)
    alphas = scheduler.alphas_cumprod.double()
    snr = alphas / (1 - alphas)
    assert torch.allclose(snr.float(), compute_snr(scheduler, times), rtol=1e-5)
    low = torch.minimum(snr, torch.full_like(snr, gamma))
    assert torch.allclose(loss.snr_weights("epsilon", alphas, gamma), low / snr, rtol=1e-14)
    assert torch.allclose(loss.snr_weights("v_prediction", alphas, gamma), low / (snr + 1), rtol=1e-14)


def test_min_snr_at_the_ends_of_the_schedule() -> None:
    """No signal at all (zero terminal SNR) weighs 1 for epsilon and 0 for v; no noise at all weighs 0. Never NaN."""
    alphas = torch.tensor([0.0, 1e-30, 1.0], dtype=torch.float64)
    assert loss.snr_weights("epsilon", alphas, 5.0).tolist() == [1, 1, 0]
    assert loss.snr_weights("v_prediction", alphas, 5.0).tolist() == [0, 1e-30, 0]
    rescaled = schedule(rescale_betas_zero_snr=True, timestep_spacing="trailing").alphas_cumprod
    assert torch.isfinite(loss.snr_weights("epsilon", rescaled, 5.0)).all()
    assert loss.snr_weights("epsilon", rescaled, 5.0)[-1] == 1
    assert loss.snr_weights("v_prediction", rescaled, 5.0)[-1] < 1e-6


@pytest.mark.parametrize("prediction", loss.PREDICTIONS)
def test_without_gamma_all_weigh_the_same(prediction: str) -> None:
    """Ones, exactly."""
    assert loss.snr_weights(prediction, torch.tensor([0.0, 0.5, 1.0]), None).tolist() == [1, 1, 1]


@pytest.mark.parametrize(("batch", "class_batch"), [(1, 1), (2, 2), (3, 2), (1, 3), (2, 0)])
def test_subject_and_class_are_weighted_by_their_own_time_steps(batch: int, class_batch: int) -> None:
    """Two means of weight times error, computed here picture by picture. Where diffusers' script crashes (a batch of
    two) or weighs the subject by the time steps of the class (a batch of one), this is what is meant."""
    count = batch + class_batch
    answer, wanted = numbers(count, 4, 3, 3), numbers(count, 4, 3, 3, seed=1)
    alphas = torch.linspace(0.05, 0.95, count, dtype=torch.float64)
    errors = loss.per_picture(answer.float(), wanted.float())
    found = loss.combine(
        errors.double(), loss.snr_weights("epsilon", alphas, 5.0), batch,
        prior_weight=0.7, batch=batch, class_batch=class_batch,
    )  # fmt: skip
    snr = [float(alpha / (1 - alpha)) for alpha in alphas]
    each = [min(snr[i], 5.0) / snr[i] * float((answer[i] - wanted[i]).square().mean()) for i in range(count)]
    instance = sum(each[:batch]) / batch
    assert float(found.instance) == pytest.approx(instance, rel=1e-6)
    if class_batch:
        prior = sum(each[batch:]) / class_batch
        assert float(found.prior) == pytest.approx(prior, rel=1e-6)
        assert float(found.total) == pytest.approx(instance + 0.7 * prior, rel=1e-6)
    else:
        assert math.isnan(float(found.prior))
        assert torch.equal(found.total, found.instance)


def test_only_the_total_has_a_gradient() -> None:
    """The two parts of it are for people to look at."""
    errors = numbers(4).square().requires_grad_()
    found = loss.combine(errors, torch.ones(4), 2, prior_weight=1.0, batch=2, class_batch=2)
    assert found.total.requires_grad
    assert not found.instance.requires_grad
    assert not found.prior.requires_grad


@given(st.integers(1, 7), st.integers(0, 7), st.integers(1, 9))
def test_parts_cover_every_picture_once(batch: int, class_batch: int, count: int) -> None:
    """At most `count` of them, none empty, in order, and about equal in size."""
    found = list(parts(batch, class_batch, count))
    assert 1 <= len(found) <= count
    assert [index for part in found for index in range(batch)[part.photos]] == list(range(batch))
    assert [index for part in found for index in range(class_batch)[part.class_images]] == list(range(class_batch))
    sizes = [len(range(batch)[part.photos]) + len(range(class_batch)[part.class_images]) for part in found]
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 2


@given(st.integers(1, 5), st.integers(0, 5), st.integers(1, 5))
def test_the_shares_of_the_parts_add_up_to_the_whole(batch: int, class_batch: int, count: int) -> None:
    """Loss and gradient of a step do not depend on how many parts it is computed in."""
    errors, weights = numbers(batch + class_batch).square(), numbers(batch + class_batch, seed=1).square()
    settings = {"prior_weight": 0.5, "batch": batch, "class_batch": class_batch}
    whole = errors.clone().requires_grad_()
    at_once = loss.combine(whole, weights, batch, **settings)  # type: ignore[arg-type]
    at_once.total.backward()  # type: ignore[no-untyped-call]
    bits = errors.clone().requires_grad_()
    total = torch.zeros((), dtype=torch.float64)
    for part in parts(batch, class_batch, count):
        rows = [*range(batch)[part.photos], *(batch + index for index in range(class_batch)[part.class_images])]
        subjects = len(range(batch)[part.photos])
        share = loss.combine(bits[rows], weights[rows], subjects, **settings)  # type: ignore[arg-type]
        share.total.backward()  # type: ignore[no-untyped-call]
        total += share.total.detach()
    assert torch.equal(whole.grad, bits.grad)  # type: ignore[arg-type]
    assert float(total) == pytest.approx(float(at_once.total.detach()), rel=1e-14)


def test_a_masked_loss_ignores_what_is_masked() -> None:
    """Whatever the model answers there, loss and gradient stay the same."""
    answer, wanted = numbers(2, 4, 4, 4).float().requires_grad_(), numbers(2, 4, 4, 4, seed=1).float()
    mask = torch.zeros(2, 1, 4, 4)
    mask[:, :, 1:3, 1:3] = 1
    errors = loss.per_picture(answer, wanted, mask)
    inside = (answer - wanted)[:, :, 1:3, 1:3].square().mean(dim=(1, 2, 3))
    assert torch.allclose(errors, inside)
    errors.sum().backward()  # type: ignore[no-untyped-call]
    assert answer.grad is not None
    assert not answer.grad[(mask == 0).expand_as(answer.grad)].any()
    elsewhere = answer.detach() + 100 * (1 - mask)
    assert torch.equal(loss.per_picture(elsewhere, wanted, mask), errors.detach())


def test_a_small_subject_counts_as_much_as_a_large_one() -> None:
    """The same error per position gives the same loss, whatever the area of the mask; half a mask is half a weight."""
    answer, wanted = torch.full((3, 4, 8, 8), 2.0), torch.zeros(3, 4, 8, 8)
    mask = torch.zeros(3, 1, 8, 8)
    mask[0, :, :1, :1] = 1
    mask[1] = 1
    mask[2, :, :4] = 0.5
    assert loss.per_picture(answer, wanted, mask).tolist() == [4, 4, 4]
    assert torch.equal(loss.per_picture(answer, wanted, torch.ones(3, 1, 8, 8)), loss.per_picture(answer, wanted))


def test_an_empty_mask_is_no_division_by_zero() -> None:
    """A crop that the subject is not in teaches nothing."""
    answer, wanted = numbers(1, 4, 2, 2).float(), numbers(1, 4, 2, 2, seed=1).float()
    assert loss.per_picture(answer, wanted, torch.zeros(1, 1, 2, 2)).tolist() == [0]


def test_errors_are_summed_in_float32() -> None:
    """Also when the forward pass was in half precision."""
    answer = torch.full((1, 4, 64, 64), 3.0, dtype=torch.bfloat16)
    errors = loss.per_picture(answer, torch.zeros_like(answer))
    assert errors.dtype is torch.float32
    assert errors.tolist() == [9]
