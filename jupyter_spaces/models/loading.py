"""`models.load`: from a name to a pipeline in memory, on the right device, in the ledger.

The steps: find out whether it is loaded already, find its folder (built in, on disk, or from the hub's cache), look at
the files before reading them (format, size against free memory), read them, move them, enter them into the ledger.
Loading the same thing again returns the same object, so a cell with a load may run a hundred times.
"""

from __future__ import annotations

import importlib.util
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import (
    MissingExtraError,
    ModelError,
    ModelFormatError,
    ModelNotFound,
    ModelTooLarge,
    did_you_mean,
)
from jupyter_spaces.models import hub
from jupyter_spaces.models.devices import choose_device, choose_dtype, empty_cache, free_memory, leave_a_core
from jupyter_spaces.models.folder import INDEX, Selection, estimate, fingerprint, inspect_folder
from jupyter_spaces.models.ledger import Entry, Ledger, ledger
from jupyter_spaces.models.pipeline import Pipeline
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.models.reporting import Report
from jupyter_spaces.models.tasks import auto_class, check_task
from jupyter_spaces.models.weights import readable

if TYPE_CHECKING:
    import torch

EMBEDDED = {"tiny": Path(__file__).with_name("tiny")}

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Request:
    """What makes two loads the same."""

    source: str
    revision: str | None
    task: str | None
    dtype: str
    device: str
    files: tuple[tuple[str, int, int], ...] = ()  # the folder's fingerprint; () for a repository


