"""DreamBooth: teach a model that lives in this kernel a new subject, without forgetting the subject's class.

from jupyter_spaces import runs, train

run = train.dreambooth("my-dog", instance_images="photos/", instance_prompt="a photo of sks dog",
                       class_prompt="a photo of a dog", steps=400)     # returns at once
run.pipeline("a photo of sks dog on the moon")                         # when it is done

Knows no widget and no notebook; a run is a job on the queue of the model's device.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.train.config import PRESETS, TrainConfig, fields, read_config
from jupyter_spaces.train.registry import runs

if TYPE_CHECKING:
    from jupyter_spaces.train.history import History
    from jupyter_spaces.train.run import Run

__all__ = ["PRESETS", "History", "Run", "TrainConfig", "dreambooth", "fields", "read_config", "runs"]

_LATER = {"History": "jupyter_spaces.train.history", "Run": "jupyter_spaces.train.run"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module 'jupyter_spaces.train' has no attribute {name!r}")


def dreambooth(
    name: str,
    config: TrainConfig | Mapping[str, Any] | str | Path | None = None,
    *,
    folder: Path | None = None,
    **settings: Any,
) -> Run:
    """Start the run `name`, or go on with it, and return it at once.

    config: a `TrainConfig`, a mapping, YAML text, or the `Path` of a YAML file; `settings` have the last word. The
    run's files go to `runs/<name>` below the working folder, or to `folder`. Raises `ConfigError`; problems with the
    photos and the model show in the run.
    """
    if isinstance(config, TrainConfig):
        told = config.replace(**settings) if settings else config
    else:
        told = read_config(config if config is not None else {}, **settings)
    run = runs.make(name, told, folder)
    return run if run.live or run.finished else run.start()
