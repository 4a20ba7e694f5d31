"""Which queue serves a device, and which device an object lives on.

The second is a register that `models` fills and `space` reads, so that an endpoint finds the device of the pipeline
it uses although neither room imports the other. Objects are held weakly and compared by identity.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from jupyter_spaces.errors import SpacesError
from jupyter_spaces.jobs.queue import DeviceQueue

_lock = threading.Lock()
_queues: dict[str, DeviceQueue] = {}
_homes: dict[int, tuple[weakref.ref[Any], str]] = {}


def device_queue(device: str) -> DeviceQueue:
    """Return the process's queue for a device ("cpu", "cuda:0", "mps"). "cuda" means "cuda:0"."""
    device = _full_name(device)
    with _lock:
        queue = _queues.get(device)
        if queue is None or queue.closed:
            queue = _queues[device] = DeviceQueue(device)
        return queue


def device_queues() -> list[DeviceQueue]:
    """Return every queue that the process has."""
    with _lock:
        return list(_queues.values())


def assign_device(obj: object, device: str) -> None:
    """Note that `obj` (a model, a pipeline) lives on `device`. Forgotten when `obj` goes away."""
    key = id(obj)

    def forget(_: object) -> None:
        _homes.pop(key, None)

    try:
        _homes[key] = (weakref.ref(obj, forget), _full_name(device))
    except TypeError:
        raise SpacesError(
            f"assign_device() was given a {type(obj).__name__}, which cannot be referred to weakly. Give it the model "
            "or pipeline object itself."
        ) from None


def device_of(obj: object) -> str | None:
    """Return the device that `obj` was assigned to, or None."""
    home = _homes.get(id(obj))
    return home[1] if home is not None and home[0]() is obj else None


def _full_name(device: str) -> str:
    device = str(device).lower()
    return "cuda:0" if device == "cuda" else device
