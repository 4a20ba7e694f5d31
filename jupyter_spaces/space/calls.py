"""How a call of an endpoint runs: on which queue, with what injected, and what becomes of its result.

A call is a Job. It waits in the queue of the device whose models the function mentions, or runs on the light pool; it
streams what a generator yields as "partial" events, and every value is checked by the result's component before anybody
is shown it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_spaces.errors import ResultError
from jupyter_spaces.jobs import Job, Progress, current_job, device_queue, light_pool
from jupyter_spaces.space import user_code
from jupyter_spaces.space.endpoint import Endpoint
from jupyter_spaces.space.session import Session

Values = dict[str, Any]


def submit_call(endpoint: Endpoint, values: Values, session: Session, *, priority: int = 0) -> Job[Any]:
    """Queue one call with bound values; returns at once."""
    device = endpoint.device()
    options: dict[str, Any] = {"name": endpoint.name, "session": session.id, "priority": priority + endpoint.priority}
    if endpoint.batch is not None:
        assert device is not None  # a batch endpoint always has a queue, see Endpoint.device
        return device_queue(device).submit_batched(
            functools.partial(_run_batch, endpoint),
            (values, session),
            key=endpoint,
            max_batch_size=endpoint.batch.max_batch_size,
            max_wait=endpoint.batch.max_wait,
            **options,
        )
    run = _run_async if endpoint.is_async else _run
    if device is None:
        return light_pool().submit(run, endpoint, values, session, **options)
    return device_queue(device).submit(run, endpoint, values, session, **options)


def _run(endpoint: Endpoint, values: Values, session: Session) -> Any:
    with session.active():
        returned = user_code.run(
            _caller(endpoint, values),
            lambda: _invoke(endpoint, values, session),
            lambda value: _emit(endpoint, value),
            streaming=endpoint.streaming,
        )
    return _checked(endpoint, returned)


async def _run_async(endpoint: Endpoint, values: Values, session: Session) -> Any:
    with session.active():
        returned = await user_code.run_async(
            _caller(endpoint, values),
            lambda: _invoke(endpoint, values, session),
            lambda value: _emit(endpoint, value),
            streaming=endpoint.streaming,
        )
    return _checked(endpoint, returned)


def _invoke(endpoint: Endpoint, values: Values, session: Session) -> Any:
    named = {**values, **injected_values(endpoint.injected, session)}
    positional = [named.pop(name) for name in endpoint.positional_only]
    return endpoint.function(*positional, **named)


def _emit(endpoint: Endpoint, value: Any) -> None:
    endpoint.split(value)
    job = current_job()
    if job is not None:
        job.emit("partial", value, series="partial")


def _checked(endpoint: Endpoint, returned: Any) -> Any:
    """The function's own value, once its components accept it; a stream's values were checked as they came."""
    if not endpoint.streaming:
        endpoint.split(returned)
        return returned
    if returned is not user_code.NOTHING:
        return returned
    if endpoint.results:
        raise ResultError(f"{endpoint.name}() ended without yielding anything. Yield at least one value.")
    return None


def _run_batch(endpoint: Endpoint, items: list[tuple[Values, Session]]) -> Sequence[Any]:
    """One call for several callers: lists in, one result or exception per item out."""
    columns = {p.name: [values[p.name] for values, _ in items] for p in endpoint.parameters}
    try:
        returned = list(endpoint.function(**columns))
    except Exception as exc:
        if user_code.is_signal(exc):
            raise
        return [_caller(endpoint, values).error(exc) for values, _ in items]
    if len(returned) != len(items):
        message = (
            f"{endpoint.name}() got a batch of {len(items)} and returned {len(returned)} results. "
            "Return a list with one result per item, in order."
        )
        return [ResultError(message) for _ in items]
    return [_batch_item(endpoint, values, result) for (values, _), result in zip(items, returned, strict=True)]


def _batch_item(endpoint: Endpoint, values: Values, result: Any) -> Any:
    if isinstance(result, Exception):
        return _caller(endpoint, values).error(result)
    try:
        endpoint.split(result)
    except ResultError as exc:
        return exc
    return result


def _caller(endpoint: Endpoint, values: Values) -> user_code.Caller:
    return user_code.Caller(endpoint.name, lambda: endpoint.describe_inputs(values))


def injected_values(wanted: Mapping[str, type], session: Session, error: BaseException | None = None) -> dict[str, Any]:
    """The objects for the parameters that are injected by type."""
    found: dict[str, Any] = {}
    for name, kind in wanted.items():
        if issubclass(kind, Progress):
            found[name] = Progress()
        elif issubclass(kind, Session):
            found[name] = session
        elif issubclass(kind, Job):
            found[name] = current_job()
        elif issubclass(kind, BaseException):
            found[name] = error
    return found
