"""The averaged weights: the recursion of the average, and nothing of it in the trained ones."""

from __future__ import annotations

import pytest
import torch

from jupyter_spaces.train.ema import Average


def parameters() -> dict[str, torch.nn.Parameter]:
    return {"a": torch.nn.Parameter(torch.tensor([1.0, -2.0])), "b": torch.nn.Parameter(torch.tensor([[3.0]]))}


def test_the_average_is_the_recursion() -> None:
    """s <- d s + (1 - d) w with d = min(decay, (1 + n) / (10 + n)), computed here in float64."""
    trained = parameters()
    average = Average(trained, 0.6)
    wanted = {name: parameter.detach().double() for name, parameter in trained.items()}
    for number in range(1, 40):
        for parameter in trained.values():
            parameter.data += torch.sin(torch.tensor(float(number)))
        average.update(number)
        decay = min(0.6, (1 + number) / (10 + number))
        wanted = {name: decay * old + (1 - decay) * trained[name].detach().double() for name, old in wanted.items()}
    assert all(torch.allclose(average.shadow[name].double(), wanted[name], rtol=1e-5) for name in wanted)


def test_it_begins_at_once() -> None:
    """After a few steps the average is near the weights, not near those of the untrained model."""
    trained = parameters()
    average = Average(trained, 0.9999)
    for parameter in trained.values():
        parameter.data += 1
    for number in range(1, 20):
        average.update(number)
    assert torch.allclose(average.shadow["a"], trained["a"].detach(), atol=0.01)


def test_the_trained_weights_come_back_bit_for_bit() -> None:
    """Inside the block the model computes with the average; after it, also after an error, with its own weights."""
    trained = parameters()
    average = Average(trained, 0.9)
    trained["a"].data += 0.1
    average.update(1)
    own = {name: parameter.detach().clone() for name, parameter in trained.items()}
    mean = {name: shadow.clone() for name, shadow in average.shadow.items()}
    with average.applied():
        assert all(torch.equal(trained[name], mean[name]) for name in mean)
    with pytest.raises(RuntimeError, match="in the block"):
        fail_with(average)
    assert all(torch.equal(trained[name], own[name]) for name in own)
    assert all(torch.equal(average.shadow[name], mean[name]) for name in mean)


def fail_with(average: Average) -> None:
    with average.applied():
        raise RuntimeError("in the block")


def test_the_average_is_of_its_own_memory() -> None:
    """Training on does not change it until it is told."""
    trained = parameters()
    average = Average(trained, 0.9)
    before = average.shadow["a"].clone()
    trained["a"].data += 1
    assert torch.equal(average.shadow["a"], before)
