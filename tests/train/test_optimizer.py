"""The optimizer's state as tensors and plain numbers, from which the next steps are the same bit for bit."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest
import torch

from jupyter_spaces.errors import MissingExtraError
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.optimizer import load_optimizer_state, make_optimizer, optimizer_state


def config(**settings: Any) -> TrainConfig:
    return TrainConfig(instance_images="photos", instance_prompt="a photo of sks dog", **settings)


def weights() -> list[torch.nn.Parameter]:
    random = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=random)) for shape in ((3, 2), (4,), (2, 2))]


def groups(parameters: list[torch.nn.Parameter]) -> list[dict[str, Any]]:
    return [{"params": parameters[:2], "lr": 1e-2, "peak": 1e-2}, {"params": parameters[2:], "lr": 1e-3, "peak": 1e-3}]


def step(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter], number: int) -> None:
    random = torch.Generator().manual_seed(number)
    for parameter in parameters[1 if number < 2 else 0 :]:  # the first has no gradient, and so no state, at first
        parameter.grad = torch.randn(parameter.shape, generator=random)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def test_adamw_is_that_of_torch_with_the_config_s_numbers() -> None:
    """Loshchilov and Hutter, 2019: one step by hand, in the group's own rate."""
    parameters = weights()
    before = parameters[1].detach().clone()
    told = config(adam_beta1=0.8, adam_beta2=0.9, adam_epsilon=1e-4, weight_decay=0.1)
    optimizer = make_optimizer(told, groups(parameters))
    parameters[1].grad = torch.full((4,), 0.5)
    optimizer.step()
    # the bias corrections make the first step's moments the gradient and its square
    expected = before * (1 - 1e-2 * 0.1) - 1e-2 * 0.5 / (0.5 + 1e-4)
    assert torch.allclose(parameters[1].detach(), expected, rtol=1e-6)


def test_the_state_goes_to_a_file_and_back() -> None:
    """Five steps, the state through JSON and tensors into a fresh optimizer, five more: equal to ten, bit for bit."""
    straight = weights()
    optimizer = make_optimizer(config(), groups(straight))
    for number in range(10):
        step(optimizer, straight, number)
    first = weights()
    optimizer = make_optimizer(config(), groups(first))
    for number in range(5):
        step(optimizer, first, number)
    optimizer.param_groups[0]["lr"] = 1e-2
    tensors, numbers = optimizer_state(optimizer)
    assert all(isinstance(value, torch.Tensor) for value in tensors.values())
    numbers = json.loads(json.dumps(numbers))
    second = [torch.nn.Parameter(parameter.detach().clone()) for parameter in first]
    fresh = make_optimizer(config(), groups(second))
    load_optimizer_state(fresh, {name: tensor.clone() for name, tensor in tensors.items()}, numbers)
    for number in range(5, 10):
        step(fresh, second, number)
    assert all(map(torch.equal, second, straight))
    assert [group["peak"] for group in fresh.param_groups] == [1e-2, 1e-3]
    assert isinstance(fresh.param_groups[0]["betas"], tuple)


def test_the_state_of_an_optimizer_that_has_not_stepped() -> None:
    """There is nothing but the groups, and it can be loaded."""
    tensors, numbers = optimizer_state(make_optimizer(config(), groups(weights())))
    assert not tensors
    load_optimizer_state(make_optimizer(config(), groups(weights())), tensors, numbers)


@pytest.mark.parametrize(("name", "distribution"), [("adamw8bit", "bitsandbytes"), ("prodigy", "prodigyopt")])
def test_an_optimizer_that_is_not_installed(name: str, distribution: str) -> None:
    """The sentence says what to install; where it is installed, it steps."""
    parameters = weights()
    if importlib.util.find_spec(distribution) is None:
        with pytest.raises(MissingExtraError, match=f"optimizer: {name} needs {distribution}: pip install"):
            make_optimizer(config(optimizer=name), groups(parameters))
    else:
        step(make_optimizer(config(optimizer=name), groups(parameters)), parameters, 3)
