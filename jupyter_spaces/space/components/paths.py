"""Files of the machine that runs the function: its results, and what a Python caller hands over; never a client's."""

from __future__ import annotations

from pathlib import Path

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import refuse
from jupyter_spaces.space.components.wording import shown


def existing_file(value: object) -> Path:
    """Return the path of a file that exists. Raises InputError."""
    if not isinstance(value, (str, Path)):
        raise refuse(value, "the path of a file")
    path = Path(value)
    try:
        if path.is_file():
            return path
        reason = "it is a folder" if path.is_dir() else "there is no such file"
    except (OSError, ValueError) as error:  # a name too long, a null character
        reason = str(error)
    raise InputError(f"{shown(str(path))} is not the path of a file: {reason}.")


def read_file(path: str | Path) -> bytes:
    """Return the content of an existing file. Raises InputError."""
    found = existing_file(path)
    try:
        return found.read_bytes()
    except OSError as error:
        raise InputError(f"{shown(str(path))} cannot be read: {error.strerror}.") from error
