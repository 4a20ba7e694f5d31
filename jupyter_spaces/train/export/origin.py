"""Where a model comes from, as others may know it: the name of a repository, and never a path of this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePath
from typing import Any

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def origin(source: str) -> str:
    """A repository's id and a plain name as they are; of a folder on this machine its own name."""
    path = Path(source).expanduser()
    return path.resolve().name if _local(source) else source


def is_repository(source: str) -> bool:
    """Whether it can only be the id of a repository of the hub, "owner/name"."""
    return bool(_REPOSITORY.fullmatch(source)) and not _local(source)


def forget_paths(folder: Path) -> None:
    """Take out of a saved pipeline's configs what diffusers and transformers note of where its parts were loaded."""
    for path in (*folder.rglob("*config.json"), *folder.rglob("model_index.json")):
        held = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(_without_paths(held), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _local(source: str) -> bool:
    path = Path(source).expanduser()
    return path.is_absolute() or path.exists() or source.startswith(".")


def _without_paths(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_paths(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_paths(inner) for name, inner in value.items() if not _is_path(name, inner)}


def _is_path(name: str, value: Any) -> bool:
    absolute = isinstance(value, str) and PurePath(value).is_absolute()
    return name.endswith("name_or_path") or (absolute and name.endswith(("_file", "_dir", "_path")))
