"""What somebody may name as photos: a folder, a file, or a list of files, `file://` URLs and PIL images.

This decides which files are meant and how a sentence calls them; whether they are pictures is for `photos` to say. A
folder in a notebook's directory holds more than photos (`.ipynb_checkpoints` is what most training scripts fail on),
and what is known to be no photo is passed over in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from PIL import Image

from jupyter_spaces.errors import PhotoError, did_you_mean

PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".jp2", ".ppm", ".heic", ".heif")
)
_PASSED_OVER = ("thumbs.db", "desktop.ini")  # hidden files are passed over too


@dataclass(frozen=True)
class Candidate:
    """One thing that may be a photo. `label` is how a sentence calls it, `name` is unique among all."""

    name: str
    label: str
    content: Path | Image.Image


@dataclass(frozen=True)
class Candidates:
    """What was named, in order, and a sentence for each thing that cannot be a photo. `where` is the folder, if one."""

    found: tuple[Candidate, ...]
    problems: tuple[str, ...]
    where: str = ""


def candidates(source: Any) -> Candidates:
    """The photos that `source` may mean. Raises `PhotoError` when it means none at all."""
    if isinstance(source, str | Path):
        path = _path(source)
        return _in_folder(path) if path.is_dir() else _listed([path])
    if isinstance(source, Image.Image):
        return _listed([source])
    if not isinstance(source, list | tuple):
        raise PhotoError(
            f"photos are a folder, a file, or a list of files and PIL images, not {type(source).__name__}: name the "
            "folder, as in instance_images: photos/"
        )
    if not source:
        raise PhotoError("the list of photos is empty: name at least one, or their folder.")
    return _listed(source)


def named_folder(folder: str | Path, what: str) -> Path:
    """The folder of that name. Raises `PhotoError` that knows its siblings; `what` is what should be in it."""
    path = _path(folder)
    if not path.exists():
        raise PhotoError(_missing(path))
    if not path.is_dir():
        raise PhotoError(f"{folder} is a file: name the folder of {what}.")
    return path


def natural(name: str) -> tuple[list[str | int], str]:
    """A sort key that puts img2 before img10."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], name


def _in_folder(folder: Path) -> Candidates:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: natural(entry.name))
    except OSError as error:
        raise PhotoError(f"the folder {folder} cannot be read: {error.strerror}.") from None
    files = [entry for entry in entries if not (entry.is_dir() or _is_passed_over(entry))]
    if not files:
        raise PhotoError(_nothing_in(folder, [entry for entry in entries if entry.is_dir()]))
    return Candidates(tuple(Candidate(file.name, file.name, file) for file in files), (), str(folder))


def _is_passed_over(file: Path) -> bool:
    name = file.name.casefold()
    return name.startswith(".") or name.endswith(".txt") or name in _PASSED_OVER


def _nothing_in(folder: Path, inner: list[Path]) -> str:
    counts = {path.name: _count_pictures(path) for path in inner if not path.name.startswith(".")}
    full = [f"{name} ({count})" for name, count in counts.items() if count]
    if not full:
        return f"the folder {folder} holds no pictures: put 3 to 20 photos of the subject into it."
    first = next(name for name, count in counts.items() if count)
    return (
        f"the folder {folder} holds no pictures itself, only folders that do: {', '.join(full)}. Name the one that "
        f"you mean, as in {folder / first}"
    )


def _count_pictures(folder: Path) -> int:
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return 0
    return sum(Path(name).suffix.casefold() in PICTURE_SUFFIXES and not name.startswith(".") for name in names)


def _listed(items: Iterable[Any]) -> Candidates:
    found: list[Candidate] = []
    problems: list[str] = []
    taken: Counter[str] = Counter()
    for index, item in enumerate(items):
        try:
            content = _content(item)
        except PhotoError as refusal:
            problems.append(str(refusal))
            continue
        name = f"image-{index}" if isinstance(content, Image.Image) else content.name
        label = name if isinstance(content, Image.Image) else str(item)
        found.append(Candidate(_unique(name, taken), label, content))
    return Candidates(tuple(found), tuple(problems))


def _unique(name: str, taken: Counter[str]) -> str:
    """The name, or dog-2.jpg for the second dog.jpg of a list."""
    wanted, path = name, Path(name)
    while taken[wanted]:
        taken[name] += 1
        wanted = f"{path.stem}-{taken[name]}{path.suffix}"
    taken[wanted] += 1
    return wanted


def _content(item: Any) -> Path | Image.Image:
    if isinstance(item, Image.Image):
        return item
    if not isinstance(item, str | Path):
        raise PhotoError(
            f"a photo is a file or a PIL image, not {type(item).__name__}: Image.fromarray makes one of an array."
        )
    path = _path(item)
    if path.is_dir():
        raise PhotoError(f"{item} is a folder: name it alone, or list the files in it.")
    if not path.exists():
        raise PhotoError(_missing(path))
    return path


def _local(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise PhotoError(f"{url} is not on this machine: download it first, and name the file.")
    if parts.netloc not in ("", "localhost"):
        raise PhotoError(
            f"{url} names the machine {parts.netloc!r}: a file URL has three slashes, file:///folder/a.jpg"
        )
    return Path(url2pathname(parts.path))


def _path(name: str | Path) -> Path:
    """Absolute: photos are read again while the run goes on, when the notebook may have changed its directory."""
    path = _local(name) if isinstance(name, str) and "://" in name else Path(name)
    return path.expanduser().absolute()


def _missing(path: Path) -> str:
    if any(sign in path.name for sign in "*?["):
        return f"there is no file {path}, and a pattern is not expanded: name the folder, or give a list of files."
    parent = next(above for above in path.parents if above.is_dir())
    if parent != path.parent:
        step = parent / path.relative_to(parent).parts[0]
        return f"there is no folder {step}.{did_you_mean(step.name, _names(parent))}"
    return f"there is no file or folder {path}.{did_you_mean(path.name, _names(parent))}"


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []
