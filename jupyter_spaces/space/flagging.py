"""Flagging: a visitor marks a call as worth looking at, and it is kept as one line of a JSONL file.

Several sessions, threads and processes may flag at once, and the process may die in the middle: each line is one write
to a file opened for appending, under a lock, and a line that was cut short is closed before the next one begins. Files
and pictures lie beside the JSONL, named by their digest, so that the log stays readable.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import os
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_spaces.space.endpoint import Endpoint

try:
    import fcntl
except ImportError:  # Windows, where the lock of the process has to do
    fcntl = None  # type: ignore[assignment]

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,")


class FlagLog:
    """Appends calls to `path`; the folder is made with the first flag."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        self._lock = threading.Lock()

    def append(self, space: str, endpoint: Endpoint, values: Mapping[str, Any], result: Any, comment: str = "") -> Path:
        """Write one call. Passwords are left out. Raises `InputError` or `ResultError` for values that do not fit."""
        bound = endpoint.bind(values)
        kept = {name: value for name, value in bound.items() if not _secret(endpoint, name)}
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "space": space,
            "endpoint": endpoint.name,
            "schema": endpoint.schema_hash,
            "inputs": endpoint.to_json(kept),
            "result": None if result is None else endpoint.result_json(result),
            "comment": comment,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self._with_files(line), ensure_ascii=False)
        with self._lock:
            self._write(text.encode() + b"\n")
        return self.path

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_size:
                os.lseek(descriptor, -1, os.SEEK_END)
                if os.read(descriptor, 1) != b"\n":
                    line = b"\n" + line
            while line:
                line = line[os.write(descriptor, line) :]
        finally:
            os.close(descriptor)

    def _with_files(self, value: Any) -> Any:
        """Replace data URLs by the names of files beside the log."""
        if isinstance(value, dict):
            return {key: self._with_files(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._with_files(each) for each in value]
        match = _DATA_URL.match(value) if isinstance(value, str) else None
        if match is None:
            return value
        data = base64.b64decode(value[match.end() :])
        folder = self.path.with_name(self.path.stem + "_files")
        folder.mkdir(exist_ok=True, mode=0o700)
        file = folder / (hashlib.sha256(data).hexdigest()[:32] + (mimetypes.guess_extension(match[1]) or ".bin"))
        if not file.exists():
            partial = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}")
            partial.write_bytes(data)
            partial.replace(file)  # a reader never sees half a file
        return f"{folder.name}/{file.name}"


def _secret(endpoint: Endpoint, name: str) -> bool:
    return bool(getattr(endpoint[name].component, "password", False))
