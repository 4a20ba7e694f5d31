"""Widgets of these tests talk to a front end that the test plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

from jupyter_spaces.space import Session, Space
from jupyter_spaces.widgets.shelf import Shelf, shelf
from jupyter_spaces.widgets.view.space_view import SpaceView
from tests.widgets.view.front_end import FrontEnd


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontEnd]:
    """The front end of all widgets that the test makes."""
    end = FrontEnd()

    class Recorded(BaseComm):
        def publish_msg(
            self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
        ) -> None:
            if msg_type == "comm_open":
                end.open[self.comm_id] = dict(data["state"])
            elif msg_type == "comm_close":
                end.open.pop(self.comm_id, None)
            elif data.get("method") in ("update", "echo_update"):
                end.open[self.comm_id].update(data["state"])
                end.updates.append((self.comm_id, data["state"], time.monotonic()))

    monkeypatch.setattr(comm, "create_comm", lambda **kwargs: Recorded(**kwargs))
    before = shelf.set(Shelf())  # this front end has been given no module yet
    yield end
    shelf.reset(before)


@pytest.fixture
def view_of(front_end: FrontEnd) -> Iterator[Callable[..., SpaceView]]:
    """Makes views that the test's end closes."""
    views: list[SpaceView] = []

    def make(space: Space, session: Session | None = None) -> SpaceView:
        views.append(SpaceView(space, session=session))
        return views[-1]

    yield make
    for view in views:
        view.close()
