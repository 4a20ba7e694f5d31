"""Every random number of a step is a function of the seed and the step, and of nothing else."""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.train.draws import Noises, Picks, generator, noises, picks, seed_for

SIZES: dict[str, Any] = {"photos": 5, "variants": 4, "batch": 2, "class_images": 16, "class_batch": 2}
SHAPE = (3, 4, 2, 2)


def values(drawn: Picks | Noises) -> list[torch.Tensor]:
    return list(vars(drawn).values())


def equal(one: Picks | Noises, other: Picks | Noises) -> bool:
    return all(map(torch.equal, values(one), values(other)))


def disturb() -> None:
    """What other cells do meanwhile."""
    torch.manual_seed(random.randrange(100))
    torch.randn(7)
    np.random.seed(3)
    np.random.rand(5)
    random.seed(4)
    random.random()


def test_a_step_draws_the_same_whatever_was_drawn_before() -> None:
    """Backwards, alone, and with the process's own generators disturbed in between."""
    forwards = [(picks(0, step, **SIZES), noises(0, step, SHAPE, 1000)) for step in range(12)]
    for step in reversed(range(12)):
        disturb()
        assert equal(picks(0, step, **SIZES), forwards[step][0])
        assert equal(noises(0, step, SHAPE, 1000), forwards[step][1])


def test_drawing_leaves_the_process_s_own_generators_alone() -> None:
    """A cell that seeds torch, numpy or random goes on as if no run were there."""
    torch.manual_seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # type: ignore[index]
    picks(0, 3, **SIZES)
    noises(0, 3, SHAPE, 1000)
    after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # type: ignore[index]
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_another_thread_may_draw_meanwhile() -> None:
    """A Space that paints while the run trains changes none of the run's numbers."""
    wanted = [noises(0, step, SHAPE, 1000) for step in range(20)]
    over = threading.Event()

    def draw() -> None:
        while not over.is_set():
            torch.randn(100)

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        found = [noises(0, step, SHAPE, 1000) for step in range(20)]
    finally:
        over.set()
        thread.join()
    assert all(map(equal, found, wanted))


def test_the_process_s_number_format_does_not_matter() -> None:
    """`torch.set_default_dtype` in a cell is for all threads; the same float32 numbers are drawn."""
    wanted = noises(0, 1, SHAPE, 1000)
    torch.set_default_dtype(torch.float64)
    try:
        found = noises(0, 1, SHAPE, 1000)
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.noise.dtype is torch.float32
    assert equal(found, wanted)


def test_seeds_and_steps_differ() -> None:
    """Another seed or another step gives other numbers, and the parts of a seed are not glued together."""
    assert not torch.equal(noises(0, 1, SHAPE, 1000).noise, noises(1, 1, SHAPE, 1000).noise)
    assert not torch.equal(noises(0, 1, SHAPE, 1000).noise, noises(0, 2, SHAPE, 1000).noise)
    assert seed_for(1, 23) != seed_for(12, 3) != seed_for("1", "2", "3")
    assert 0 <= seed_for("a") < 2**63
    assert torch.equal(torch.rand(3, generator=generator(7, "x")), torch.rand(3, generator=generator(7, "x")))


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 2**40))
def test_a_pass_shows_every_photo_exactly_once(photos: int, batch: int, seed: int) -> None:
    """Whatever the batch: also one that is larger than the number of photos, or that does not divide it."""
    steps = -(-3 * photos // batch)
    sizes = {**SIZES, "photos": photos, "batch": batch}
    shown = torch.cat([picks(seed, step, **sizes).photos for step in range(steps)]).tolist()
    for start in range(0, 3 * photos, photos):
        assert sorted(shown[start : start + photos]) == list(range(photos))


def test_passes_are_in_orders_of_their_own() -> None:
    """Not the same order again and again."""
    sizes = {**SIZES, "photos": 8, "batch": 8}
    assert len({tuple(picks(0, step, **sizes).photos.tolist()) for step in range(6)}) == 6


@given(st.integers(0, 500), st.integers(1, 40), st.integers(1, 9), st.integers(1, 9))
def test_indices_stay_below_what_there_is(step: int, class_images: int, class_batch: int, variants: int) -> None:
    """Class images below what is available at that step, crops below their number."""
    sizes = {**SIZES, "class_images": class_images, "class_batch": class_batch, "variants": variants}
    drawn = picks(0, step, **sizes)
    assert drawn.class_images.shape == (class_batch,)
    assert drawn.variants.shape == drawn.photos.shape == (2,)
    assert 0 <= int(drawn.class_images.min()) <= int(drawn.class_images.max()) < class_images
    assert 0 <= int(drawn.variants.min()) <= int(drawn.variants.max()) < variants


def test_all_class_images_are_used() -> None:
    """Not only as many as there are photos, as bucketed trainers do."""
    seen = {int(index) for step in range(200) for index in picks(0, step, **SIZES).class_images}
    assert seen == set(range(SIZES["class_images"]))


def test_without_a_class_nothing_is_drawn_for_it() -> None:
    """And the photos are the same as with one."""
    without = picks(0, 4, **{**SIZES, "class_images": 0, "class_batch": 0})
    assert without.class_images.shape == (0,)
    assert torch.equal(without.photos, picks(0, 4, **SIZES).photos)


@pytest.mark.parametrize("timesteps", [1, 10, 1000])
def test_times_are_within_the_schedule(timesteps: int) -> None:
    """0 to timesteps - 1, all of them in the end."""
    times = torch.cat([noises(0, step, (50, 1, 1, 1), timesteps).times for step in range(20)])
    assert int(times.min()) >= 0
    assert int(times.max()) < timesteps
    assert timesteps > 100 or set(times.tolist()) == set(range(timesteps))


def test_noise_is_standard_normal() -> None:
    """Noise, latent noise and offset have mean 0 and variance 1, and are not the same numbers."""
    drawn = noises(0, 0, (64, 4, 16, 16), 1000)
    for numbers in (drawn.noise, drawn.latent):
        assert abs(float(numbers.mean())) < 0.02
        assert abs(float(numbers.var()) - 1) < 0.02
    assert drawn.offset.shape == (64, 4, 1, 1)
    assert abs(float((drawn.noise * drawn.latent).mean())) < 0.02
