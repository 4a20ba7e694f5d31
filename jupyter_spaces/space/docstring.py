"""What a docstring says about a function: the summary, and one help text per parameter.

Reads the three customs in use (Google's `Args:`, NumPy's underlined `Parameters`, Sphinx's `:param x:`) and nothing
more. A docstring that follows none of them is all description: help text is a courtesy, never a reason to fail.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_PARAMETERS = {"args", "arguments", "parameters", "params", "other parameters", "keyword args", "keyword arguments"}
_RETURNS = {"returns", "return", "yields", "yield"}
_OTHERS = {"raises", "raise", "example", "examples", "note", "notes", "warning", "warnings", "see also", "references",
           "attributes", "warns", "todo"}  # fmt: skip
_HEADINGS = _PARAMETERS | _RETURNS | _OTHERS

_SPHINX = re.compile(r"^:(?P<field>[a-z]+)(?:\s+(?P<rest>[^:]*))?:\s*(?P<text>.*)$")
_GOOGLE_ITEM = re.compile(r"^\*{0,2}(?P<names>\w+(?:\s*,\s*\w+)*)\s*(?:\([^)]*\))?\s*:(?:\s+(?P<text>.*))?$")
_NUMPY_ITEM = re.compile(r"^\*{0,2}(?P<names>\w+(?:\s*,\s*\w+)*)\s*(?::.*)?$")


@dataclass(frozen=True)
class Docstring:
    """`summary` is the first paragraph in one line, `description` everything before the sections."""

    summary: str = ""
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    returns: str = ""


def parse_docstring(text: str | None) -> Docstring:
    """Parse a docstring of any of the three customs."""
    lines = inspect.cleandoc(text or "").splitlines()
    description: list[str] = []
    parameters: dict[str, str] = {}
    returns = ""
    for heading, body in _sections(lines):
        if heading == "":
            description += body
        elif heading in _PARAMETERS:
            parameters.update(_items(body))
        elif heading in _RETURNS:
            returns = _joined(body)
        elif heading.startswith("param "):
            parameters[heading.removeprefix("param ")] = _joined(body)
    whole = "\n".join(description).strip()
    summary = " ".join(re.split(r"\n\s*\n", whole)[0].split())
    return Docstring(summary, whole, parameters, returns)


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield (heading, body); the text before the first heading, and after a section ends, has the heading ''."""
    heading, body, indented = "", list[str](), False
    index = 0
    while index < len(lines):
        line = lines[index]
        bare = line.strip()
        at_margin = bool(bare) and not line[:1].isspace()
        following = lines[index + 1].strip() if index + 1 < len(lines) else ""
        name = bare.rstrip(":").lower()
        if at_margin and (sphinx := _SPHINX.match(bare)):
            yield heading, body
            heading, body, indented = _sphinx_heading(sphinx), [sphinx["text"]], True
        elif at_margin and name in _HEADINGS and re.fullmatch(r"-{3,}|={3,}", following):
            yield heading, body
            heading, body, indented = name, [], False
            index += 1
        elif at_margin and name in _HEADINGS and bare.endswith(":"):
            yield heading, body
            heading, body, indented = name, [], True
        elif at_margin and indented:
            # Ordinary text at the margin again: the indented section is over.
            yield heading, body
            heading, body, indented = "", [line], False
        else:
            body.append(line)
        index += 1
    yield heading, body


def _sphinx_heading(match: re.Match[str]) -> str:
    field_name, rest = match["field"], (match["rest"] or "").split()
    if field_name in ("param", "parameter", "arg", "argument", "keyword") and rest:
        return "param " + rest[-1]  # ":param int steps:" names the type first
    return "returns" if field_name in ("return", "returns") else "other"


def _items(body: list[str]) -> Iterator[tuple[str, str]]:
    """The (name, text) pairs of a Google or NumPy parameter section."""
    filled = [line for line in body if line.strip()]
    if not filled:
        return
    margin = min(len(line) - len(line.lstrip()) for line in filled)
    google = any(_GOOGLE_ITEM.match(line.strip()) for line in filled if _indent(line) == margin) and margin > 0
    pattern = _GOOGLE_ITEM if google else _NUMPY_ITEM
    names: list[str] = []
    texts: list[str] = []
    for line in filled:
        match = pattern.match(line.strip()) if _indent(line) == margin else None
        if match is None:
            texts.append(line.strip())
            continue
        yield from ((name, " ".join(texts)) for name in names)
        names = [name.strip() for name in match["names"].split(",")]
        texts = [match["text"]] if google and match["text"] else []
    yield from ((name, " ".join(texts)) for name in names)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(body: list[str]) -> str:
    return " ".join(line.strip() for line in body if line.strip())
