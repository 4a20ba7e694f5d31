"""What is said while a model loads: to the job that loads it, else in one line that is rewritten."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from jupyter_spaces.jobs import current_job, light_pool
from jupyter_spaces.models.weights import readable

T = TypeVar("T")


class Report:
    """A context: call it at each step; `done` leaves the last word. An error leaves no half line behind."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._job = current_job()
        self._width = 0

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if kind is not None:
            self._write("")

    def __call__(self, step: str, size: int | None = None) -> None:
        """Say what happens now. Raises `JobCancelled` when the job that loads was cancelled."""
        text = f"{self.title}: {step}" + (f" {readable(size)}" if size else "") + " ..."
        if self._job is not None:
            self._job.check()
            self._job.set_progress(text=text)
        else:
            self._write(text)

    def bars_of(self, step: str, function: Callable[[], T]) -> T:
        """Call a function that draws bars of its own, and show them as this line.

        Inside a job its bars are the job's progress anyway (`jupyter_spaces.jobs` sees to that), so outside of one it
        gets a job. Ctrl-C stops it.
        """
        if self._job is not None:
            return function()
        job = light_pool().submit(function, name=f"{step} {self.title}")
        try:
            for event in job.follow():
                if event.kind == "progress" and event.data.fraction:
                    self._write(f"{self.title}: {step} {event.data.fraction:.0%} ...")
            return job.result()
        except KeyboardInterrupt:
            job.cancel("interrupted")
            raise

    def done(self, text: str) -> None:
        """The line that stays."""
        if self._job is not None:
            self._job.set_progress(1.0, text)
        else:
            self._write(text)
            sys.stdout.write("\n")

    def _write(self, text: str) -> None:
        # Blanks cover the longer line before, and \r starts the line anew: in a terminal and in a notebook.
        if self._job is None and (text or self._width):
            sys.stdout.write(f"\r{text}{' ' * (self._width - len(text))}" + ("" if text else "\r"))
            sys.stdout.flush()
            self._width = len(text)
