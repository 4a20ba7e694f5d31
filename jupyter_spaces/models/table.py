"""The table of loaded models, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime

from jupyter_spaces.models.ledger import Entry
from jupyter_spaces.models.weights import readable, storages_of

COLUMNS = ("name", "kind", "device", "dtype", "memory", "since", "from")


class ModelTable(list[Entry]):
    """The entries of the ledger; shown as a table with the total per device."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        super().__init__(entries)

    def rows(self) -> list[tuple[str, ...]]:
        """One tuple of texts per model, in the order of `COLUMNS`."""
        return [
            (
                entry.name, entry.kind, entry.device, entry.dtype, readable(entry.nbytes),
                datetime.fromtimestamp(entry.loaded_at).strftime("%H:%M"), entry.source,
            )
            for entry in self
        ]  # fmt: skip

    def totals(self) -> dict[str, int]:
        """Bytes by device; what two models share counts once."""
        blocks = {block: size for entry in self for block, size in storages_of(entry.inner).items()}
        totals: dict[str, int] = {}
        for (device, _), size in blocks.items():
            totals[device] = totals.get(device, 0) + size
        return totals

    def _summary(self) -> str:
        return ", ".join(f"{readable(size)} on {device}" for device, size in self.totals().items())

    def __repr__(self) -> str:
        if not self:
            return "No model is loaded. models.load('tiny') loads the built-in one."
        lines = [COLUMNS, *self.rows()]
        widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
        text = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        return "\n".join([*text, f"Together: {self._summary()}"])

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{html.escape(repr(self))}</p>"
        head = "".join(f"<th style='text-align:left'>{column}</th>" for column in COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows()
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>Together: {html.escape(self._summary())}</p>"
        )
