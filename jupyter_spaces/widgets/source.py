"""How a field's ES module and style sheet are put together from `static/`.

A module reaches the page as text (`shelf.py`), and a module that came as text has no neighbours that it could import.
So the sources import each other as ordinary modules do (editors and type checkers follow them), and here the imported
ones are written in front of the importing one, without comments and indentation.

What the sources promise for that: one import per line, names that are unique among the modules that meet, no template
literal over several lines.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z0-9-]+)\.js";\n', re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|const|class|async)", re.MULTILINE)


@cache
def script(name: str) -> str:
    """Return the self-contained ES module of `static/<name>.js`."""
    order: list[str] = []
    _visit(name, order)
    *needed, own = [_IMPORT.sub("", _read(f"{each}.js")) for each in order]
    return _squeeze("".join(_EXPORT.sub("", each) for each in needed) + own)


@cache
def style(name: str) -> str:
    """Return the style sheets of a module and of those that it imports, as far as they have one."""
    order: list[str] = []
    _visit(name, order)
    folder = files(__package__) / "static"
    return _squeeze("".join(_read(f"{each}.css") for each in order if (folder / f"{each}.css").is_file()))


@cache
def digest(name: str) -> str:
    """Return a name for the content of a module and its style sheets."""
    return hashlib.sha256((script(name) + style(name)).encode()).hexdigest()[:16]


def _visit(name: str, order: list[str]) -> None:
    for needed in _IMPORT.findall(_read(f"{name}.js")):
        _visit(needed, order)
    if name not in order:
        order.append(name)


def _squeeze(text: str) -> str:
    text = _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", text))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"


@cache
def _read(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
