"""What a job needs of whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from jupyter_spaces.jobs.event import QueueState
    from jupyter_spaces.jobs.execution import Execution
    from jupyter_spaces.jobs.job import Job
    from jupyter_spaces.jobs.slots import Parked


class Owner(Protocol):
    """A queue or pool, as a job sees it. A *slot* is the right to run on the device."""

    @property
    def device(self) -> str | None: ...

    def queue_state(self, job: Job[Any]) -> QueueState | None:
        """Where the job stands in line; None when it is not in it."""

    def stop(self, job: Job[Any]) -> None:
        """A running job was asked to stop: see to it that it does."""

    def settled(self, job: Job[Any]) -> None:
        """The job has ended."""

    def yield_slot(self, job: Job[Any], execution: Execution) -> None:
        """Let the jobs that wait run before this one goes on. Returns with the slot, or without it if cancelled."""

    def lend_slot(self, job: Job[Any], execution: Execution) -> bool:
        """Give the slot away while the thread waits for something else; False when it has none to give."""

    def ask_slot(self, execution: Execution, wake: Any) -> Parked:
        """Queue for a lent slot, before all waiting jobs; `wake()` is called when it is there."""

    def withdraw(self, parked: Parked) -> None:
        """Stop queueing for a slot (it may have come meanwhile)."""
