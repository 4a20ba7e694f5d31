"""From a cell's YAML, a YAML file, or keyword arguments to one checked config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from jupyter_spaces.errors import ConfigError, did_you_mean
from jupyter_spaces.train.config.config import TrainConfig, fields
from jupyter_spaces.train.config.presets import PRESETS

# Names that people bring from other trainers: a sentence helps more than the closest spelling.
_ELSEWHERE = {
    "max_train_steps": "steps",
    "train_batch_size": "batch_size",
    "pretrained_model_name_or_path": "model",
    "instance_data_dir": "instance_images",
    "class_data_dir": "class_images",
    "with_prior_preservation": "class_prompt",
    "gradient_accumulation_steps": "gradient_accumulation",
    "lr": "learning_rate",
    "lr_scheduler": "lr_schedule",
    "lr_warmup_steps": "warmup_steps",
    "mixed_precision": "precision",
    "use_8bit_adam": "optimizer",
    "rank": "lora_rank",
    "noise_offset": "offset_noise",
    "checkpointing_steps": "checkpoint_every",
    "checkpoints_total_limit": "keep_checkpoints",
    "validation_prompt": "sample_prompts",
    "num_validation_images": "sample_seeds",
    "validation_steps": "sample_every",
    "sample_batch_size": "prior_batch_size",
}
_REFUSED = {
    "lora_dropout": "dropout would draw from the process's own random numbers, and a resumed run could not repeat it. "
    "Use a lower lora_rank or fewer steps against overfitting.",
    "center_crop": "write crop: center.",
    "scale_lr": "write the learning_rate that you want.",
}


def read_config(source: Mapping[str, Any] | str | Path, **more: Any) -> TrainConfig:
    """A config from a mapping, from YAML text, or from a YAML file (a `Path`); keyword arguments have the last word.

    `preset: NAME` (one of `PRESETS`) fills in what the rest leaves open. Raises `ConfigError` in a sentence that names
    the field.
    """
    given = {**_mapping(source), **more}
    preset = given.pop("preset", None)
    if preset is not None and preset not in PRESETS:
        raise ConfigError(
            f"preset: {preset!r} is none. It is one of {', '.join(PRESETS)}.{did_you_mean(str(preset), PRESETS)}",
            field="preset",
        )
    known = fields()
    for name in given:
        if name not in known:
            raise _unknown(str(name))
    return TrainConfig(**{**PRESETS.get(preset or "", {}), **given})


def _mapping(source: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    where = f" in {source}" if isinstance(source, Path) else ""
    if isinstance(source, Path):
        try:
            source = source.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"the config file {source} cannot be read: {error.strerror}.") from None
    try:
        found = yaml.safe_load(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ConfigError(
            f"the config{where} is not YAML{line}: {problem}. Write one `name: value` per line; quote a value that "
            "holds a colon."
        ) from None
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ConfigError(f"the config{where} is a {type(found).__name__}. Write one `name: value` per line.")
    return found


def _unknown(name: str) -> ConfigError:
    if name in _REFUSED:
        return ConfigError(f"{name} is not offered: {_REFUSED[name]}", field=name)
    hint = (
        f" It is called {_ELSEWHERE[name]!r} here." if name in _ELSEWHERE else did_you_mean(name, [*fields(), "preset"])
    )
    return ConfigError(f"there is no field {name!r}.{hint} `%%train?` lists all of them.", field=name)
