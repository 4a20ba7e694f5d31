"""Names that are no fields: misspellings, what other trainers call a field, and what is left out on purpose."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_spaces.errors import ConfigError, did_you_mean

# Names that people bring from other trainers: a sentence helps more than the closest spelling.
ELSEWHERE = {
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
LEFT_OUT = {
    "lora_dropout": "dropout would draw from the process's own random numbers, and a resumed run could not repeat it. "
    "Use a lower lora_rank or fewer steps against overfitting.",
    "deterministic": "a run repeats bit for bit on the CPU; on CUDA that has not been tried yet.",
    "center_crop": "write crop: center.",
    "scale_lr": "write the learning_rate that you want.",
}


def unknown(name: str, known: Iterable[str]) -> ConfigError:
    """The error for a name that is none of `known`."""
    if name in LEFT_OUT:
        return ConfigError(f"{name} is not offered: {LEFT_OUT[name]}", field=name)
    hint = f" It is called {ELSEWHERE[name]!r} here." if name in ELSEWHERE else did_you_mean(name, known)
    return ConfigError(f"there is no field {name!r}.{hint} `%%train?` lists all of them.", field=name)
