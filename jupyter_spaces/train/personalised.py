"""The pipeline of a checkpoint: the base model's parts, with the trained weights in place of its own."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.models import Pipeline
from jupyter_spaces.train.checkpoint import Checkpoint, read_weights
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.families import family_of
from jupyter_spaces.train.prepare import device_for, resolved
from jupyter_spaces.train.trained import Trained


def personalised(base: Any, config: TrainConfig, checkpoint: Checkpoint) -> Any:
    """A diffusers pipeline with this checkpoint's weights (the averaged ones, where the run keeps them).

    The base model's own modules stay as they are; what was not trained is shared with it.
    """
    inner = base.diffusers if isinstance(base, Pipeline) else base
    family = family_of(inner)
    device = device_for(config, inner)
    plain = resolved(config.replace(gradient_checkpointing=False), family, device)
    trained = Trained(family, plain, device)
    trained.load(read_weights(checkpoint.folder))
    dtype = next(family.denoiser.parameters()).dtype
    for module in (trained.denoiser, *(trained.text_encoders.values() if plain.train_text_encoder else ())):
        module.eval()
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.data = parameter.data.to(dtype)
    return trained.pipeline()
