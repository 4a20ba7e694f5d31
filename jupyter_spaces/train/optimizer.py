"""The optimizers, and their state as tensors and plain numbers, so that no pickle is ever written or read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import MissingExtraError
from jupyter_spaces.train.config import TrainConfig

if TYPE_CHECKING:
    import torch


def make_optimizer(config: TrainConfig, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """The optimizer of this config over these parameter groups. Raises `MissingExtraError`."""
    import torch

    options: dict[str, Any] = {
        "betas": (config.adam_beta1, config.adam_beta2),
        "eps": config.adam_epsilon,
        "weight_decay": config.weight_decay,
    }
    if config.optimizer == "adamw8bit":
        try:
            from bitsandbytes.optim import AdamW8bit
        except ImportError:
            raise MissingExtraError("optimizer: adamw8bit needs bitsandbytes: pip install bitsandbytes.") from None
        eight: torch.optim.Optimizer = AdamW8bit(groups, **options)
        return eight
    if config.optimizer == "prodigy":
        try:
            from prodigyopt import Prodigy
        except ImportError:
            raise MissingExtraError("optimizer: prodigy needs prodigyopt: pip install prodigyopt.") from None
        for group in groups:  # it finds its own rate; the schedule multiplies 1
            group["lr"] = group["peak"] = 1.0
        prodigy: torch.optim.Optimizer = Prodigy(groups, use_bias_correction=True, safeguard_warmup=True, **options)
        return prodigy
    return torch.optim.AdamW(groups, fused=True, **options)


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Its state as tensors by name, and the numbers beside them."""
    import torch

    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, Any] = {}
    whole = optimizer.state_dict()
    for index, entry in whole["state"].items():
        for name, value in entry.items():
            (tensors if isinstance(value, torch.Tensor) else numbers)[f"{index}.{name}"] = value
    groups = [{name: value for name, value in group.items() if name != "params"} for group in whole["param_groups"]]
    return tensors, {"state": numbers, "groups": groups}


def load_optimizer_state(
    optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor], numbers: dict[str, Any]
) -> None:
    """Take a state that `optimizer_state` gave."""
    whole = optimizer.state_dict()
    state: dict[int, dict[str, Any]] = {}
    for key, value in {**tensors, **numbers["state"]}.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    groups = [
        {**saved, "params": group["params"]}
        for group, saved in zip(whole["param_groups"], numbers["groups"], strict=True)
    ]
    for group in groups:
        if isinstance(group.get("betas"), list):
            group["betas"] = tuple(group["betas"])
    optimizer.load_state_dict({"state": state, "param_groups": groups})
