"""The command lines of the magics: how a line is cut into words, and a parser whose errors are one line.

The words follow the shell's quotes, but a backslash is only a backslash (Windows paths) and `#` begins a comment, as it
does in the Python around it.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Sequence
from typing import Any, NoReturn

from IPython.core.error import UsageError

from jupyter_spaces.errors import did_you_mean

# Everything up to a '#' that begins a word outside of quotes.
_CODE = re.compile(r"""(?:[^"'#]|(?<=\S)\#|"[^"]*"|'[^']*')*""")


def without_comment(line: str) -> str:
    """The line up to its comment."""
    code = _CODE.match(line)
    assert code is not None  # the pattern matches the empty text
    return line[: code.end()].rstrip() if line[code.end() : code.end() + 1] == "#" else line.strip()


def split(line: str, magic: str) -> list[str]:
    """The words of a line. Raises `UsageError` for a quote that is not closed."""
    lexer = shlex.shlex(without_comment(line), posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.escape = lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:
        raise UsageError(f"{magic}: a quote is opened and not closed in: {line.strip()}") from None


class Parser(argparse.ArgumentParser):
    """argparse for a magic: never exits the kernel, suggests the option that was meant, and explains itself in text."""

    def __init__(self, magic: str, **options: Any) -> None:
        super().__init__(
            prog=magic,
            add_help=False,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **options,
        )

    @property
    def flags(self) -> list[str]:
        """The long options."""
        return [flag for action in self._actions for flag in action.option_strings if flag.startswith("--")]

    def parse_words(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse. Raises `UsageError` in one line."""
        parsed, rest = self.parse_known_args(words)
        for word in rest:
            flag = word.partition("=")[0]
            if flag.startswith("-"):
                known = ", ".join(self.flags)
                self.error(f"there is no option {flag}.{did_you_mean(flag, self.flags)} Options: {known}.")
            self.error(f'{word!r} is one word too many. Quote a value that has blanks: --title "My app".')
        return parsed

    def error(self, message: str) -> NoReturn:
        """argparse would exit the process."""
        text = message[:1].lower() + message[1:]
        raise UsageError(f"{self.prog}: {text}{'' if text.endswith('.') else '.'} {self.prog}? shows the help.")
