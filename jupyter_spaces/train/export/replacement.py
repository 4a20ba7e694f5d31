"""An export takes the place of an earlier one when it is whole, and not before: whoever loads it meanwhile, or after a
crash, finds the old one or the new one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jupyter_spaces.errors import TrainError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A free path beside `path`, to write a file or a folder to; it gets the name at the end of the block.

    If the block raises, what it wrote is removed and `path` is as before. Raises `TrainError` when the disk refuses.
    """
    mark = secrets.token_hex(4)
    part = path.with_name(f".{path.stem}-{mark}{path.suffix}")
    old = path.with_name(f".{path.stem}-{mark}.old")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if path.is_dir():
            os.replace(path, old)  # no system renames a folder onto one that holds files
        os.replace(part, path)
    except BaseException as error:
        _remove(part)
        if old.exists():
            os.replace(old, path)
        if isinstance(error, OSError):
            raise TrainError(
                f"{path.name} could not be written into {path.parent}: {error.strerror or error}. What was there is "
                "as before; free some room, or name another place."
            ) from None
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # there may be no such folder either
            path.unlink()
