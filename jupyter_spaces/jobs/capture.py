"""What a job prints and warns of goes into its log, and still reaches the cell (or terminal) that started it.

`sys.stdout`, `sys.stderr` and `warnings.showwarning` belong to the process, not to a thread. While jobs run they are
wrapped: the wrapper looks up the current job (a ContextVar), records, and passes everything on to what was there
before. ipykernel's streams find the launching cell by a ContextVar of their own, which the job's context carries.
Whoever else replaces a stream meanwhile (redirect_stdout, %%capture, pytest) is left alone: a wrapper that is put
back later only passes on.
"""

from __future__ import annotations

import sys
import threading
import warnings
from types import TracebackType
from typing import Any, TextIO

from jupyter_spaces.jobs.current import current_job, running
from jupyter_spaces.jobs.line_buffer import Stream


class Tee:
    """A text stream that notes down what the current job writes, and is the wrapped stream in everything else."""

    def __init__(self, target: TextIO, stream: Stream) -> None:
        self._target = target
        self._stream: Stream = stream

    def write(self, text: str) -> int:
        job = current_job()
        if job is not None and text:
            job.record_print(self._stream, text)
        return self._target.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        job = current_job()
        if job is not None:
            job.record_print(self._stream, "", flush=True)
        self._target.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


class WarningHook:
    """`warnings.showwarning` that notes down the current job's warnings and shows them as before."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __call__(self, message: Any, category: Any, filename: str, lineno: int, *rest: Any, **options: Any) -> None:
        job = current_job()
        if job is None:
            self.target(message, category, filename, lineno, *rest, **options)
            return
        job.emit("warning", f"{category.__name__}: {message}")
        token = running.set(None)  # shown on stderr next, which must not record it a second time
        try:
            self.target(message, category, filename, lineno, *rest, **options)
        finally:
            running.reset(token)


class Capture:
    """Wraps the process's streams while at least one job runs. `with capture:` around each job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs = 0

    def __enter__(self) -> None:
        with self._lock:
            self._jobs += 1
            # Looked at for each job, since anybody may have replaced the streams since the last one.
            if sys.stdout is not None and not isinstance(sys.stdout, Tee):
                sys.stdout = Tee(sys.stdout, "stdout")
            if sys.stderr is not None and not isinstance(sys.stderr, Tee):
                sys.stderr = Tee(sys.stderr, "stderr")
            if not isinstance(warnings.showwarning, WarningHook):
                warnings.showwarning = WarningHook(warnings.showwarning)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with self._lock:
            self._jobs -= 1
            if self._jobs:
                return
            if isinstance(sys.stdout, Tee):
                sys.stdout = sys.stdout._target
            if isinstance(sys.stderr, Tee):
                sys.stderr = sys.stderr._target
            if isinstance(warnings.showwarning, WarningHook):
                warnings.showwarning = warnings.showwarning.target


capture = Capture()
