"""Where a model goes and in which number format: the choices that people otherwise copy from one notebook to the next.

The one idea: without being told, the fastest device that is there, the widest half precision that it computes natively,
and on a CPU one core left to the browser and the server. torch is imported inside the functions only.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    import torch

# What people write -> the attribute of torch.
DTYPES = {
    "float32": "float32", "fp32": "float32", "float": "float32",
    "float16": "float16", "fp16": "float16", "half": "float16",
    "bfloat16": "bfloat16", "bf16": "bfloat16",
}  # fmt: skip

# Set by somebody who has decided how many threads torch uses; then it is not ours to change.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def choose_device(given: Any = None) -> str:
    """The canonical name of a device, "cuda:0", "mps" or "cpu"; without a wish the one that paints fastest.

    Of several CUDA devices the one with the most free memory. Raises `ModelError` for a device that is not there.
    """
    import torch

    if given is None:
        if torch.cuda.is_available():
            free = [torch.cuda.mem_get_info(index)[0] for index in range(torch.cuda.device_count())]
            return f"cuda:{free.index(max(free))}"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(given)
    except (RuntimeError, TypeError):
        raise ModelError(
            f"device={given!r} is no device. Write 'cuda', 'cuda:0', 'mps' or 'cpu', or leave it out."
            f"{did_you_mean(str(given), ['cuda', 'mps', 'cpu'])}"
        ) from None
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise ModelError(
                f"device={given!r}: PyTorch {torch.__version__} finds no CUDA GPU here. Leave device out to use "
                f"{choose_device()!r}; on a machine with a GPU, check `nvidia-smi` and that the installed PyTorch is a "
                "CUDA build."
            )
        count = torch.cuda.device_count()
        index = torch.cuda.current_device() if device.index is None else device.index
        if index >= count:
            raise ModelError(
                f"device={given!r}: there are {count} CUDA devices here, 'cuda:0' to 'cuda:{count - 1}'."
                if count > 1
                else f"device={given!r}: there is one CUDA device here, 'cuda:0'."
            )
        return f"cuda:{index}"
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ModelError("device='mps' needs macOS on Apple silicon. Leave device out to use what is there.")
    return str(device)


def choose_dtype(given: Any, device: str) -> torch.dtype:
    """bfloat16 on a CUDA GPU that computes it natively, else float16; float16 on MPS; float32 on a CPU.

    (Half precision on a CPU is emulated for most operators and slower than float32.)
    """
    import torch

    if given is None:
        kind = device.partition(":")[0]
        if kind == "cuda":
            with torch.cuda.device(device):
                native = torch.cuda.is_bf16_supported(including_emulation=False)
            return torch.bfloat16 if native else torch.float16
        return torch.float16 if kind == "mps" else torch.float32
    if isinstance(given, torch.dtype) and given.is_floating_point:
        return given
    name = str(given).removeprefix("torch.").lower()
    if name not in DTYPES:
        raise ModelError(
            f"dtype={given!r} is not a dtype to load a model in. Write 'float32', 'float16' or 'bfloat16', or leave it "
            f"out.{did_you_mean(name, DTYPES)}"
        )
    dtype: torch.dtype = getattr(torch, DTYPES[name])
    return dtype


def cores() -> int:
    """The CPU cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def leave_a_core() -> None:
    """Give torch one core less than there are, so that the browser and the Jupyter server stay alive beside it.

    With every core taken, torch's barriers wait for threads that the system has put aside: up to 25 times slower as
    soon as anything else runs (measured, two cores). A thread count that somebody chose stays: the variables above,
    or a `torch.set_num_threads` that is already below the number of cores. Also called before each run, because
    torch keeps the count per thread once that thread has computed something.
    """
    import torch

    if any(os.environ.get(variable) for variable in THREAD_VARIABLES):
        return
    wanted = max(1, cores() - 1)
    if torch.get_num_threads() > wanted:
        torch.set_num_threads(wanted)


def free_memory(device: str) -> int | None:
    """Bytes that a new model can take on the device; None where the system does not say."""
    import torch

    kind = device.partition(":")[0]
    if kind == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        # What torch has taken from the driver and does not use now is ours as well.
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    if kind == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    if kind != "cpu":
        return None
    import psutil

    free = int(psutil.virtual_memory().available)
    limit = container_memory()
    return free if limit is None else min(free, limit)


def container_memory(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes left below the memory limit of this container (cgroup v2); None without a limit.

    The system's figure is that of the whole machine, and a kernel that passes its own limit is killed without a word.
    """
    try:
        limit = (root / "memory.max").read_text().strip()
        used = int((root / "memory.current").read_text())
        stat = dict(line.split() for line in (root / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    if limit == "max":
        return None
    # The page cache counts as used but goes when it is needed.
    return max(0, int(limit) - used + int(stat.get("inactive_file", 0)))


def empty_cache(device: str) -> None:
    """Collect what nobody refers to any more and hand the device's cached memory back to the system."""
    import torch

    gc.collect()
    kind = device.partition(":")[0]
    if kind == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()
    elif kind == "mps":
        torch.mps.empty_cache()


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that a device's memory ran out."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The allocators of MPS and of the CPU raise a plain RuntimeError.
    signs = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)
