"""One visitor's state: the notebook user, or one browser tab of a served Space.

A session is what two callers of the same function must not share. Functions receive it by type
(`def chat(message: str, session: Session)`), or ask `current_session()`. It dies with its visitor: closing it forgets
the state and runs what was registered to clean up.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

NOTEBOOK = "notebook"  # the id of the session that calls without a visitor belong to


class Session:
    """`state` is a plain dict that lives as long as the visitor; `id` is unguessable for every served visitor."""

    def __init__(self, session_id: str | None = None) -> None:
        self.id = session_id or secrets.token_urlsafe(18)
        self.created = time.time()
        self.state: dict[str, Any] = {}
        self._closing = ExitStack()
        self.closed = False

    def on_close(self, callback: Callable[[], object]) -> None:
        """Run this when the visitor leaves; callbacks run newest first."""
        self._closing.callback(callback)

    def close(self) -> None:
        """Forget the visitor. Closing twice does nothing."""
        if not self.closed:
            self.closed = True
            self._closing.close()
            self.state.clear()

    @contextmanager
    def active(self) -> Iterator[Session]:
        """Make this the `current_session()` of the block."""
        token = _CURRENT.set(self)
        try:
            yield self
        finally:
            _CURRENT.reset(token)

    def __repr__(self) -> str:
        return f"Session({self.id!r}, state: {', '.join(self.state) or 'empty'})"


_CURRENT: ContextVar[Session | None] = ContextVar("jupyter_spaces_session", default=None)


def current_session() -> Session | None:
    """The session on whose behalf this code runs, or None outside of a call."""
    return _CURRENT.get()


class Sessions:
    """The sessions of one Space."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    def open(self, session_id: str | None = None) -> Session:
        """The session of that id, made if it is new; without an id, a fresh one."""
        with self._lock:
            if session_id is not None and session_id in self._open:
                return self._open[session_id]
            session = Session(session_id)
            self._open[session.id] = session
        return session

    def close(self, session_id: str) -> None:
        """Close and forget one session; an unknown id is fine, since a visitor may leave twice."""
        with self._lock:
            session = self._open.pop(session_id, None)
        if session is not None:
            session.close()

    def close_all(self) -> None:
        """Close every session, for a Space that goes away."""
        for session_id in list(self):
            self.close(session_id)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._open))

    def __len__(self) -> int:
        return len(self._open)
