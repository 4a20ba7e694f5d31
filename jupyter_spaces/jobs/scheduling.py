"""Who is next: a waiting line that is fair between sessions. Pure data, no thread and no clock.

Higher priorities go first. Within a priority the sessions take turns, one job each, so that a session with a hundred
jobs delays another one's job by one job at most. Within a session jobs keep their order.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from typing import Generic, Protocol, TypeVar


class Queued(Protocol):
    """What the line needs to know of a job."""

    @property
    def session(self) -> str: ...

    @property
    def priority(self) -> int: ...

    @property
    def batch_key(self) -> Hashable: ...


J = TypeVar("J", bound=Queued)


class FairLine(Generic[J]):
    """Jobs in waiting. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._levels: dict[int, OrderedDict[str, deque[J]]] = {}
        self._priorities: list[int] = []  # descending
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def push(self, job: J) -> None:
        """Put a job behind those of its session."""
        level = self._levels.get(job.priority)
        if level is None:
            level = self._levels[job.priority] = OrderedDict()
            self._priorities = sorted(self._levels, reverse=True)
        waiting = level.get(job.session)
        if waiting is None:
            level[job.session] = deque((job,))
        else:
            waiting.append(job)
        self._count += 1

    def pop(self) -> J | None:
        """Take the next job; its session goes to the end of the round."""
        if not self._count:
            return None
        priority = self._priorities[0]
        level = self._levels[priority]
        session, waiting = next(iter(level.items()))
        job = waiting.popleft()
        self._count -= 1
        if waiting:
            level.move_to_end(session)
        else:
            self._close(priority, session)
        return job

    def remove(self, job: J) -> bool:
        """Take a job out of the line; False when it is not in it."""
        level = self._levels.get(job.priority)
        waiting = level.get(job.session) if level else None
        if waiting is None or job not in waiting:
            return False
        waiting.remove(job)
        self._count -= 1
        if not waiting:
            self._close(job.priority, job.session)
        return True

    def take_like(self, key: Hashable, count: int) -> list[J]:
        """Take up to `count` jobs of one batch key, in the order in which they would have come."""
        taken: list[J] = []
        if count > 0 and self._count:
            for job in self:
                if job.batch_key == key:
                    taken.append(job)
                    if len(taken) == count:
                        break
        for job in taken:
            self.remove(job)
        return taken

    def waiting_at_least(self, priority: int) -> int:
        """Count the jobs of this priority or a higher one."""
        return sum(len(jobs) for p in self._priorities if p >= priority for jobs in self._levels[p].values())

    def __iter__(self) -> Iterator[J]:
        """Walk the jobs in the order in which `pop` would give them."""
        for priority in self._priorities:
            round_ = [iter(waiting) for waiting in self._levels[priority].values()]
            while round_:
                still = []
                for waiting in round_:
                    for job in waiting:
                        yield job
                        still.append(waiting)
                        break
                round_ = still

    def _close(self, priority: int, session: str) -> None:
        level = self._levels[priority]
        del level[session]
        if not level:
            del self._levels[priority]
            self._priorities.remove(priority)
