"""From a cell's YAML, a YAML file, or keyword arguments to one checked config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from jupyter_spaces.errors import ConfigError, did_you_mean
from jupyter_spaces.train.config.config import TrainConfig, fields
from jupyter_spaces.train.config.names import unknown
from jupyter_spaces.train.config.presets import PRESETS


def read_config(source: Mapping[str, Any] | str | Path, **more: Any) -> TrainConfig:
    """A config from a mapping, from YAML text, or from a YAML file (a `Path`); keyword arguments have the last word.

    `preset: NAME` (one of `PRESETS`) fills in what the rest leaves open. Raises `ConfigError` in a sentence that names
    the field.
    """
    given = {**read_mapping(source), **more}
    preset = given.pop("preset", None)
    if preset is not None and (not isinstance(preset, str) or preset not in PRESETS):
        raise ConfigError(
            f"preset: {preset!r} is none. It is one of {', '.join(PRESETS)}.{did_you_mean(str(preset), PRESETS)}",
            field="preset",
        )
    known = fields()
    for name in given:
        if name not in known:
            raise unknown(str(name), [*known, "preset"])
    return TrainConfig(**{**PRESETS.get(preset or "", {}), **given})


def read_mapping(source: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    """The names and values of a config, not checked yet. Raises `ConfigError` for what is no YAML mapping."""
    if isinstance(source, Mapping):
        return source
    where = f" in {source}" if isinstance(source, Path) else ""
    if isinstance(source, Path):
        try:
            source = source.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"the config file {source} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise ConfigError(f"the config file {source} cannot be read: it is not UTF-8 text.") from None
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
