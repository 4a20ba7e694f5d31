"""The commands of `%space`: one function each, with the line of help that `%space help` prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from jupyter_spaces.errors import did_you_mean
from jupyter_spaces.magics.options import without_comment
from jupyter_spaces.space import Space, spaces

_NAMED = re.compile(r"[^\W\d]\w*=(?!=)")

Display = Callable[[Space], None]


@dataclass(frozen=True)
class Command:
    """`run(rest of the line, the notebook's namespace, display)`; what it returns is the output of the cell."""

    usage: str
    says: str
    run: Callable[[str, Mapping[str, Any], Display], Any]


def run_command(line: str, namespace: Mapping[str, Any], display: Display) -> Any:
    """Run one line of `%space`. Raises `UsageError`, or what the Space raises."""
    code = without_comment(line)
    name, _, rest = code.removesuffix(";").partition(" ")
    if name in ("", "help", "-h", "--help"):
        print(command_help())
        return None
    if name not in COMMANDS:
        known = ", ".join((*COMMANDS, "help"))
        raise UsageError(f"%space: there is no command {name!r}.{did_you_mean(name, COMMANDS)} Commands: {known}.")
    result = COMMANDS[name].run(rest.strip(), namespace, display)
    # As at the end of any cell, a semicolon keeps the value from being displayed.
    return None if code.endswith(";") else result


def command_help() -> str:
    """The help of `%space`."""
    width = max(len(command.usage) for command in COMMANDS.values())
    lines = [f"    %space {command.usage:<{width}}  {command.says}" for command in COMMANDS.values()]
    return "\n".join(["Commands around the Spaces of this notebook (%%space? says how to make one).", "", *lines])


def split_values(text: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """`prompt="a red boat" steps=n` as values: literals, else expressions over the notebook's names.

    A value goes on until the next `name=` that begins a word outside of quotes and brackets; Python's own grammar says
    where that is.
    """
    values: dict[str, Any] = {}
    words = text.split(" ")
    while words:
        word = words.pop(0)
        if not word:
            continue
        if not _NAMED.match(word):
            raise UsageError(f'%space call: {word!r} is not of the form name=value, as in prompt="a red boat" steps=5.')
        name, _, expression = word.partition("=")
        while words and not (_NAMED.match(words[0]) and _complete(expression)):
            expression += f" {words.pop(0)}"
        if not _complete(expression):
            raise UsageError(f'%space call: {name}={expression} is no Python value. Quote a text: {name}="...".')
        values[name] = _evaluate(name, expression.strip(), namespace)
    return values


def _complete(expression: str) -> bool:
    try:
        ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        return False
    return True


def _evaluate(name: str, expression: str, namespace: Mapping[str, Any]) -> Any:
    try:
        return ast.literal_eval(expression)
    except ValueError:
        pass
    try:
        return eval(expression, dict(namespace))
    except NameError as error:
        missing = error.name or expression
        raise UsageError(
            f"%space call: {name}={expression}: {missing!r} is no name of this notebook."
            f'{did_you_mean(missing, namespace)} Quote it if it is a text: {name}="{expression}".'
        ) from None
    except Exception as error:
        raise UsageError(f"%space call: {name}={expression}: {type(error).__name__}: {error}") from None


def _space(name: str, command: str) -> Space:
    if not name:
        known = ", ".join(spaces) or "none yet; %%space makes one"
        raise UsageError(f"%space {command}: which Space? Write %space {command} NAME. Spaces: {known}.")
    return spaces[name]


def _one_space(rest: str, command: str) -> Space:
    name, _, more = rest.partition(" ")
    space = _space(name, command)
    if more:
        raise UsageError(f"%space {command} takes one name, got {rest!r}.")
    return space


def _list(rest: str, namespace: Mapping[str, Any], display: Display) -> None:
    if rest:
        raise UsageError(f"%space list takes nothing more, got {rest!r}. %space show {rest} shows one Space.")
    print(repr(spaces))


def _show(rest: str, namespace: Mapping[str, Any], display: Display) -> None:
    display(_one_space(rest, "show"))


def _call(rest: str, namespace: Mapping[str, Any], display: Display) -> Any:
    name, _, more = rest.partition(" ")
    space = _space(name, "call")
    first, _, others = more.strip().partition(" ")
    if first and "=" not in first:
        return space.call(first, **split_values(others, namespace))
    return space.call(**split_values(more, namespace))


def _test(rest: str, namespace: Mapping[str, Any], display: Display) -> None:
    report = _one_space(rest, "test").test()
    print(report)
    report.raise_for_failures()


def _stop(rest: str, namespace: Mapping[str, Any], display: Display) -> None:
    space = _one_space(rest, "stop")
    spaces.remove(space.name)
    print(f"Stopped {space.name!r}: its views are closed. Run its cell again to have it back.")


COMMANDS = {
    "list": Command("list", "the Spaces and their endpoints", _list),
    "show": Command("show NAME", "show a Space here", _show),
    "call": Command('call NAME [ENDPOINT] prompt="a red boat" steps=5', "do what the Run button does", _call),
    "test": Command("test NAME", "run every example and report", _test),
    "stop": Command("stop NAME", "close a Space and its views", _stop),
}
