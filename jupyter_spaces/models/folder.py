"""A pipeline's folder: what belongs to it, and whether it may be loaded at all.

A diffusers pipeline is a `model_index.json`, which names the components, and one subfolder for each. Weights are read
from safetensors files only: every other format is, or may hold, a pickle, which runs code as it is opened.
Nothing here needs torch or a network: the same functions look at a folder and at the hub's list of files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_spaces.errors import ModelFormatError, ModelNotFound
from jupyter_spaces.models.weights import file_bytes, readable

INDEX = "model_index.json"
# Weights in formats that are never read.
OTHER_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5", ".onnx", ".pb", ".gguf")


@dataclass(frozen=True)
class Selection:
    """The files of a pipeline that are used."""

    files: tuple[str, ...]
    weights: tuple[str, ...]  # those of them that are safetensors
    variant: str | None  # "fp16" when the half-precision files are taken


def components(index: dict[str, Any]) -> dict[str, str]:
    """The components that an index declares, with the name of their class; disabled ones (null) left out."""
    declared = {name: value for name, value in index.items() if not name.startswith("_") and isinstance(value, list)}
    return {name: str(value[1]) for name, value in declared.items() if len(value) == 2 and value[1]}


def parse_index(text: str, where: str) -> dict[str, Any]:
    """The index as a dict. Raises `ModelFormatError` when it is none, or wants code from the repository to run."""
    try:
        index = json.loads(text)
        if not isinstance(index, dict) or "_class_name" not in index:
            raise ValueError
    except ValueError:
        raise ModelFormatError(f"{INDEX} of {where} does not describe a diffusers pipeline.") from None
    named = [value[0] for value in index.values() if isinstance(value, list) and value]
    if isinstance(index["_class_name"], list) or any("/" in str(library) for library in named):
        raise ModelFormatError(
            f"{where} brings its own Python code. Code from a repository is never run here; load it with diffusers and "
            "register the result: models.register('name', pipeline)."
        )
    return index


def select(files: Iterable[str], index: dict[str, Any], *, half: bool, where: str) -> Selection:
    """Choose the files of a pipeline: safetensors weights, half-precision ones for a half-precision load.

    Raises `ModelFormatError` for a component whose weights exist in another format only.
    """
    names = sorted(files)
    parts = components(index)
    inside = [name for name in names if PurePosixPath(name).parts[0] in parts and len(PurePosixPath(name).parts) == 2]
    weights = [name for name in inside if name.endswith(".safetensors")]
    for part in parts:
        theirs = [name for name in inside if name.startswith(f"{part}/")]
        pickled = [name for name in theirs if name.endswith(OTHER_WEIGHTS)]
        if pickled and not any(name.endswith(".safetensors") for name in theirs):
            raise ModelFormatError(
                f"{where} has the weights of its {part} only as {PurePosixPath(pickled[0]).name}. Only safetensors "
                "files are loaded, because opening the others can run code. Look for a repository or revision with "
                "safetensors, or convert it where you trust it: DiffusionPipeline.from_pretrained(...)"
                ".save_pretrained('folder', safe_serialization=True)."
            )
    plain = [name for name in weights if not _is_half(name)]
    halves = [name for name in weights if _is_half(name)]
    # A component without the half-precision form keeps its plain files: diffusers falls back in the same way.
    variant = "fp16" if halves and (half or not plain) else None
    chosen: list[str] = []
    for part in parts:
        by_kind = [[name for name in kind if name.startswith(f"{part}/")] for kind in (halves, plain)]
        preferred, other = by_kind if variant else by_kind[::-1]
        chosen += preferred or other
    small = [name for name in inside if not name.endswith((*OTHER_WEIGHTS, ".safetensors"))]
    return Selection((INDEX, *small, *chosen), tuple(chosen), variant)


def _is_half(name: str) -> bool:
    # "model.fp16.safetensors", and sharded "model.fp16-00001-of-00002.safetensors"
    stem = PurePosixPath(name).name
    return ".fp16." in stem or ".fp16-" in stem


def inspect_folder(folder: Path, *, half: bool) -> tuple[dict[str, Any], Selection]:
    """The index of a folder on disk and its files. Raises `ModelNotFound` or `ModelFormatError` in a sentence."""
    path = folder / INDEX
    if not path.is_file():
        raise ModelFormatError(_not_a_pipeline(folder))
    index = parse_index(path.read_text("utf-8"), str(folder))
    names = [name.relative_to(folder).as_posix() for name in folder.glob("*/*") if name.is_file()]
    missing = [part for part in components(index) if not (folder / part).is_dir()]
    if missing:
        raise ModelNotFound(
            f"{folder} is incomplete: its {INDEX} names {', '.join(missing)}, but there is no such subfolder. "
            "Save or download the pipeline again."
        )
    return index, select(names, index, half=half, where=str(folder))


def estimate(folder: Path, selection: Selection, itemsize: int) -> int:
    """Bytes that the folder's weights will take in memory, with floats of `itemsize` bytes."""
    return sum(file_bytes(folder / name, itemsize) for name in selection.weights)


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file of the pipeline does: a folder that was trained again is not the same model."""
    files = sorted([folder / INDEX, *folder.glob("*/*.safetensors"), *folder.glob("*/*.json")])
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in files if path.is_file()]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _not_a_pipeline(folder: Path) -> str:
    inner = sorted(path.parent for path in folder.glob(f"*/{INDEX}"))
    if inner:
        return f"{folder} is not a diffusers pipeline, but {inner[0]} inside it is: models.load({str(inner[0])!r})."
    if (folder / "adapter_config.json").is_file() or list(folder.glob("*lora*.safetensors")):
        return (
            f"{folder} holds LoRA weights, not a whole pipeline. Load the pipeline that they were trained on, then "
            f"add them: pipe.load_lora_weights({str(folder)!r})."
        )
    if (folder / "config.json").is_file():
        return (
            f"{folder} holds a single model (config.json), not a diffusers pipeline ({INDEX}). Load it with the "
            "library that made it and register the result: models.register('name', model)."
        )
    checkpoints = sorted(folder.glob("*.safetensors"))
    if checkpoints:
        size = readable(checkpoints[0].stat().st_size)
        return (
            f"{folder} holds a checkpoint in one file ({checkpoints[0].name}, {size}), not a pipeline folder. "
            "Convert it: StableDiffusionPipeline.from_single_file(path).save_pretrained('folder')."
        )
    return f"{folder} is not a diffusers pipeline: it has no {INDEX}. Such a folder is written by save_pretrained()."
