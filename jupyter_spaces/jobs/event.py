"""The vocabulary of a job's log: what an event is, and the records that the common kinds carry.

Events are plain frozen data, so that a view, an HTTP stream and a test read the same thing. Kinds that this package
emits:

    kind            data                 series
    "status"        JobStatus            "status"
    "queue"         QueueState           "queue"
    "progress"      ProgressState        "progress"
    "partial"       any Python value     "partial"     (a streaming endpoint's latest value)
    "print"         Printed              None
    "warning"       str                  None
    "cancel"        str (the reason)     None
    "listener_error"  str                None
    "metric"        dict[str, float]     the metric family

A producer may add kinds of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jupyter_spaces.jobs.line_buffer import Stream


class JobStatus(StrEnum):
    """Where a job is in its life. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True once the job will not change any more."""
        return self not in _UNFINISHED


_UNFINISHED = frozenset({JobStatus.WAITING, JobStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a job's log. `seq` starts at 1 and grows by one per event of the job; `time` is unix seconds.

    `series` groups events of which the latest says it all (a status, a progress, a partial result); it is None where
    each event stands for itself (a print).
    """

    seq: int
    time: float
    kind: str
    data: Any
    series: str | None = None


@dataclass(frozen=True, slots=True)
class QueueState:
    """Where a waiting job stands: `position` 1 starts next; `eta` is seconds until it starts, None while unknown."""

    position: int
    eta: float | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """Text that a job printed, in whole lines where it printed lines."""

    stream: Stream
    text: str
