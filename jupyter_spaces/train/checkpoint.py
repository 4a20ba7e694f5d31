"""A checkpoint: a folder of safetensors and JSON that holds everything a run goes on from.

    step-000100/
      weights.safetensors     the trained weights, fp32
      optimizer.safetensors   its tensors
      average.safetensors     the averaged weights, where the run keeps them
      state.json              step, optimizer numbers, loss scale, learning rate, thread count, versions

It is written beside its place and renamed into it, so a folder of that name is always whole; what a crash leaves behind
has another name and is removed by the next run. There is no pickle in it.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.models.weights import readable
from jupyter_spaces.train.optimizer import load_optimizer_state, optimizer_state

if TYPE_CHECKING:
    from jupyter_spaces.train.trainer import Trainer

_PART = ".part-"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on disk. `scores`: what an evaluation found, by name; empty before."""

    step: int
    folder: Path
    nbytes: int
    scores: dict[str, float] = field(default_factory=dict)


def write_checkpoint(trainer: Trainer, parent: Path) -> Checkpoint:
    """Write the trainer's state into `parent`. Raises `CheckpointError` when the disk has no room, before it writes."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    folder = parent / f"step-{trainer.done:06d}"
    parent.mkdir(parents=True, exist_ok=True)
    tensors, numbers = optimizer_state(trainer.optimizer)
    files = {"weights": trainer.trained.state(), "optimizer": tensors}
    if trainer.average is not None:
        files["average"] = trainer.average.shadow
    needed = sum(tensor.nbytes for held in files.values() for tensor in held.values())
    free = shutil.disk_usage(parent).free
    if needed * 1.05 + 2**20 > free:
        raise CheckpointError(
            f"a checkpoint takes {readable(needed)}, and {readable(free)} are free on the disk of {parent}. Free some "
            "room, or lower keep_checkpoints, or use method: lora, whose checkpoints are small."
        )
    part = parent / f"{_PART}{folder.name}-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        for name, held in files.items():
            save_file(
                {key: tensor.detach().contiguous().cpu() for key, tensor in held.items()}, part / f"{name}.safetensors"
            )
        _write_json(part / "state.json", {**_state(trainer), "optimizer": numbers})
        _sync(part)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(part, folder)
    except (OSError, SafetensorError) as error:  # the latter when the disk fills up meanwhile
        shutil.rmtree(part, ignore_errors=True)
        raise CheckpointError(f"the checkpoint of step {trainer.done} could not be written: {error}.") from None
    return read_checkpoint(folder)


def load_checkpoint(trainer: Trainer, folder: Path) -> None:
    """Put a checkpoint's state into a trainer of the same settings. Raises `CheckpointError`."""
    import torch

    state = read_state(folder)
    # all of it before any of it is used: a damaged file leaves the trainer as it was
    weights, moments = _tensors(folder, "weights"), _tensors(folder, "optimizer")
    average = _tensors(folder, "average") if trainer.average is not None else {}
    threads = state["threads"]
    if trainer.device.type == "cpu" and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)  # sums of floats depend on how they are split
    trainer.optimizer.zero_grad(set_to_none=True)  # of a step that was broken off
    trainer.trained.load(weights)
    load_optimizer_state(trainer.optimizer, moments, state["optimizer"])
    if trainer.average is not None:
        for name, shadow in trainer.average.shadow.items():
            shadow.copy_(average[name])
    if state["scaler"]:
        trainer.scaler.load_state_dict(state["scaler"])
    trainer.rate = state["rate"]
    trainer.done = state["step"]


def read_weights(folder: Path) -> Any:
    """The weights to use: the averaged ones where the run keeps them, else the trained ones."""
    return _tensors(folder, "average" if (folder / "average.safetensors").is_file() else "weights")


def remove(checkpoint: Checkpoint) -> None:
    """Delete a checkpoint. First its name goes, so that nobody reads half of one."""
    gone = checkpoint.folder.with_name(f"{_PART}gone-{checkpoint.folder.name}-{os.getpid()}")
    os.replace(checkpoint.folder, gone)
    shutil.rmtree(gone, ignore_errors=True)


def read_checkpoint(folder: Path) -> Checkpoint:
    """What is known of a checkpoint without reading its tensors. Raises `CheckpointError`."""
    step = read_state(folder)["step"]
    scores = folder / "scores.json"
    found = json.loads(scores.read_text("utf-8")) if scores.is_file() else {}
    files = [path for path in folder.iterdir() if path.is_file()]
    return Checkpoint(step, folder, sum(path.stat().st_size for path in files), found)


def write_scores(checkpoint: Checkpoint, scores: Mapping[str, float]) -> None:
    """Keep what an evaluation found beside the weights; what is not finite is left out."""
    found = {name: value for name, value in scores.items() if name != "step" and math.isfinite(value)}
    part = checkpoint.folder / f".scores-{os.getpid()}"
    part.write_text(json.dumps(found), encoding="utf-8")
    os.replace(part, checkpoint.folder / "scores.json")


def read_state(folder: Path) -> dict[str, Any]:
    """The JSON of a checkpoint."""
    try:
        state = json.loads((folder / "state.json").read_text("utf-8"))
    except (OSError, ValueError):
        state = None
    if not isinstance(state, dict) or "step" not in state:
        raise CheckpointError(
            f"{folder} is not a checkpoint of this package, or is damaged. Use another one of {folder.parent}."
        )
    return state


def list_checkpoints(parent: Path) -> list[Checkpoint]:
    """The whole checkpoints in a folder, oldest first. A damaged one must not hide the others, and is left out."""
    found = []
    for folder in parent.glob("step-*"):
        with suppress(CheckpointError):
            found.append(read_checkpoint(folder))
    return sorted(found, key=lambda checkpoint: checkpoint.step)


def remove_leftovers(parent: Path) -> None:
    """Remove what crashed runs left half written."""
    for part in parent.glob(f"{_PART}*"):
        shutil.rmtree(part, ignore_errors=True)


def prune(parent: Path, keep: int, spare: frozenset[int]) -> None:
    """Remove all but the `keep` latest checkpoints and those of the steps in `spare`."""
    for checkpoint in list_checkpoints(parent)[:-keep]:
        if checkpoint.step not in spare:
            remove(checkpoint)


def _tensors(folder: Path, name: str) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(folder / f"{name}.safetensors")
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{name}.safetensors of {folder} cannot be read: {error}. Use another checkpoint of {folder.parent}."
        ) from None


def _state(trainer: Trainer) -> dict[str, Any]:
    import diffusers
    import torch
    import transformers

    return {
        "step": trainer.done,
        "rate": trainer.rate,
        "scaler": trainer.scaler.state_dict(),
        "threads": torch.get_num_threads(),
        "device": str(trainer.device),
        "versions": {
            "python": ".".join(map(str, sys.version_info[:3])),
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
        },
    }


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")


def _sync(folder: Path) -> None:
    """Have the files on the disk before the folder gets its name: a power cut must not leave an empty file in it."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
