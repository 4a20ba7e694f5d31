"""Markdown in which a prompt stays a prompt: whatever it holds, it is shown as text and ends no table, code or page."""

from __future__ import annotations

import re
from collections.abc import Sequence


def code(text: str) -> str:
    """The text in a code span, on one line, also inside a table."""
    line = " ".join(text.split()).replace("|", "\\|")
    fence = "`" * (_longest_run(line) + 1)
    # a space on either side belongs to the fence, and lets the text begin or end with a backtick
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line or ' '}{fence}"


def block(text: str, language: str = "") -> str:
    """The text as a block of code."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; its cells are Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
