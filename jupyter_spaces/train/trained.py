"""The weights that a run trains: its own copy of them, and how the rest of the pipeline is shared.

The Space that paints with the model goes on with the weights that it has. Full fine-tuning copies the modules that it
trains into fp32 masters. Adapters need no copy: a second module is built around the very same tensors, and only it
gets the adapters, so the pipeline's own module never sees them. Either way the pipeline's module is still the untrained
model, which is what class images and the frozen target ask for, at no cost in memory.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import CheckpointError, MissingExtraError
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.draws import seed_for
from jupyter_spaces.train.families import Family
from jupyter_spaces.train.sampler import own_copy

if TYPE_CHECKING:
    import torch

ADAPTER = "default"
_ATTENTION = ("to_k", "to_q", "to_v", "to_out.0", "add_k_proj", "add_v_proj")
_ALL = (*_ATTENTION, "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out", "conv1", "conv2", "time_emb_proj")
_TEXT = ("q_proj", "k_proj", "v_proj", "out_proj")


class Trained:
    """`denoiser` and `text_encoders` are what the run computes with; only some of their parameters need a gradient."""

    def __init__(self, family: Family, config: TrainConfig, device: torch.device) -> None:
        self.family = family
        self.config = config
        self._adapters = config.method == "lora"
        make = self._with_adapters if self._adapters else self._masters
        self.denoiser = make(family.denoiser, _ATTENTION if config.lora_targets == "attention" else _ALL, device)
        self.text_encoders = {
            name: make(encoder, _TEXT, device) if config.train_text_encoder else encoder
            for name, encoder in family.text_encoders.items()
        }
        modules = {"unet": self.denoiser, **(self.text_encoders if config.train_text_encoder else {})}
        self.parameters: dict[str, torch.nn.Parameter] = {
            f"{component}.{name}": parameter
            for component, module in modules.items()
            for name, parameter in module.named_parameters()
            if parameter.requires_grad
        }
        """The trained parameters by name, `unet.` or `text_encoder.` in front; in an order that never changes."""
        if config.gradient_checkpointing:
            self.denoiser.enable_gradient_checkpointing()
        for module in modules.values():
            module.train()
            for layer in module.modules():
                # dropout would draw from the process's own random numbers; models of this kind are trained without
                if type(layer).__name__ == "Dropout":
                    layer.eval()

    def _masters(self, module: torch.nn.Module, _targets: tuple[str, ...], device: torch.device) -> Any:
        import torch

        own = copy.deepcopy(module).requires_grad_(True)
        for tensor in (*own.parameters(), *own.buffers()):
            dtype = torch.float32 if tensor.is_floating_point() else tensor.dtype
            tensor.data = tensor.data.to(device=device, dtype=dtype)
        return own

    def _with_adapters(self, module: torch.nn.Module, targets: tuple[str, ...], device: torch.device) -> Any:
        import torch

        try:
            from peft import LoraConfig, inject_adapter_in_model
        except ImportError:
            raise MissingExtraError("method: lora needs peft: pip install peft.") from None

        own = sharing_weights(module, device, torch.float32 if self.config.precision == "fp32" else None)
        alpha = self.config.lora_alpha if self.config.lora_alpha is not None else self.config.lora_rank
        layers = [name for name, _ in own.named_modules() if name.split(".", 1)[-1] and name.endswith(targets)]
        settings = LoraConfig(
            r=self.config.lora_rank,
            lora_alpha=alpha,  # type: ignore[arg-type]  # peft divides by the rank, whatever the number
            target_modules=layers,
            use_dora=self.config.use_dora,
            init_lora_weights="gaussian",
        )
        with torch.random.fork_rng(devices=[]):
            inject_adapter_in_model(settings, own, adapter_name=ADAPTER)
        # peft draws from the process's random numbers: draw again, from the run's own
        for name, parameter in own.named_parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.to(device=device, dtype=torch.float32)
                if "lora_A" in name:
                    random = torch.Generator("cpu").manual_seed(seed_for(self.config.seed, "adapter", name))
                    fresh = torch.randn(parameter.shape, generator=random) / self.config.lora_rank
                    parameter.data.copy_(fresh)
        return own

    @property
    def trains_text(self) -> bool:
        """Whether a prompt's encoding changes from step to step."""
        return self.config.train_text_encoder

    def groups(self, learning_rate: float, text_learning_rate: float) -> list[dict[str, Any]]:
        """Parameter groups of the optimizer; "peak" is what the schedule multiplies."""
        unet = [value for name, value in self.parameters.items() if name.startswith("unet.")]
        text = [value for name, value in self.parameters.items() if not name.startswith("unet.")]
        groups = [{"params": unet, "lr": learning_rate, "peak": learning_rate}]
        if text:
            groups.append({"params": text, "lr": text_learning_rate, "peak": text_learning_rate})
        return groups

    def state(self) -> dict[str, torch.Tensor]:
        """The trained weights by name; the tensors themselves, not copies."""
        return {name: parameter.detach() for name, parameter in self.parameters.items()}

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Take weights that `state` gave. Raises `CheckpointError` when they are of another run's shape."""
        import torch

        if state.keys() != self.parameters.keys():
            odd = next(iter(state.keys() ^ self.parameters.keys()))
            raise CheckpointError(
                f"the checkpoint does not fit these settings: {odd} is in one and not in the other. Go on with the "
                "method, the targets and the text encoder that the run began with."
            )
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                if parameter.shape != state[name].shape:
                    raise CheckpointError(
                        f"the checkpoint does not fit these settings: {name} is {tuple(state[name].shape)} there and "
                        f"{tuple(parameter.shape)} here. Go on with the model and rank that the run began with."
                    )
                parameter.copy_(state[name])

    def pipeline(self) -> Any:
        """A diffusers pipeline of the family's class around the modules as they are now, for painting samples."""
        base = self.family.pipeline
        own = own_copy(base)
        parts = {"unet": self.denoiser, **self.text_encoders}
        own.register_modules(**parts)
        return own


def sharing_weights(module: torch.nn.Module, device: torch.device, dtype: torch.dtype | None) -> Any:
    """A copy of the module's structure whose frozen parameters lie in the same memory as the module's.

    Only what is on another device, or not in this format where one is given, is copied. The parameters are objects of
    their own: whether the module's need a gradient is its owner's business.
    """
    import torch

    memo: dict[int, Any] = {id(buffer): buffer.to(device) for buffer in module.buffers()}
    for parameter in module.parameters():
        same = parameter.detach().to(device, dtype)
        memo[id(parameter)] = torch.nn.Parameter(same, requires_grad=False)
    return copy.deepcopy(module, memo)
