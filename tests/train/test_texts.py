"""Captions are encoded once where the encoders are frozen, and with a gradient where they are trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from jupyter_spaces.train.families import Family, family_of
from jupyter_spaces.train.texts import Texts
from tests.train.small_trainers import CPU, stable_diffusion, stable_diffusion_xl

MAKERS = [stable_diffusion, stable_diffusion_xl]
CAPTIONS = ["a red boat", "a boat", "a red boat"]


def listened(family: Family) -> list[int]:
    """The batch sizes with which the family's first text encoder is called from now on."""
    sizes: list[int] = []
    encoder = next(iter(family.text_encoders.values()))
    encoder.register_forward_pre_hook(lambda _module, args: sizes.append(len(args[0])))
    return sizes


@pytest.mark.parametrize("make", MAKERS)
def test_a_frozen_encoder_reads_each_caption_once(make: Callable[[], Any]) -> None:
    """However often it is asked for, in whatever company."""
    family = family_of(make())
    texts = Texts(family, family.text_encoders, CPU, fixed=True)
    sizes = listened(family)
    said = texts.encode(CAPTIONS)
    assert sizes == [1, 1]
    again = texts.encode(["a boat", "a red boat"])
    assert sizes == [1, 1]
    for name, rows in said.items():
        assert torch.equal(rows[0], rows[2])
        assert not torch.equal(rows[0], rows[1])
        assert torch.equal(again[name], rows[[1, 0]])
        assert not rows.requires_grad


@pytest.mark.parametrize("make", MAKERS)
def test_it_says_what_the_encoder_says(make: Callable[[], Any]) -> None:
    """Frozen and trained alike, row by row."""
    family = family_of(make())
    with torch.no_grad():
        wanted = family.encode(CAPTIONS, family.text_encoders)
    for fixed in (True, False):
        said = Texts(family, family.text_encoders, CPU, fixed=fixed).encode(CAPTIONS)
        for name, rows in wanted.items():
            assert torch.allclose(said[name], rows, atol=1e-5)


@pytest.mark.parametrize("make", MAKERS)
def test_a_trained_encoder_gets_gradients(make: Callable[[], Any]) -> None:
    """One pass for several pictures of one caption, whose rows are equal and all of whose gradients arrive."""
    family = family_of(make())
    sizes = listened(family)
    said = Texts(family, family.text_encoders, CPU, fixed=False).encode(CAPTIONS)
    assert sizes == [2]
    states = said["encoder_hidden_states"]
    assert torch.equal(states[0], states[2])
    encoder: Any = family.text_encoders["text_encoder"]
    table = next(parameter for name, parameter in encoder.named_parameters() if "token_embedding" in name)
    weight = torch.randn(states.shape, generator=torch.Generator().manual_seed(0))
    (twice,) = torch.autograd.grad((states * weight).sum(), table)
    assert bool(twice.any())
    alone = Texts(family, family.text_encoders, CPU, fixed=False)
    parts = [
        torch.autograd.grad((alone.encode([caption])["encoder_hidden_states"][0] * weight[row]).sum(), table)[0]
        for row, caption in enumerate(CAPTIONS)
    ]
    assert torch.allclose(twice, sum(parts, torch.zeros(())), atol=1e-4)


def test_half_precision_texts_become_float32() -> None:
    """The forward pass decides its own number format."""
    pipeline = stable_diffusion()
    pipeline.text_encoder.to(torch.bfloat16)
    family = family_of(pipeline)
    assert Texts(family, family.text_encoders, CPU, fixed=True).encode(["a boat"])["encoder_hidden_states"].dtype is (
        torch.float32
    )
