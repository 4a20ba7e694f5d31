"""Makes lines out of what is written to a stream: `print` writes a text and its end separately."""

from __future__ import annotations

from typing import Literal

Stream = Literal["stdout", "stderr"]

_WAITS = 4096  # characters that wait for the end of their line
_KEPT = 20_000  # characters kept of one piece; the cell gets all of it


class LineBuffer:
    """Holds back the unfinished line of each stream. A carriage return ends a line too (progress bars made by hand)."""

    __slots__ = ("_unfinished",)

    def __init__(self) -> None:
        self._unfinished: dict[Stream, str] = {}

    def add(self, stream: Stream, text: str, *, flush: bool = False) -> str:
        """Return what is ready to be recorded, maybe nothing."""
        text = self._unfinished.get(stream, "") + text
        cut = max(text.rfind("\n"), text.rfind("\r")) + 1
        if flush or len(text) - cut > _WAITS:
            cut = len(text)
        self._unfinished[stream] = text[cut:]
        if cut > _KEPT:
            return f"{text[:_KEPT]}… ({cut - _KEPT} more characters)\n"
        return text[:cut]

    def rest(self) -> list[tuple[Stream, str]]:
        """Return the unfinished lines."""
        return [(stream, text) for stream, text in self._unfinished.items() if text]