def load(
    source: str | Path,
    *,
    task: str | None = None,
    dtype: str | torch.dtype | None = None,
    device: str | torch.device | None = None,
    name: str | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> Pipeline:
    """Load a diffusers pipeline and keep it in the ledger.

    source: "tiny" (built in), a folder that `save_pretrained` wrote, or a repository id "owner/name".
    task: "text-to-image", "image-to-image" or "inpainting"; None for the pipeline that the source declares. (A
    text-to-image pipeline also takes `image=` and `mask=` when it is called.) dtype and device: None for the best of
    this machine. name: the name in the ledger, else the last part of the source; another name gives another copy.
    revision: branch, tag or commit. token: for a gated or private repository; else the one of `hf auth login`.

    Weights are read from safetensors files only and code from a repository is never run. With HF_HUB_OFFLINE=1 only
    what is on this machine is used. Raises a `ModelError` whose message says what to do.
    """
    for extra in ("torch", "diffusers", "transformers"):
        if importlib.util.find_spec(extra) is None:
            raise MissingExtraError(
                f"models.load needs {extra}, which is not installed: pip install 'jupyter-spaces-ml[models]'."
            )
    check_task(task)
    with _one_at_a_time:
        return _load(str(source), task, dtype, device, name, revision, token, ledger)


def _load(
    source: str, task: str | None, dtype: Any, device: Any, name: str | None, revision: str | None, token: str | None,
    ledger: Ledger,
) -> Pipeline:  # fmt: skip
    folder = local_folder(source)
    known = _already(ledger, folder, source, task, dtype, device, name, revision)
    if known is not None:
        if name is None and known.name != default_name(source):
            print(f"{source!r} is loaded already, as {known.name!r}: this is the same object.")
        return known
    place = choose_device(device)
    number = choose_dtype(dtype, place)
    title = name or default_name(source)
    started = time.monotonic()
    if place == "cpu":
        leave_a_core()
    with Report(title) as report:

        def may_fit(size: int) -> None:
            # The files' own number format is not known yet: float32, the largest, makes this a lower bound.
            _check_memory(title, size * number.itemsize // 4, place, number)
            report("downloading", size)

        half = number.itemsize < 4
        path = folder or report.bars_of(
            "downloading",
            lambda: hub.fetch(source, revision=revision, token=token, half=half, may_fit=may_fit),
        )
        _, selection = inspect_folder(path, half=half)
        _check_memory(title, estimate(path, selection, number.itemsize), place, number)
        report("starting diffusers")  # seconds, the first time
        with quiet():
            import diffusers.pipelines.pipeline_utils  # noqa: F401
        report("reading")
        pipeline = _read(path, selection, task, number)
        report(f"moving to {place}")
        _move(pipeline, title, place, number)
        request = Request(
            _canonical(folder, source), revision, task, str(number), place, fingerprint(folder) if folder else ()
        )
        entered = _enter(ledger, pipeline, request, source, title, explicit=name is not None)
        report.done(f"{entered.describe()} ({time.monotonic() - started:.1f} s)")
    return entered


def local_folder(source: str) -> Path | None:
    """The folder that a source names, None for a repository id. Raises `ModelNotFound` for a path to nothing."""
    if source in EMBEDDED:
        if not (EMBEDDED[source] / INDEX).is_file():
            raise ModelNotFound(
                f"The built-in model {source!r} is missing from this installation ({EMBEDDED[source]}). Reinstall "
                "jupyter-spaces-ml."
            )
        return EMBEDDED[source]
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise ModelFormatError(
            f"{source!r} is a file; a pipeline is a folder with a {INDEX}. Convert a single-file checkpoint with "
            "StableDiffusionPipeline.from_single_file(path).save_pretrained('folder')."
        )
    near = [folder.name for folder in path.parent.glob("*") if (folder / INDEX).is_file()]
    pathlike = source.startswith((".", "/", "~")) or "\\" in source or source.count("/") > 1 or source.endswith("/")
    hint = did_you_mean(path.name, near)
    if hint:
        hint = did_you_mean(source, [str(path.parent / folder) for folder in near]) or hint
    if pathlike or hint:
        raise ModelNotFound(f"There is no folder {source!r} (from {Path.cwd()}).{hint}")
    if "/" not in source and (hint := did_you_mean(source, [*EMBEDDED, *(entry.name for entry in ledger)])):
        raise ModelNotFound(f"No model is named {source!r}.{hint}")
    return None


def default_name(source: str) -> str:
    """The last part of a repository id or path."""
    return source if source in EMBEDDED else Path(source).expanduser().resolve().name


def _canonical(folder: Path | None, source: str) -> str:
    return str(folder.resolve()) if folder else source


def _already(
    ledger: Ledger, folder: Path | None, source: str, task: str | None, dtype: Any, device: Any, name: str | None,
    revision: str | None,
) -> Pipeline | None:  # fmt: skip
    """The model that a load would give again: what was not asked for may be anything."""
    where = _canonical(folder, source)
    for entry in ledger:
        request = entry.request
        if not isinstance(request, Request) or request.source != where:
            continue
        if (request.revision, request.task) != (revision, task):
            continue
        if name is not None and entry.name != name:
            continue
        if device is not None and request.device != choose_device(device):
            continue
        if dtype is not None and request.dtype != str(choose_dtype(dtype, request.device)):
            continue
        if folder is not None and request.files != fingerprint(folder):
            continue
        pipeline: Pipeline = entry.model
        return pipeline
    return None


def _check_memory(title: str, need: int, device: str, dtype: torch.dtype) -> None:
    free = free_memory(device)
    if free is None or need <= free:
        return
    ways = []
    if dtype.itemsize > 2 and device != "cpu":
        ways.append("load it with dtype='float16', which takes half")
    others = [entry for entry in ledger if entry.device == device]
    ways += [f"free {entry.name!r} ({readable(entry.nbytes)}) with models.free({entry.name!r})" for entry in others]
    if device != "cpu":
        ways.append("load it with device='cpu', where it is slower")
    ways.append("or take a smaller model" if ways else "Close other programs or kernels, or take a smaller model")
    advice = "; ".join(ways)
    raise ModelTooLarge(
        f"{title!r} needs {readable(need)} in {str(dtype).removeprefix('torch.')}, and {device} has {readable(free)} "
        f"free. {advice[:1].upper()}{advice[1:]}."
    )


def _read(folder: Path, selection: Selection, task: str | None, dtype: torch.dtype) -> Any:
    try:
        with quiet():
            from diffusers import DiffusionPipeline

            kind = auto_class(task) if task else DiffusionPipeline
            return kind.from_pretrained(
                str(folder),
                dtype=dtype,
                variant=selection.variant,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
            )
    except MemoryError:
        raise ModelTooLarge(f"{folder} does not fit into memory. Close other programs or kernels.") from None
    except ModelError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        if task and "can't find" in said.lower():
            raise ModelFormatError(f"{folder} has no {task} pipeline: {said}") from error
        raise ModelFormatError(f"{folder} cannot be read as a diffusers pipeline: {said[:600]}") from error


def _move(pipeline: Any, title: str, device: str, dtype: torch.dtype) -> None:
    import torch

    try:
        pipeline.to(device)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if "memory" not in str(error):
            raise
        # The frames of the failed move hold the part that fitted.
        traceback.clear_frames(error.__traceback__)
        pipeline.to("cpu")
        empty_cache(device)
        raise ModelTooLarge(
            f"{title!r} did not fit into the memory of {device} while moving there; what had moved is back on the CPU. "
            "Free another model (models.list()), load it with dtype='float16' or device='cpu', or take a smaller one."
        ) from None


def _enter(ledger: Ledger, pipeline: Any, request: Request, source: str, title: str, *, explicit: bool) -> Pipeline:
    """Into the ledger. A name stands for one thing: what was asked for by that name before is replaced in place."""
    if title in ledger:
        before = ledger.get(title)
        same = isinstance(before.request, Request) and before.request.source == request.source
        changed = same and before.request.files != request.files
        if isinstance(before.model, Pipeline) and (explicit or changed):
            held = before.model
            held.replace(pipeline, source=source, device=request.device)
            ledger.add(Entry(title, held, source, request))
            empty_cache(request.device)
            return held
        title = ledger.new_name(title)
    entered = Pipeline(pipeline, name=title, source=source, device=request.device)
    ledger.add(Entry(title, entered, source, request))
    return entered
