"""Everything that a training run is told, as one frozen value.

A field says its meaning, unit, range, default and where the default comes from; `fields()` is the same as data, from
which the documentation's table is made. What a default of None stands for depends on the model (`resolved` fills it in
when the model is known), so that one config trains the tiny model and a Stable Diffusion alike.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.train.config.knob import Knob, check, knob
from jupyter_spaces.train.config.names import unknown

METHODS = ("full", "lora")


@dataclass(frozen=True)
class TrainConfig:
    """The settings of a DreamBooth run (Ruiz et al., 2023, arXiv 2208.12242). Bad values raise `ConfigError`."""

    # What is learned
    instance_images: Any = knob((), "the subject's photos: a folder, or a list of files or PIL images", str, tuple)
    instance_prompt: str = knob("", "the prompt that names the subject by a rare word: a photo of sks dog", str)
    class_prompt: str | None = knob(
        None, "the prompt of the subject's class, a photo of a dog; without one the class is not kept", str
    )
    captions: str = knob(
        "prompt",
        "what describes a photo: the instance prompt, a .txt file of the same name beside it, or the file's name",
        str,
        choices=("prompt", "files", "names"),
    )

    # The model and what of it is trained
    model: str = knob("tiny", "tiny, a diffusers repository id or folder, or the name of a loaded model", str)
    method: str = knob(
        "full",
        "full: all weights of the denoiser; lora: low-rank adapters",
        str,
        choices=METHODS,
    )
    train_text_encoder: bool = knob(False, "train the text encoder too (full and lora)", bool)
    resolution: int | None = knob(None, "side of the training pictures; the model's own when left out", int,
                                  unit="pixels", at_least=16)  # fmt: skip

    # The class: what keeps "a dog" from becoming this dog
    num_class_images: int = knob(100, "class images that the base model makes of the class prompt", int, at_least=1,
                                 source="diffusers train_dreambooth.py")  # fmt: skip
    class_images: str | None = knob(None, "a folder of your own class images, instead of made ones", str)
    prior_loss_weight: float = knob(1.0, "weight of the class loss (lambda); 0 is without", float, at_least=0.0,
                                    source="arXiv 2208.12242, section 3.2")  # fmt: skip
    prior_target: str = knob(
        "noise",
        "what the model is asked for on class images: the noise that was added, or what the untrained model predicts",
        str,
        choices=("noise", "base"),
    )
    prior_batch_size: int | None = knob(None, "class images per step; as many as photos when left out", int, at_least=1)
    prior_steps: int = knob(20, "denoising steps of a class image", int, at_least=1, at_most=1000)
    prior_guidance_scale: float = knob(7.5, "guidance of a class image", float, at_least=0.0,
                                       source="diffusers' default")  # fmt: skip

    # The photos
    crop: str = knob("smart", "the square that is cut out of a photo", str, choices=("smart", "center", "random"))
    crops: int = knob(4, "different crops of each photo that are kept", int, at_least=1, at_most=64)
    flip: bool = knob(False, "also the mirror image; not for subjects with writing or a left and a right", bool)
    masks: str | None = knob(None, "a folder of masks by the photos' names; white is learned, black is not", str)

    # The loss
    snr_gamma: float | None = knob(None, "Min-SNR weighting; 5 is usual", float, above=0.0,
                                   source="Hang et al., 2023, arXiv 2303.09556")  # fmt: skip
    offset_noise: float = knob(0.0, "noise that shifts a whole channel; 0.05 to 0.1 for very dark or bright pictures",
                               float, at_least=0.0, at_most=1.0)  # fmt: skip

    # The optimizer
    steps: int = knob(800, "optimizer steps", int, at_least=1, source="diffusers README, with class images")
    batch_size: int = knob(1, "photos per step", int, at_least=1)
    gradient_accumulation: int = knob(
        1, "parts that a step's pictures are computed in, to save memory", int, at_least=1
    )
    learning_rate: float | None = knob(
        None, "peak; by model and method when left out (full 5e-6, lora 1e-4; tiny 3e-4, 2e-3)", float, above=0.0,
        source="diffusers README",
    )  # fmt: skip
    text_learning_rate: float | None = knob(None, "of the text encoder; the same when left out", float, above=0.0)
    lr_schedule: str = knob("constant", "how the rate changes", str, choices=("constant", "linear", "cosine"))
    warmup_steps: int = knob(0, "steps in which the rate rises from 0", int, at_least=0, unit="steps")
    optimizer: str = knob("adamw", "adamw (fused where there is one), adamw8bit (bitsandbytes), prodigy (prodigyopt)",
                          str, choices=("adamw", "adamw8bit", "prodigy"))  # fmt: skip
    adam_beta1: float = knob(0.9, "decay of the mean of the gradient", float, at_least=0.0, at_most=0.9999)
    adam_beta2: float = knob(0.999, "decay of the mean of its square", float, at_least=0.0, at_most=0.99999)
    adam_epsilon: float = knob(1e-8, "what keeps the division from zero", float, above=0.0)
    weight_decay: float = knob(
        1e-2, "how fast unused weights shrink", float, at_least=0.0, source="diffusers train_dreambooth.py"
    )
    max_grad_norm: float = knob(1.0, "the gradient is scaled down to this length", float, above=0.0)
    ema_decay: float | None = knob(None, "average the weights with this decay, 0.999 say, and use the average", float,
                                   above=0.0, at_most=0.999999)  # fmt: skip

    # Adapters
    lora_rank: int = knob(8, "rank of the adapters", int, at_least=1, at_most=1024)
    lora_alpha: float | None = knob(
        None, "scale of the adapters over their rank; the rank when left out", float, above=0.0
    )
    lora_targets: str = knob("attention", "the layers that get one", str, choices=("attention", "all"))
    use_dora: bool = knob(False, "split each weight into size and direction", bool,
                          source="Liu et al., 2024, arXiv 2402.09353")  # fmt: skip

    # The device
    device: str | None = knob(
        None, "where the model is expected to be: cuda, cuda:1, mps or cpu; wherever it is when left out", str
    )
    precision: str = knob("auto", "number format of the forward pass; weights are trained in fp32", str,
                          choices=("auto", "fp32", "bf16", "fp16"))  # fmt: skip
    gradient_checkpointing: bool = knob(False, "compute activations twice: slower, with far less memory", bool)

    # What is kept and shown
    seed: int = knob(0, "every random number is a function of it and of the step", int, at_least=0)
    checkpoint_every: int | None = knob(100, "steps between checkpoints; none but the last when null", int, at_least=1)
    keep_checkpoints: int = knob(3, "the latest ones that stay, besides the best", int, at_least=1)
    sample_every: int | None = knob(100, "steps between sample pictures; none when null", int, at_least=1)
    sample_prompts: tuple[str, ...] = knob((), "what is painted then; the two prompts when left out", tuple)
    sample_seeds: tuple[int, ...] = knob((0, 1), "one picture per prompt and seed", tuple)
    sample_steps: int = knob(20, "denoising steps of a sample", int, at_least=1, at_most=1000)
    sample_guidance_scale: float = knob(5.0, "guidance of a sample", float, at_least=0.0)
    probe_every: int | None = knob(50, "steps between probe losses; none when null", int, at_least=1)
    hold_out: bool = knob(True, "keep one photo out of training, for the probe, when there are four or more", bool)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, check(field.name, getattr(self, field.name), field))
        _check_items("sample_prompts", self.sample_prompts, str)
        _check_items("sample_seeds", self.sample_seeds, int)
        self._check_together()

    def _check_together(self) -> None:
        """What one field alone does not show."""
        if not self.instance_prompt.strip():
            raise ConfigError(
                "instance_prompt is missing: write the prompt that names your subject by a rare word, as in "
                "instance_prompt: a photo of sks dog",
                field="instance_prompt",
            )
        if isinstance(self.instance_images, str | tuple) and not self.instance_images:
            raise ConfigError(
                "instance_images is missing: name the folder of your photos, as in instance_images: photos/",
                field="instance_images",
            )
        if self.class_images is not None and not self.with_prior:
            raise ConfigError(
                "class_images is given, but there is no class to keep: add class_prompt: a photo of a dog (your "
                "subject's class), and leave prior_loss_weight above 0.",
                field="class_images",
            )
        if self.warmup_steps >= self.steps:
            raise ConfigError(
                f"warmup_steps: {self.warmup_steps} leaves nothing of steps: {self.steps}. Use a tenth of them.",
                field="warmup_steps",
            )

    @property
    def with_prior(self) -> bool:
        """Whether class images take part."""
        return self.class_prompt is not None and self.prior_loss_weight > 0

    @property
    def class_batch(self) -> int:
        """Class images per step; 0 without a prior."""
        return (self.prior_batch_size or self.batch_size) if self.with_prior else 0

    def replace(self, **changes: Any) -> TrainConfig:
        """A config that differs in these fields, checked again. Raises `ConfigError`, for unknown names too."""
        for name in changes:
            if name not in fields():
                raise unknown(name, fields())
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML and JSON, in the order of the fields; tuples become lists."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def fields() -> Mapping[str, tuple[Any, Knob]]:
    """Default and meaning of every field, in order."""
    return {field.name: (field.default, field.metadata["knob"]) for field in dataclasses.fields(TrainConfig)}


def _check_items(name: str, values: tuple[Any, ...], kind: type) -> None:
    for value in values:
        if not isinstance(value, kind) or isinstance(value, bool):
            what = "texts" if kind is str else "whole numbers"
            raise ConfigError(f"{name}: {value!r} does not fit. It takes a list of {what}.", field=name)
