"""Micro-batches: waiting calls of one endpoint run together, and each caller sees only a job of its own.

A batch is itself a job, which the queue runs in one slot, in an empty context (it belongs to no caller). What it
reports and prints goes to every member. If the batch function raises, the items run again one by one, so that a bad
item fails alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_spaces.errors import JobCancelled, ResultError
from jupyter_spaces.jobs.event import Event, JobStatus
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.line_buffer import Stream

if TYPE_CHECKING:
    from jupyter_spaces.jobs.execution import Execution
    from jupyter_spaces.jobs.owner import Owner

B = TypeVar("B")

BatchFunction = Callable[[list[Any]], Any]


class BatchedJob(Job[B]):
    """A call that may run together with others of its key."""

    __slots__ = ("_batch", "_batch_key", "batch_function", "item", "max_batch_size", "max_wait")

    def __init__(
        self,
        owner: Owner,
        batch_function: BatchFunction,
        item: Any,
        *,
        key: Hashable,
        max_batch_size: int,
        max_wait: float,
        name: str,
        session: str,
        priority: int,
    ) -> None:
        super().__init__(owner, batch_function, ((), {}), Context(), name=name, session=session, priority=priority)
        self.batch_function = batch_function
        self.item = item
        self.max_batch_size = max_batch_size
        self.max_wait = max_wait
        self._batch_key = key
        self._batch: Batch | None = None

    @property
    def batch_key(self) -> Hashable:
        return self._batch_key

    def cancel(self, reason: str = "") -> bool:
        """Ask it to stop. Its neighbours in a running batch go on, so it ends at once and its share is thrown away."""
        if not super().cancel(reason):
            return False
        batch = self._batch
        if batch is not None and not self.done():
            self._settle(JobStatus.CANCELLED, error=self._cancellation())
            batch.member_left()
        return True


class Batch(Job[None]):
    """The run of several `BatchedJob`s. Nobody outside the queue holds one, but the batch function can find it."""

    __slots__ = ("_members",)

    def __init__(self, owner: Owner, members: list[BatchedJob[Any]]) -> None:
        first = members[0]
        super().__init__(owner, self._run, ((), {}), Context(), name=first.name, priority=first.priority)
        self._members = members

    def _begin(self, execution: Execution | None) -> bool:
        # A member has no thread of its own to interrupt: the batch has.
        for member in self._members:
            member._batch = self
        self._members = [member for member in self._members if member._begin(None)]
        return bool(self._members) and super()._begin(execution)

    def member_left(self) -> None:
        """A member was cancelled; without members there is nothing left to do."""
        if all(member.done() for member in self._members):
            self.cancel("everybody who waited for it left")

    def emit(self, kind: str, data: Any, *, series: str | None = None) -> Event:
        for member in self._members:
            if kind == "progress":
                member.progress = data
            member.emit(kind, data, series=series)
        return super().emit(kind, data, series=series)

    def record_print(self, stream: Stream, text: str, *, flush: bool = False) -> None:
        for member in self._members:
            member.record_print(stream, text, flush=flush)

    def _run(self) -> Any:
        function, items = self._members[0].batch_function, [member.item for member in self._members]
        if inspect.iscoroutinefunction(function):
            return _run_async(function, items)
        try:
            return _checked(function, function(items), len(items))
        except (JobCancelled, ResultError):
            raise
        except Exception as error:
            if len(items) == 1:
                raise
            del error  # it names none of the items; each one's own run will
        results: list[Any] = []
        for item in items:
            self.check()
            try:
                results += _checked(function, function([item]), 1)
            except (JobCancelled, ResultError):
                raise
            except Exception as error:
                results.append(error)
        return results

    def _conclude(self, value: Any, error: BaseException | None) -> None:
        outcomes = [error] * len(self._members) if error is not None else value
        for member, outcome in zip(self._members, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                member._settle_error(outcome)
            else:
                member._settle(JobStatus.DONE, value=outcome)
        super()._conclude(None, error)


async def _run_async(function: BatchFunction, items: list[Any]) -> Sequence[Any]:
    try:
        return _checked(function, await function(items), len(items))
    except (JobCancelled, ResultError):
        raise
    except Exception:
        if len(items) == 1:
            raise
    results: list[Any] = []
    for item in items:
        try:
            results += _checked(function, await function([item]), 1)
        except (JobCancelled, ResultError):
            raise
        except Exception as error:
            results.append(error)
    return results


def _checked(function: BatchFunction, results: Any, count: int) -> Sequence[Any]:
    if isinstance(results, Sequence) and not isinstance(results, str | bytes) and len(results) == count:
        return results
    name = getattr(function, "__name__", "The batch function")
    given = f"{len(results)} results" if isinstance(results, Sequence) else f"a {type(results).__name__}"
    raise ResultError(
        f"{name} was given a list of {count} items and returned {given}. Return a list with one result per item, in "
        "order; an exception object in the list fails that item alone."
    )
