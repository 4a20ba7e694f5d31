"""A run's `final/`: what diffusers loads, without this package.

After full training that is a whole pipeline, `DiffusionPipeline.from_pretrained(folder)`; of adapters only they, for
`pipe.load_lora_weights(folder)` on the base model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_spaces.models import Pipeline
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.train.checkpoint import Checkpoint
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.export.adapters import write_adapters
from jupyter_spaces.train.export.origin import forget_paths
from jupyter_spaces.train.export.replacement import replacing
from jupyter_spaces.train.personalised import personalised


def write_final(base: Any, config: TrainConfig, checkpoint: Checkpoint, folder: Path) -> Path:
    """Write this checkpoint's model to `folder`, in the base model's number format, and return the folder.

    base: the untrained pipeline, which stays as it is. An earlier export is replaced when the new one is whole. Raises
    `CheckpointError` for a checkpoint of other settings, and `TrainError` when the disk refuses.
    """
    inner = base.diffusers if isinstance(base, Pipeline) else base
    if config.method == "lora":
        return write_adapters(inner, config, checkpoint, folder)
    made = personalised(inner, config, checkpoint)
    with replacing(folder) as part, quiet():
        made.save_pretrained(str(part), safe_serialization=True)
        forget_paths(part)
    return folder
