"""What one sees of a Job at a glance: its event log reduced to the few values that the job strip shows.

The reducer is pure, so that replaying a log from its start gives the same glance as having followed it: that is how a
page that is reloaded in the middle of a run, or a second view, shows the run as if it had been there all along.
"""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from jupyter_spaces.jobs import Event, Job, JobStatus

LOG_LINES = 200
LOG_CHARACTERS = 20_000

ENDED = (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass
class Glance:
    """The reduced log. `take` one event after the other, then read `as_trait` and `log_text`."""

    status: JobStatus = JobStatus.WAITING
    fraction: float | None = None
    text: str = ""
    step: int | None = None
    total: int | None = None
    position: int | None = None
    eta: float | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    _open_line: bool = False

    def take(self, event: Event) -> None:
        """Account for one event; kinds that a strip does not show change nothing."""
        if event.kind == "status":
            self.status = JobStatus(event.data)
            if self.status is not JobStatus.WAITING:
                self.position = None
                self.eta = None
        elif event.kind == "progress":
            progress = event.data
            self.fraction, self.text, self.eta = progress.fraction, progress.text, progress.eta
            self.step, self.total = progress.step, progress.total
        elif event.kind == "queue":
            self.position, self.eta = event.data.position, event.data.eta
        elif event.kind == "print":
            self._write(event.data.text)
        elif event.kind == "warning":
            self._write(f"Warning: {event.data}\n")

    def _write(self, text: str) -> None:
        for line in re.split(r"(?<=\n)", text):
            if not line:
                continue
            if self._open_line:
                line = self.log.pop() + line
            self._open_line = not line.endswith("\n")
            # A carriage return starts the line again, as a terminal does it.
            self.log.append(re.sub(r"[^\n]*\r(?=[^\r\n])", "", line))

    @property
    def ended(self) -> bool:
        """Whether the job is over."""
        return self.status in ENDED

    def log_text(self) -> str:
        """The last lines that the job printed."""
        return "".join(self.log).replace("\r", "")[-LOG_CHARACTERS:]

    def as_trait(self, job: Job[Any]) -> dict[str, Any]:
        """What the front end draws. Times are seconds since the start, since clocks of two machines differ.

        The id makes it another value for every job: a trait that is set to an equal one is not sent, and two quick
        calls that took the same time to the last bit, one in two hundred, were one to the page.
        """
        begun = job.started or job.created
        until = job.ended or time.time()
        return {
            "id": job.id,
            "status": str(self.status.value),
            "fraction": self.fraction,
            "text": self.text,
            "step": self.step,
            "total": self.total,
            "position": self.position,
            "eta": self.eta,
            "elapsed": max(0.0, until - begun) if begun else 0.0,
        }
