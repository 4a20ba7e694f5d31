"""A front end without a browser: it takes part in the real comm protocol of ipywidgets."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ipywidgets


class FrontEnd:
    """Hears what widgets say and says what a person does."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, Any]] = {}  # comm id -> the state as a page would have it
        self.updates: list[tuple[str, dict[str, Any], float]] = []

    def state(self, widget: ipywidgets.Widget) -> dict[str, Any]:
        """What a page knows of the widget."""
        return self.open[widget.model_id]

    def updates_of(self, widget: ipywidgets.Widget, name: str) -> list[Any]:
        """Every value of a trait that travelled after the widget was made, in order."""
        return [state[name] for model_id, state, _ in self.updates if model_id == widget.model_id and name in state]

    def send(self, widget: ipywidgets.Widget, **content: Any) -> None:
        """A click."""
        widget.comm.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    def type(self, field: ipywidgets.Widget, data: Any) -> None:
        """What a person types into a field."""
        turn = max(field._shown["turn"], (field._typed or {}).get("turn", 0)) + 1
        state = {"_typed": {"turn": turn, "data": data}}
        field.comm.handle_msg(
            {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}
        )


def until(condition: Callable[[], Any], timeout: float = 5.0) -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.002)
    return found
