"""Completion of the magics' options and names.

A context matcher that suppresses the others gives exactly these in JupyterLab; the older `complete_command` hook mixes
Python names in (both measured).
"""

from __future__ import annotations

from collections.abc import Iterable

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from jupyter_spaces import models
from jupyter_spaces.magics.cell_options import cell_parser
from jupyter_spaces.magics.commands import COMMANDS
from jupyter_spaces.magics.models_magic import COMMANDS as MODEL_COMMANDS
from jupyter_spaces.magics.train_magic import COMMANDS as TRAIN_COMMANDS
from jupyter_spaces.space import spaces
from jupyter_spaces.train import PRESETS, fields, runs


@context_matcher()
def complete(context: CompletionContext) -> SimpleMatcherResult:
    """The words that may stand at the cursor of a line of these magics, and the fields in a `%%train` cell."""
    line = context.text_until_cursor
    words = line.lstrip().split(" ")
    if context.cursor_line and context.full_text.lstrip().startswith("%%train "):
        choices = _yaml(line)
    else:
        choices = candidates(words[0], words[1:-1], words[-1]) if len(words) > 1 else ()
    found = [SimpleCompletion(text, type=kind) for text, kind in choices if text.startswith(context.token)]
    return {"completions": found, "suppress": bool(found)}


def candidates(magic: str, before: list[str], word: str) -> Iterable[tuple[str, str]]:
    """(text, kind) of what fits after the words before the cursor."""
    if magic == "%%space":
        return _cell(before, word)
    if magic == "%space":
        return _line(before, word)
    if magic == "%models":
        if not before:
            return [(command, "command") for command in MODEL_COMMANDS]
        return [(entry.name, "model") for entry in models.list()] if before[0] == "free" else []
    if magic == "%%train":
        return [("dreambooth", "method")] if not before else []
    if magic == "%train":
        if not before:
            return [(command, "command") for command in (*TRAIN_COMMANDS, "list", "presets", "help")]
        return [(name, "run") for name in runs] if before[0] in TRAIN_COMMANDS and len(before) == 1 else []
    return []


def _yaml(line: str) -> Iterable[tuple[str, str]]:
    """The fields of a training config, and the choices of the field that the line names."""
    known = fields()
    field, colon, _ = line.partition(":")
    if not colon:
        return [(f"{name}: ", "field") for name in (*known, "preset")]
    if field.strip() == "preset":
        return [(name, "preset") for name in PRESETS]
    knob = known[field.strip()][1] if field.strip() in known else None
    if knob is None:
        return []
    return [(choice, "choice") for choice in (("false", "true") if bool in knob.types else knob.choices)]


def _cell(before: list[str], word: str) -> list[tuple[str, str]]:
    if before and before[-1] == "--examples":
        return []  # a variable of the notebook: IPython's own completion knows them
    if not before and not word.startswith("-"):
        return [(name, "space") for name in spaces]
    return [(flag, "option") for flag in cell_parser().flags if flag not in before]


def _line(before: list[str], word: str) -> list[tuple[str, str]]:
    before = [each for each in before if each]
    if not before:
        return [(command, "command") for command in (*COMMANDS, "help")]
    if before[0] not in COMMANDS or before[0] == "list":
        return []
    if len(before) == 1:
        return [(name, "space") for name in spaces]
    if before[0] != "call" or before[1] not in spaces or "=" in word:
        return []
    endpoints = spaces[before[1]].endpoints
    named = before[2] if len(before) > 2 and before[2] in endpoints else None
    if named is None and len(endpoints) > 1:
        return [(name, "endpoint") for name in endpoints] if len(before) == 2 else []
    endpoint = endpoints[named] if named else next(iter(endpoints.values()))
    given = {each.partition("=")[0] for each in before[2:]}
    return [(f"{parameter.name}=", "param") for parameter in endpoint.parameters if parameter.name not in given]
