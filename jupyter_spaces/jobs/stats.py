"""A queue in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueStats:
    """A queue at one moment. Counts since it was made: done, failed, cancelled, refused, abandoned, batches."""

    name: str
    capacity: int
    slots: int
    waiting: int
    running: int
    parked: int  # in the middle, standing aside for others
    workers: int  # threads
    done: int
    failed: int
    cancelled: int
    refused: int  # because the queue was full
    abandoned: int  # did not stop when told to; their workers were replaced
    abandoned_alive: int  # of those, threads that still run
    batches: int  # micro-batches of two or more
