"""The other end of a widget's comm: what Python sends is kept, and a test says what a page would say.

Messages have the form of the widget protocol, so the whole of ipywidgets runs between the test and the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import comm
from comm.base_comm import BaseComm

from jupyter_spaces.widgets.shelf import Shelf, shelf


class _WireComm(BaseComm):
    def __init__(self, wire: Wire, **options: Any) -> None:
        self._wire = wire
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        self._wire.sent.append((self.comm_id, msg_type, data or {}, list(buffers or [])))


class Wire:
    """`sent` holds (comm id, message type, data, buffers) of everything that left Python."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, Any], list[Any]]] = []

    def say(self, widget: Any, data: Any) -> None:
        """Enter something, as the page does: one turn after the last one."""
        typed = widget._typed or {"turn": 0}
        self._deliver(widget, {"method": "update", "state": {"_typed": {"turn": typed["turn"] + 1, "data": data}}}, [])

    def tell(self, widget: Any, content: Any, *buffers: bytes) -> list[tuple[dict[str, Any], list[Any]]]:
        """Send a custom message and return the custom messages that answer it."""
        before = len(self.sent)
        self._deliver(widget, {"method": "custom", "content": content}, list(buffers))
        return [(data["content"], parts) for _, _, data, parts in self.sent[before:] if data.get("method") == "custom"]

    def upload(self, widget: Any, content: bytes, name: str, mime: str = "", slot: str = "") -> dict[str, Any]:
        """Send a whole file in the chunks that Python asks for, and return the last answer."""
        begin = {"jsp": "upload", "id": name, "step": "begin", "slot": slot, "name": name, "mime": mime}
        ((answer, _),) = self.tell(widget, begin | {"size": len(content)})
        while answer["step"] == "more":
            offset = answer["offset"]
            chunk = content[offset : offset + 512 * 1024]
            message = {"jsp": "upload", "id": name, "step": "chunk", "offset": offset}
            ((answer, _),) = self.tell(widget, message, chunk)
        return answer

    def fetch(self, widget: Any, name: str) -> bytes:
        """Fetch what Python offers under a name. Raises LookupError with its refusal."""
        content = b""
        while True:
            message = {"jsp": "fetch", "id": "test", "name": name, "offset": len(content)}
            ((answer, parts),) = self.tell(widget, message)
            if "error" in answer:
                raise LookupError(answer["error"])
            content += bytes(parts[0])
            if len(content) == answer["total"]:
                return content

    def updates(self, widget: Any, trait: str) -> list[Any]:
        """Return every value of a trait that travelled after the model was opened."""
        key = widget.comm.comm_id
        states = [data["state"] for sender, _, data, _ in self.sent if sender == key and data.get("method") == "update"]
        return [state[trait] for state in states if trait in state]

    def _deliver(self, widget: Any, data: dict[str, Any], buffers: list[bytes]) -> None:
        widget.comm.handle_msg({"content": {"comm_id": widget.comm.comm_id, "data": data}, "buffers": buffers})


@contextmanager
def plugged_wire() -> Iterator[Wire]:
    """Let new widgets talk to a Wire instead of a kernel."""
    wire = Wire()
    before, modules = comm.create_comm, shelf.set(Shelf())
    comm.create_comm = lambda **options: _WireComm(wire, **options)
    try:
        yield wire
    finally:
        comm.create_comm = before
        shelf.reset(modules)
