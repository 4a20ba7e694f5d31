"""Where the files live that a visitor sends.

A function that asks for a path gets one below the session's upload folder; the folder belongs to the session and goes
with it. Without a session (a plain call, a test) one folder of the process serves, and is removed at exit.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_folder: ContextVar[Path | None] = ContextVar("jupyter_spaces_upload_folder", default=None)
_lock = threading.Lock()
_process_folder: Path | None = None

# Names that Windows keeps for devices, whatever the extension.
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}


def upload_folder() -> Path:
    """Return the folder of the current session's uploads, or the process's own."""
    folder = _folder.get()
    return folder if folder is not None else _own_folder()


@contextmanager
def use_upload_folder(folder: Path) -> Iterator[Path]:
    """Let uploads of this context (a session's calls) go below `folder`, which the session removes itself."""
    token = _folder.set(folder)
    try:
        yield folder
    finally:
        _folder.reset(token)


def store_upload(data: bytes, name: str) -> Path:
    """Write `data` below the upload folder and return its path, which ends in a safe form of `name`.

    The folder in between is the content's digest: two uploads of one name do not meet, one sent twice is stored once.
    """
    import hashlib
    import tempfile

    folder = upload_folder() / hashlib.sha256(data).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / safe_name(name)
    if not path.is_file() or path.stat().st_size != len(data):
        handle, partial = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(partial, path)
    return path


def safe_name(name: str) -> str:
    """Return the last part of `name` without anything that a file system or a shell may take for more than a name."""
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r"[^\w.()+ -]", "_", name).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    if stem.split(".")[0].lower() in _RESERVED:
        stem = f"_{stem}"
    # File systems allow 255 bytes; characters may take four.
    return f"{stem.lstrip('-')[:50] or 'file'}{dot}{suffix[:10]}"


def _own_folder() -> Path:
    import tempfile

    global _process_folder
    with _lock:
        if _process_folder is None:
            _process_folder = Path(tempfile.mkdtemp(prefix="jupyter-spaces-"))
            atexit.register(shutil.rmtree, _process_folder, ignore_errors=True)
        return _process_folder
