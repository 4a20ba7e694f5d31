"""The untrained diffusion model as an embedder and as a judge of prompts, on the built-in model."""

from __future__ import annotations

import copy
import random
import threading
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from jupyter_spaces.errors import InputError
from jupyter_spaces.train.evaluate import diffusion_features, mutual_similarity, prompt_score, subject_fidelity
from jupyter_spaces.train.evaluate.diffusion import Untrained, _listening, unlike_border
from recipes.tiny.draw import draw
from recipes.tiny.world import Scene

Drawn = dict[str, list[Image.Image]]


def test_photos_of_one_subject_are_closer_to_each_other_than_to_others(tiny: Any, drawn: Drawn) -> None:
    """Whatever the background, place and size: for each of three subjects, and clearly on average."""
    embedder = diffusion_features(tiny)
    rows = {kind: embedder.images(pictures) for kind, pictures in drawn.items()}
    same = {kind: mutual_similarity(own) for kind, own in rows.items()}
    other = {
        kind: max(subject_fidelity(own, theirs) for name, theirs in rows.items() if name != kind)
        for kind, own in rows.items()
    }
    assert all(same[kind] > other[kind] for kind in rows), (same, other)
    assert np.mean(list(same.values())) > np.mean(list(other.values())) + 0.1


def test_vectors_are_unit_and_do_not_depend_on_the_company(tiny: Any, drawn: Drawn) -> None:
    """The same picture alone, in a batch, and by a new embedder gives the same vector."""
    pictures = [picture for kind in drawn.values() for picture in kind]
    embedder = diffusion_features(tiny, noises=1)
    rows = embedder.images(pictures)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert np.allclose(embedder.images(pictures[:1]), rows[:1], atol=1e-4)
    assert np.array_equal(diffusion_features(tiny, noises=1).images(pictures), rows)


def test_the_size_of_a_picture_does_not_matter(tiny: Any, drawn: Drawn) -> None:
    """A larger file of the same picture is about the same; of an oblong one the middle square counts."""
    picture = drawn["can"][0]
    oblong = Image.new("RGB", (256, 128))
    oblong.paste(picture.resize((128, 128), Image.Resampling.BICUBIC), (64, 0))
    one, two = diffusion_features(tiny, noises=1).images([picture, oblong])
    assert one @ two > 0.95


def test_layers_are_named_and_checked(tiny: Any, drawn: Drawn) -> None:
    """The latents and any block of the UNet by its name; their channels are put together."""
    pictures = drawn["dog"][:1]
    widths = [diffusion_features(tiny, layers=[name], noises=1).images(pictures).shape[1]
              for name in ("mid_block", "up_blocks.0")]  # fmt: skip
    both = diffusion_features(tiny, layers=("mid_block", "up_blocks.0"), noises=1)
    assert both.images(pictures).shape == (1, sum(widths))
    width = tiny.unet.config.in_channels
    assert diffusion_features(tiny, layers=["latents"]).images(pictures).shape == (1, width)
    assert both.name == "diffusion features (mid_block, up_blocks.0)"
    last = len(tiny.unet.config.up_block_types) - 1
    assert diffusion_features(tiny).name == f"diffusion features (latents, up_blocks.{last})"
    with pytest.raises(InputError, match=r"'mid_blok' is none.*Did you mean 'mid_block'"):
        diffusion_features(tiny, layers=["mid_blok"])
    with pytest.raises(InputError, match="at least one of each"):
        diffusion_features(tiny, noises=0)


def test_half_precision_changes_little(tiny: Any, drawn: Drawn) -> None:
    """A pipeline in bfloat16 sees the same subject."""
    pictures = drawn["backpack"][:2]
    half = copy.copy(tiny.diffusers)
    for name in ("unet", "text_encoder", "vae"):
        setattr(half, name, copy.deepcopy(getattr(half, name)).to(torch.bfloat16))
    wanted, found = (diffusion_features(one, noises=1).images(pictures) for one in (tiny, half))
    assert (wanted * found).sum(axis=1).min() > 0.98


def test_what_another_thread_does_with_the_model_is_not_heard(tiny: Any, drawn: Drawn) -> None:
    """A Space may paint with the shared UNet while it is listened to."""
    model = Untrained(tiny)
    latents, told = model.latents(drawn["dog"][:1]), model.conditioning([""])

    def ask() -> None:
        with torch.no_grad():
            model.answer(latents, model.noise("test"), 0.1, told)

    with _listening(tiny.unet, ["mid_block"]) as heard:
        other = threading.Thread(target=ask)
        other.start()
        other.join()
        assert not heard
        ask()
        assert set(heard) == {"mid_block"}
    assert not tiny.unet.mid_block._forward_hooks


def test_a_subject_counts_and_its_background_does_not() -> None:
    """Weights are high where the latents differ from the border, also across a horizon; a plain picture is even."""
    scenery = torch.zeros(1, 2, 8, 8)
    scenery[:, 0, 4:] = 1.0  # the ground
    even = unlike_border(torch.ones(1, 2, 8, 8))
    assert torch.allclose(even, torch.full_like(even, 1 / 64))
    subject = scenery.clone()
    subject[:, 1, 3:5, 3:5] = 1.0
    weights = unlike_border(subject)
    assert weights.sum() == pytest.approx(1)
    assert weights[0, 0, 3:5, 3:5].sum() > 0.99


def test_pictures_tell_their_own_prompt_from_another(tiny: Any) -> None:
    """The model predicts the noise better when told the colour that is there."""
    rng = np.random.default_rng(1)
    pictures = [Image.fromarray(draw(Scene("square", colour, "large"), rng)) for colour in ("red", "blue")]
    texts = ["a red square", "a blue square"]
    own = [prompt_score(tiny, [picture], [text], against=texts[::-1][place : place + 1])[0]
           for place, (picture, text) in enumerate(zip(pictures, texts, strict=True))]  # fmt: skip
    assert min(own) > 0, own
    # against itself no prompt is better
    assert np.allclose(prompt_score(tiny, pictures[:1], texts[:1], against=texts[:1], noises=1), 0)


def test_prompts_and_images_have_to_fit(tiny: Any, drawn: Drawn) -> None:
    """One prompt per image, and something to compare with."""
    with pytest.raises(InputError, match="1 prompts for 2 images"):
        prompt_score(tiny, drawn["dog"][:2], ["a dog"])


def test_nothing_of_the_process_randomness_is_used(tiny: Any, drawn: Drawn) -> None:
    """Neither drawn from nor changed, and what a cell seeds does not matter."""
    torch.manual_seed(1)
    before = torch.get_rng_state(), random.getstate()
    first = diffusion_features(tiny, noises=1).images(drawn["dog"][:1])
    score = prompt_score(tiny, drawn["dog"][:1], ["a dog"], noises=1)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    torch.manual_seed(2)
    assert np.array_equal(diffusion_features(tiny, noises=1).images(drawn["dog"][:1]), first)
    assert np.array_equal(prompt_score(tiny, drawn["dog"][:1], ["a dog"], noises=1), score)
