"""The options of `%%space` and how they become the arguments of a Space."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from jupyter_spaces.errors import did_you_mean
from jupyter_spaces.magics.options import Parser

EPILOG = """\
Every public function (a top-level def without a leading underscore) that the cell defines becomes an endpoint: its type
hints and defaults choose the components, its docstring describes it. __all__ = ["paint"] in the cell limits them.
Running the cell again updates the app in place. A value $NAME is the text in the notebook's variable NAME.

    %%space painter --title "Painter" --examples examples
    def paint(prompt: str, steps: int = 20) -> Image.Image:
        "Paint a picture of the prompt."
        return pipe(prompt, steps=steps)
"""


def cell_parser() -> Parser:
    """The parser of the line of a `%%space` cell."""
    parser = Parser("%%space", description="Make an app of the functions in this cell.", epilog=EPILOG)
    add = parser.add_argument
    add("name", metavar="NAME", help="the app's name: letters, digits, '-', '_' and '.'")
    add("--title", metavar="TEXT", help="heading; the name, if it is left out")
    add("--description", metavar="TEXT", help="Markdown below the heading")
    add("--article", metavar="TEXT", help="Markdown below the app")
    add(
        "--examples",
        metavar="NAME",
        help="a notebook variable: a list of dicts by parameter name, or for several endpoints a dict of such lists; "
        "or a folder with one JSON file per example",
    )
    add(
        "--cache-examples",
        action="store_true",
        help="run each example once and keep its result, for the next kernel too",
    )
    add("--live", action="store_true", help="call again on every change, without a Run button")
    add("--flagging", metavar="FILE", help="a Flag button appends the call to this JSONL file")
    add("--css", metavar="TEXT", help="style sheet, or the path of a .css file")
    return parser


def space_options(parsed: argparse.Namespace, namespace: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `Space`, with names of the notebook looked up. Raises `UsageError`."""
    texts = {
        option: _text(option, getattr(parsed, option), namespace) for option in ("title", "description", "article")
    }
    options: dict[str, Any] = {option: text for option, text in texts.items() if text is not None}
    if parsed.css is not None:
        css = _text("css", parsed.css, namespace)
        options["css"] = Path(css).read_text("utf-8") if css and css.endswith(".css") and Path(css).is_file() else css
    if parsed.examples is not None:
        options["examples"] = _examples(parsed.examples, namespace)
    if parsed.flagging is not None:
        options["flagging"] = _text("flagging", parsed.flagging, namespace)
    return options | {"live": parsed.live, "cache_examples": parsed.cache_examples}


def _text(option: str, given: str | None, namespace: dict[str, Any]) -> str | None:
    if given is None or not given.startswith("$") or not given[1:].isidentifier():
        return given
    if given[1:] not in namespace:
        raise UsageError(
            f"%%space: --{option} {given}: the notebook has no variable {given[1:]!r}."
            f"{did_you_mean(given[1:], namespace)}"
        )
    return str(namespace[given[1:]])


def _examples(given: str, namespace: dict[str, Any]) -> Any:
    if given in namespace:
        return namespace[given]
    if Path(given).expanduser().is_dir():
        return given
    names = [name for name, value in namespace.items() if isinstance(value, list | dict) and not name.startswith("_")]
    raise UsageError(
        f"%%space: --examples {given}: the notebook has no variable of that name, and there is no such folder."
        f"{did_you_mean(given, names)} Write examples = [{{...}}] in a cell above, a dict by parameter name for each."
    )
