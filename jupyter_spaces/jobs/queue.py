"""The one queue in front of a device."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from jupyter_spaces.jobs.batching import Batch, BatchedJob, BatchFunction
from jupyter_spaces.jobs.callers import name_of, session_of_caller
from jupyter_spaces.jobs.clock import clock
from jupyter_spaces.jobs.dispatcher import Dispatcher
from jupyter_spaces.jobs.execution import shielded
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.stopping import Patience

B = TypeVar("B")


class DeviceQueue(Dispatcher):
    """Runs one job at a time on `device`, fairly between sessions. At most `capacity` jobs wait.

    Get the process's own with `device_queue(device)`: a second queue for the same device would defeat its purpose.
    """

    def __init__(self, device: str, *, capacity: int = 256, patience: Patience | None = None) -> None:
        super().__init__(device, slots=1, capacity=capacity, patience=patience)
        self.device = device
        # Jobs that may still wait for companions, by batch key.
        self._ripening: dict[Hashable, list[BatchedJob[Any]]] = {}

    def submit_batched(
        self,
        batch_function: BatchFunction,
        item: Any,
        *,
        key: Hashable = None,
        max_batch_size: int = 8,
        max_wait: float = 0.0,
        name: str = "",
        session: str = "",
        priority: int = 0,
    ) -> Job[Any]:
        """Have `item` computed by `batch_function(list of items) -> list of results`, with others that wait when its
        turn comes.

        Up to `max_batch_size` waiting items of the same `key` (the function itself when left out) run together. An idle
        device does not wait for companions unless `max_wait` (seconds) allows it to. A result that is an exception
        object fails its own item only.
        """
        job: BatchedJob[Any] = BatchedJob(
            self,
            batch_function,
            item,
            key=batch_function if key is None else key,
            max_batch_size=max_batch_size,
            max_wait=max_wait,
            name=name or name_of(batch_function),
            session=session or session_of_caller(),
            priority=priority,
        )
        with shielded():
            self._accept(job, inline=True)
        return job

    def _run_inline(self, job: Job[Any], execution: Any) -> None:
        if isinstance(job, BatchedJob):
            host, job = job._host, Batch(self, [job])
            job._host = host
        super()._run_inline(job, execution)

    def _put(self, job: Job[Any]) -> None:
        if not isinstance(job, BatchedJob) or job.max_wait <= 0:
            super()._put(job)
            return
        group = self._ripening.setdefault(job.batch_key, [])
        group.append(job)
        if len(group) >= job.max_batch_size:
            self._harvest(job.batch_key)
        else:
            clock.call_later(job.max_wait, partial(self._ripe, job))

    def _ripe(self, first: BatchedJob[Any]) -> None:
        """The first of a group has waited long enough for companions."""
        with self._lock:
            group = self._ripening.get(first.batch_key)
            if group and group[0] is first:
                self._harvest(first.batch_key)
                self._dispatch(None)

    def _harvest(self, key: Hashable) -> None:
        for job in self._ripening.pop(key, ()):
            self._line.push(job)

    def _take(self) -> Job[Any] | None:
        job = super()._take()
        if not isinstance(job, BatchedJob):
            return job
        members: list[Any] = [job, *self._line.take_like(job.batch_key, job.max_batch_size - 1)]
        young = self._ripening.get(job.batch_key, [])
        while young and len(members) < job.max_batch_size:
            members.append(young.pop(0))
        if not young:
            self._ripening.pop(job.batch_key, None)
        self._batches += len(members) > 1
        return Batch(self, members)

    def settled(self, job: Job[Any]) -> None:
        if not isinstance(job, Batch):  # its members count, not the batch
            super().settled(job)

    def _waiting(self) -> int:
        return len(self._line) + sum(map(len, self._ripening.values()))

    def _in_line(self) -> Iterable[Job[Any]]:
        return chain(self._line, *self._ripening.values())

    def _remove(self, job: Job[Any]) -> None:
        group = self._ripening.get(job.batch_key)
        if isinstance(job, BatchedJob) and group is not None and job in group:
            group.remove(job)
            if not group:
                del self._ripening[job.batch_key]
        else:
            super()._remove(job)
