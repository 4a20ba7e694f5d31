"""What is kept of a photo is the encoder's own distribution of its crops, under the photo's own row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from jupyter_spaces.train.latents import encode_photos, in_fp32
from tests.train.small_trainers import CPU, stable_diffusion

Crops = list[np.ndarray[Any, np.dtype[np.uint8]]]


def pictures(photos: int, crops: int) -> list[Crops]:
    random = np.random.default_rng(0)
    return [[random.integers(0, 256, (16, 16, 3), dtype=np.uint8) for _ in range(crops)] for _ in range(photos)]


@pytest.fixture(scope="module")
def vae() -> Any:
    return stable_diffusion().vae.eval()


def test_mean_and_deviation_are_the_encoder_s(vae: Any) -> None:
    """Those of a direct `vae.encode` of the pixels in [-1, 1], in the denoiser's scale."""
    crops = pictures(1, 3)
    latents = encode_photos(vae, crops, None, CPU)
    pixels = torch.from_numpy(np.stack(crops[0])).permute(0, 3, 1, 2).contiguous() / 127.5 - 1
    with torch.no_grad():
        wanted = vae.encode(pixels).latent_dist
    assert torch.equal(latents.mean[0], wanted.mean * vae.config.scaling_factor)
    assert torch.equal(latents.std[0], wanted.std * vae.config.scaling_factor)
    assert (len(latents), latents.variants, latents.shape) == (1, 3, (4, 8, 8))
    assert latents.masks is None
    assert latents.mask(torch.tensor([0]), torch.tensor([0])) is None


def test_a_shift_is_taken_off_before_the_scale(vae: Any) -> None:
    """For autoencoders that have a `shift_factor`."""
    crops = pictures(1, 1)
    plain = encode_photos(vae, crops, None, CPU)
    try:
        vae.register_to_config(shift_factor=0.25)
        shifted = encode_photos(vae, crops, None, CPU)
    finally:
        vae.register_to_config(shift_factor=None)
    assert torch.allclose(plain.mean - shifted.mean, torch.tensor(0.25 * vae.config.scaling_factor), atol=1e-6)
    assert torch.equal(plain.std, shifted.std)


def test_a_row_keeps_its_photo_whatever_the_order(vae: Any) -> None:
    """Permuted photos give permuted rows, with the masks: a caption cannot meet another picture."""
    crops = pictures(5, 2)
    masks = [[np.full((16, 16), photo / 8 + crop / 100, np.float32) for crop in range(2)] for photo in range(5)]
    order = [3, 0, 4, 1, 2]
    plain = encode_photos(vae, crops, masks, CPU)
    other = encode_photos(vae, [crops[i] for i in order], [masks[i] for i in order], CPU)
    assert plain.masks is not None
    assert other.masks is not None
    for row, photo in enumerate(order):
        assert torch.equal(other.mean[row], plain.mean[photo])
        assert torch.equal(other.std[row], plain.std[photo])
        assert torch.equal(other.masks[row], plain.masks[photo])


def test_many_crops_of_a_photo_are_encoded_a_few_at_a_time(vae: Any) -> None:
    """More than four, which is what a small card encodes at once; each stays in its place."""
    crops = pictures(1, 6)
    latents = encode_photos(vae, crops, None, CPU)
    alone = encode_photos(vae, [[crops[0][5]]], None, CPU)
    assert latents.variants == 6
    assert torch.allclose(latents.mean[0, 5], alone.mean[0, 0], atol=1e-6)


def test_a_sample_is_mean_plus_deviation_times_noise(vae: Any) -> None:
    """Of the crops that were asked for, in their order; also of none, for a part without photos."""
    latents = encode_photos(vae, pictures(3, 2), None, CPU)
    noise = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    drawn = latents.draw(torch.tensor([2, 0]), torch.tensor([1, 0]), noise)
    assert torch.equal(drawn[0], latents.mean[2, 1] + latents.std[2, 1] * noise[0])
    assert torch.equal(drawn[1], latents.mean[0, 0] + latents.std[0, 0] * noise[1])
    none = torch.zeros(0, dtype=torch.int64)
    assert latents.draw(none, none, noise[:0]).shape == (0, 4, 8, 8)


def test_masks_shrink_by_area(vae: Any) -> None:
    """A latent position counts as much as its pixels do: one white pixel of four is a quarter."""
    mask = np.zeros((16, 16), np.float32)
    mask[0, 0] = 1
    mask[8:, :] = 1
    latents = encode_photos(vae, pictures(1, 1), [[mask]], CPU)
    small = latents.mask(torch.tensor([0]), torch.tensor([0]))
    assert small is not None
    assert small.shape == (1, 1, 8, 8)
    assert float(small[0, 0, 0, 0]) == 0.25
    assert torch.equal(small[0, 0, 4:], torch.ones(4, 8))
    assert float(small.mean()) == pytest.approx(float(mask.mean()))


def test_a_half_precision_encoder_is_copied_and_stays_as_it_is() -> None:
    """The copy is fp32 and belongs to the block; an fp32 encoder is used itself."""
    own = stable_diffusion().vae
    with in_fp32(own, CPU) as same:
        assert same is own
    own = own.to(torch.float16)
    with in_fp32(own, CPU) as copy:
        assert {parameter.dtype for parameter in copy.parameters()} == {torch.float32}
        assert {parameter.dtype for parameter in own.parameters()} == {torch.float16}
    latents = encode_photos(own, pictures(1, 1), None, CPU)
    assert latents.mean.dtype is torch.float32


def test_the_caller_hears_of_each_photo_and_may_stop(vae: Any) -> None:
    """Encoding hundreds of photos takes a while."""
    heard: list[int] = []

    def hear(done: int) -> None:
        heard.append(done)
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        encode_photos(vae, pictures(4, 1), None, CPU, on_photo=hear)
    assert heard == [1, 2]
