"""What a model weighs: in its files, before anything is loaded, and in memory, afterwards.

safetensors files start with a JSON header that says every tensor's dtype and shape
(https://github.com/huggingface/safetensors#format), so the size in memory is known without reading a weight.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import ModelFormatError

if TYPE_CHECKING:
    import torch

MAX_HEADER = 100_000_000  # bytes; the limit of the safetensors library itself

ITEMSIZE = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
FLOATS = ("F64", "F32", "F16", "BF16")


def file_bytes(path: Path, itemsize: int | None = None) -> int:
    """Bytes that a safetensors file's tensors take in memory; floats in `itemsize` bytes each when it is given.

    Raises `ModelFormatError` for a file that is not safetensors: cut off, or a Git LFS pointer.
    """
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if start == b"version ":
            raise ModelFormatError(
                f"{path.name} in {path.parent} is a Git LFS pointer, not the weights. Fetch them with `git lfs pull`."
            )
        total = path.stat().st_size
        header = file.read(length) if len(start) == 8 and length <= min(MAX_HEADER, total) else b""
    try:
        tensors = {name: entry for name, entry in json.loads(header).items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
        sizes = ITEMSIZE | (dict.fromkeys(FLOATS, itemsize) if itemsize else {})
        size = sum(int(math.prod(entry["shape"])) * sizes.get(entry["dtype"], 1) for entry in tensors.values())
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise ModelFormatError(
            f"{path.name} in {path.parent} is not a safetensors file, or is damaged. Download it again."
        ) from None
    if 8 + length + end > total:
        raise ModelFormatError(
            f"{path.name} in {path.parent} is cut off: {total} bytes of {8 + length + end}. Download it again."
        )
    return size


def modules_of(model: Any) -> list[torch.nn.Module]:
    """The torch modules that a model is made of: itself, or the components of a diffusers pipeline."""
    import torch

    if isinstance(model, torch.nn.Module):
        return [model]
    components = getattr(model, "components", None)
    values: Iterable[Any] = components.values() if isinstance(components, dict) else ()
    return [value for value in values if isinstance(value, torch.nn.Module)]


def tensors_of(model: Any) -> Iterator[torch.Tensor]:
    """Every parameter and buffer of the model."""
    for module in modules_of(model):
        yield from module.parameters()
        yield from module.buffers()


def where(model: Any) -> str:
    """The device of the model's first tensor: "cpu", "cuda:0", "mps"."""
    return str(next((tensor.device for tensor in tensors_of(model)), "cpu"))


def number_format(model: Any) -> str:
    """The dtype of the model's first floating-point tensor: "float32", "float16", "bfloat16"; "-" without one."""
    floats = (tensor.dtype for tensor in tensors_of(model) if tensor.is_floating_point())
    return str(next(floats, "-")).removeprefix("torch.")


def storages_of(model: Any) -> dict[tuple[str, int], int]:
    """Bytes by memory block, so that tied weights and pipelines that share their parts count once."""
    blocks: dict[tuple[str, int], int] = {}
    for tensor in tensors_of(model):
        storage = tensor.untyped_storage()
        blocks[str(tensor.device), storage.data_ptr()] = storage.nbytes()
    return blocks


def model_bytes(model: Any) -> int:
    """Bytes that the model's parameters and buffers take in memory."""
    return sum(storages_of(model).values())


def readable(size: float) -> str:
    """`9.3 MB`: bytes as people write them, in powers of 1000 as GPU makers and download pages do."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
