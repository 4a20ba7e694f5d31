"""Receiving a file in acknowledged chunks, and giving bytes away the same way.

One websocket message over 10 MiB ends the connection between JupyterLab and the kernel without a word, so a photo of
40 MB travels in chunks of 512 KiB. The page says `begin`, Python answers with the offset that it wants next, and so
on until it has everything: a lost, doubled or misplaced chunk only makes Python repeat its wish. Nothing that the
page says is trusted: the announced size is a limit, the name loses its folders, and the content is checked by the
component afterwards.

No input or output happens here: a message goes in, the answer comes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.wording import size_text

CHUNK = 512 * 1024
MOST_AT_ONCE = 4  # uploads of one field that may be under way


@dataclass
class _Incoming:
    slot: str
    name: str
    mime: str
    size: int
    data: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Upload:
    """A file that has arrived whole."""

    slot: str
    name: str
    mime: str
    data: bytes


Answer = dict[str, Any]


class Receiver:
    """The uploads of one field. `accept` takes what arrived and raises InputError to refuse it."""

    def __init__(self, max_size: int, accept: Callable[[Upload], None]) -> None:
        self.max_size = max_size
        self._accept = accept
        self._incoming: dict[str, _Incoming] = {}
        self._finished: list[str] = []  # the last few, for a page that missed the answer

    def handle(self, message: Mapping[str, Any], buffers: list[Any]) -> Answer | None:
        """Return the answer to one message of an upload, or None when there is nothing to say."""
        key, step = message.get("id"), message.get("step")
        if not isinstance(key, str) or len(key) > 64:
            return None
        try:
            if step == "begin":
                return self._begin(key, message)
            if step == "chunk":
                return self._chunk(key, message, buffers)
            if step == "cancel":
                self._incoming.pop(key, None)
        except InputError as problem:
            self._incoming.pop(key, None)
            return _answer(key, "refused", error=str(problem))
        return None

    def _begin(self, key: str, message: Mapping[str, Any]) -> Answer:
        if key in self._finished:
            return _answer(key, "done")
        if key in self._incoming:
            return _answer(key, "more", offset=len(self._incoming[key].data))
        name, size = file_name(message.get("name")), message.get("size")
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise InputError("The page did not say how large the file is; try again.")
        if size > self.max_size:
            raise InputError(f"{name} has {size_text(size)}; at most {size_text(self.max_size)} are accepted here.")
        if len(self._incoming) >= MOST_AT_ONCE:
            # A page that was reloaded never says that it gave up: the oldest upload makes room.
            self._incoming.pop(next(iter(self._incoming)))
        slot, mime = message.get("slot"), message.get("mime")
        self._incoming[key] = _Incoming(
            slot=slot if isinstance(slot, str) else "", name=name, mime=mime if isinstance(mime, str) else "", size=size
        )
        return self._next(key)

    def _chunk(self, key: str, message: Mapping[str, Any], buffers: list[Any]) -> Answer:
        incoming = self._incoming.get(key)
        if incoming is None:
            if key in self._finished:
                return _answer(key, "done")
            raise InputError("The upload was interrupted; try again.")
        chunk = bytes(buffers[0]) if buffers else b""
        if message.get("offset") != len(incoming.data):
            return self._next(key)  # one that came twice, or too early
        if len(chunk) > CHUNK or len(incoming.data) + len(chunk) > incoming.size:
            raise InputError(f"{incoming.name} sends more than it announced; try again.")
        incoming.data += chunk
        return self._next(key)

    def _next(self, key: str) -> Answer:
        incoming = self._incoming[key]
        if len(incoming.data) < incoming.size:
            return _answer(key, "more", offset=len(incoming.data))
        del self._incoming[key]
        self._accept(Upload(incoming.slot, incoming.name, incoming.mime, bytes(incoming.data)))
        self._finished = [*self._finished[-15:], key]
        return _answer(key, "done")


def _answer(key: str, step: str, **more: Any) -> Answer:
    return {"jsp": "upload", "id": key, "step": step, **more}


def file_name(given: object) -> str:
    """Return the last part of a name from anywhere, without control characters; never empty, never hidden."""
    text = given if isinstance(given, str) else ""
    text = re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", text)[-1]).strip().lstrip(".")
    return text[-120:] or "upload"


@dataclass(frozen=True)
class Offer:
    """Bytes, or a file, that a page may fetch."""

    content: bytes | Path
    mime: str

    def part(self, offset: int) -> tuple[bytes, int]:
        """Return the chunk at `offset` and the size of the whole."""
        if isinstance(self.content, bytes):
            return self.content[offset : offset + CHUNK], len(self.content)
        with self.content.open("rb") as file:
            file.seek(offset)
            return file.read(CHUNK), self.content.stat().st_size


def answer_fetch(message: Mapping[str, Any], find: Callable[[str], Offer | None]) -> tuple[Answer, list[bytes]]:
    """Return the answer to a page that asks for a part of what is offered under a name."""
    key, name, offset = message.get("id"), message.get("name"), message.get("offset")
    answer: Answer = {"jsp": "fetch", "id": key if isinstance(key, str) else ""}
    offer = find(name) if isinstance(name, str) else None
    if offer is None or isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        return {**answer, "error": "This is not available any more; run the cell again."}, []
    try:
        chunk, total = offer.part(offset)
    except OSError as problem:
        return {**answer, "error": f"The file cannot be read any more: {problem.strerror}."}, []
    return {**answer, "offset": offset, "total": total, "mime": offer.mime}, [chunk]
