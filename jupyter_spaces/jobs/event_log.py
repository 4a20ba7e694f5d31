"""The append-only log of a job, which any number of listeners replay from any point and then follow.

The one idea: a subscription is a cursor into the log. Whoever appends then pumps each subscription; a pump is claimed
by one thread at a time and no lock is held while a listener runs. So events arrive in order, once each, without a gap
between replay and live, and a listener may append, subscribe or block without a deadlock.

The log is bounded without losing the latest state of any series. Events are kept per series:

* a state series (status, progress, queue, partial ...) keeps its latest events, since each replaces the one before;
* a "metric" series is a curve: past its limit every second point goes, and from then on only every second one stays, so
  that the whole curve keeps its shape evenly, and always its latest point;
* events without a series (prints, warnings) keep their latest ones, per kind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Any

from jupyter_spaces.jobs.event import Event

STATE_LIMIT = 256  # events of a state series; half of them stay when it is reached
METRIC_LIMIT = 4096  # points of a metric series; every second one stays when it is reached
PLAIN_LIMIT = 2000  # events of one kind without a series; half of them stay when it is reached

Listener = Callable[[Event], None]
_by_seq = attrgetter("seq")


class _Subscription:
    __slots__ = ("busy", "closed", "cursor", "listener")

    def __init__(self, listener: Listener, cursor: int) -> None:
        self.listener = listener
        self.cursor = cursor
        self.busy = False
        self.closed = False


class _Curve:
    """Which points of a metric series stay: those whose number is a multiple of the stride, and the latest."""

    __slots__ = ("_latest", "_stride")

    def __init__(self) -> None:
        self._stride = 1
        self._latest = -1

    def thin(self, points: list[Event]) -> int:
        """Take out what need not stay now that a point was appended; return how many went."""
        before = len(points)
        if self._latest % self._stride:
            del points[-2]  # it was kept only because it was the latest
        self._latest += 1
        if len(points) >= METRIC_LIMIT:
            latest = points[-1]
            self._stride *= 2
            points[:] = points[::2]
            if points[-1] is not latest:
                points.append(latest)
        return before - len(points)


class EventLog:
    """Events with growing sequence numbers. Thread-safe.

    `lock` may be shared with the owner of the log, so that a change of the owner's state and the event that tells of it
    are one step (see `append_locked`).
    """

    __slots__ = ("_buckets", "_curves", "_last_seq", "_lock", "_subscriptions", "dropped")

    def __init__(self, lock: threading.Lock | None = None) -> None:
        self._lock = lock or threading.Lock()
        self._last_seq = 0
        self._buckets: dict[Hashable, list[Event]] = {}
        self._curves: dict[str, _Curve] = {}
        self._subscriptions: tuple[_Subscription, ...] = ()
        self.dropped = 0  # how many events compaction has removed

    def append(self, kind: str, data: Any, *, series: str | None = None) -> Event:
        """Append an event and let every listener have it."""
        with self._lock:
            event = self.append_locked(kind, data, series)
        if self._subscriptions:
            self.deliver()
        return event

    def append_locked(self, kind: str, data: Any, series: str | None) -> Event:
        """Append while the caller holds the lock. The caller calls `deliver()` once it has released it."""
        self._last_seq = seq = self._last_seq + 1
        event = Event(seq, time.time(), kind, data, series)
        key: Hashable = series if series is not None else (kind,)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = bucket = [event]
        else:
            bucket.append(event)
        if kind == "metric" and series is not None:
            curve = self._curves.get(series)
            if curve is None:
                curve = self._curves[series] = _Curve()
            self.dropped += curve.thin(bucket)
        elif len(bucket) >= STATE_LIMIT and (series is not None or len(bucket) >= PLAIN_LIMIT):
            half = len(bucket) // 2
            del bucket[:half]
            self.dropped += half
        return event

    def since(self, seq: int = 0) -> list[Event]:
        """Return the kept events after `seq`, in order."""
        with self._lock:
            return self._since_locked(seq)

    def _since_locked(self, seq: int) -> list[Event]:
        if seq >= self._last_seq:
            return []
        found: list[Event] = []
        for bucket in self._buckets.values():
            for event in reversed(bucket):
                if event.seq <= seq:
                    break
                found.append(event)
        found.sort(key=_by_seq)
        return found

    def last(self, series: str) -> Event | None:
        """Return the latest event of a series, or None."""
        with self._lock:
            bucket = self._buckets.get(series)
            return bucket[-1] if bucket else None

    @property
    def last_seq(self) -> int:
        """The sequence number of the latest event, 0 while there is none."""
        return self._last_seq

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._buckets.values()))

    def subscribe(self, listener: Listener, since: int = 0) -> Callable[[], None]:
        """Replay the events after `since` to `listener`, then follow. Returns the function that unsubscribes.

        The listener runs on the thread that emits (the replay on this one), so it must return soon. One that raises is
        dropped, and an event of kind "listener_error" says so.
        """
        subscription = _Subscription(listener, since)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        self._pump(subscription)

        def unsubscribe() -> None:
            self._drop(subscription)

        return unsubscribe

    def deliver(self) -> None:
        """Bring every listener up to date."""
        for subscription in self._subscriptions:
            self._pump(subscription)

    def _drop(self, subscription: _Subscription) -> None:
        with self._lock:
            subscription.closed = True
            self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)

    def _pump(self, subscription: _Subscription) -> None:
        while True:
            with self._lock:
                if subscription.busy or subscription.closed:
                    return  # the thread that is busy with it looks again before it lets go
                events = self._since_locked(subscription.cursor)
                if not events:
                    return
                subscription.busy = True
            try:
                for event in events:
                    if subscription.closed:
                        return
                    subscription.cursor = event.seq
                    subscription.listener(event)
            except BaseException as error:
                if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
                    raise  # somebody interrupted the cell; it is not the listener's fault
                self._drop(subscription)
                self.append("listener_error", f"A listener was dropped: {type(error).__name__}: {error}")
            finally:
                subscription.busy = False
