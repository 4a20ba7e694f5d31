"""The whole model in one file of the original layout: what the web UIs keep in their folder of checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.models import Pipeline
from jupyter_spaces.train.checkpoint import Checkpoint
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.export.architecture import V1, V2, architecture, standard_name
from jupyter_spaces.train.export.origin import origin
from jupyter_spaces.train.export.original_layout import original_layout
from jupyter_spaces.train.export.replacement import replacing
from jupyter_spaces.train.personalised import personalised


def write_single_file(base: Any, config: TrainConfig, checkpoint: Checkpoint, path: Path) -> Path:
    """Write this checkpoint's model to the file `path` (`.safetensors`), in the base's number format, and return it.

    Raises `ConfigError` for adapters, and for a model that is not Stable Diffusion 1.x or 2.x by its sizes: programs
    that read such files know no other. Raises `TrainError` when the disk refuses.
    """
    from safetensors.torch import save_file

    inner = base.diffusers if isinstance(base, Pipeline) else base
    if config.method != "full":
        raise ConfigError(
            f"method: {config.method} has no whole model to write: the base model's weights are as they were. For "
            "adapters use write_kohya, which the same programs read.",
            field="method",
        )
    kind = architecture(inner)
    if kind not in (V1, V2):
        raise ConfigError(
            f"model: {origin(config.model)} is not Stable Diffusion 1.x or 2.x by its sizes, and programs that read "
            "single files would not know it. Use the folder of write_final, which diffusers loads.",
            field="model",
        )
    tensors = original_layout(personalised(inner, config, checkpoint), open_clip=kind == V2)
    with replacing(path) as part:
        save_file(
            {name: tensor.contiguous().cpu() for name, tensor in tensors.items()},
            part,
            metadata=_about(inner, config, checkpoint, path.stem),
        )
    return path


def _about(base: Any, config: TrainConfig, checkpoint: Checkpoint, title: str) -> dict[str, str]:
    kind = standard_name(base)
    return {
        "format": "pt",
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.title": title,
        "modelspec.prediction_type": "v" if base.scheduler.config.prediction_type == "v_prediction" else "epsilon",
        **({"modelspec.architecture": kind} if kind else {}),
        "base_model": origin(config.model),
        "instance_prompt": config.instance_prompt,
        "steps": str(checkpoint.step),
        "seed": str(config.seed),
    }
