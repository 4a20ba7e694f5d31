"""Listeners that never keep alive what listens, and never hurt who speaks.

A view subscribes with a bound method, which is held weakly: when the view goes, its subscription goes. Other callables
are held until they unsubscribe. A listener that raises is dropped with a warning, since the one who speaks (a cell that
runs again) can do nothing about it.
"""

from __future__ import annotations

import threading
import types
import warnings
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

S = TypeVar("S")


class Listeners(Generic[S]):
    """The subscribers of one speaker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self._listeners: dict[int, Callable[[], Any]] = {}

    def add(self, listener: Callable[[S, str], None]) -> Callable[[], None]:
        """Subscribe; returns the way out, which may be called more than once."""
        if isinstance(listener, types.MethodType):
            reference: Callable[[], Any] = weakref.WeakMethod(listener)
        else:
            reference = _strong(listener)
        with self._lock:
            self._next += 1
            key = self._next
            self._listeners[key] = reference
        return lambda: self._drop(key)

    def tell(self, speaker: S, change: str) -> None:
        """Tell everybody, in the order of their subscription."""
        with self._lock:
            current = list(self._listeners.items())
        for key, reference in current:
            listener = reference()
            if listener is None:
                self._drop(key)
                continue
            try:
                listener(speaker, change)
            except Exception as exc:
                self._drop(key)
                warnings.warn(f"a listener of {speaker!r} raised and was dropped: {exc!r}", stacklevel=2)

    def _drop(self, key: int) -> None:
        with self._lock:
            self._listeners.pop(key, None)

    def __len__(self) -> int:
        return len(self._listeners)


def _strong(listener: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: listener
