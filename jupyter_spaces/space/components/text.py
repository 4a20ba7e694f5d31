"""Components whose value is text: Textbox, Code, Markdown, HTML.

Markdown and HTML hold the text as it was written. It becomes safe where it becomes a page: the widgets render it with
`markup.markdown_to_html` and `markup.sanitise_html`.
"""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.json_values import Json, as_text
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

DEFAULT_MAX_LENGTH = 1_000_000  # characters; longer texts belong into a File


@dataclass(frozen=True, kw_only=True, eq=False)
class TextComponent(Component[str]):
    """What the text components share: a str with a shortest and a longest length in characters."""

    min_length: int = 0
    max_length: int = DEFAULT_MAX_LENGTH

    sample: ClassVar[str] = "Hello"

    def check_definition(self) -> None:
        if not 0 <= self.min_length <= self.max_length:
            raise DefinitionError(
                f"{type(self).__name__} has min_length={self.min_length} and max_length={self.max_length}: "
                "the first must not be negative nor above the second."
            )

    def check_value(self, value: object) -> str:
        if not isinstance(value, str):
            raise refuse(value, "text (a str)")
        text = as_text(str(value))
        if len(text) > self.max_length:
            raise InputError(f"The text has {len(text)} characters; at most {self.max_length} are accepted.")
        if len(text) < self.min_length:
            raise InputError(f"The text has {len(text)} characters; at least {self.min_length} are needed.")
        return text

    def dump_value(self, value: str) -> Json:
        return value

    def value_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        if self.min_length:
            schema["minLength"] = self.min_length
        return schema

    def example_value(self) -> str:
        text = self.sample[: self.max_length]
        return text.ljust(self.min_length, "x")

    def text_of(self, value: str) -> str:
        return value


@register_component
@dataclass(frozen=True, eq=False)
class Textbox(TextComponent):
    """Plain text, on one line or several."""

    kind = "textbox"

    lines: int = 1  # height; 1 is a single line, in which Enter submits
    _: KW_ONLY
    max_lines: int | None = None  # grows up to this height
    placeholder: str = ""
    password: bool = False  # shown as dots, and never written into a snapshot
    pattern: str | None = None  # a regular expression that must match somewhere in the text

    def check_definition(self) -> None:
        super().check_definition()
        if self.lines < 1 or (self.max_lines is not None and self.max_lines < self.lines):
            raise DefinitionError(
                f"Textbox has lines={self.lines} and max_lines={self.max_lines}: "
                "lines is at least 1 and at most max_lines."
            )
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise DefinitionError(f"Textbox has an invalid pattern {self.pattern!r}: {error}.") from error

    def check_value(self, value: object) -> str:
        text = super().check_value(value)
        if self.pattern is not None and not re.search(self.pattern, text):
            raise InputError(f"{shown(text)} does not match the pattern {self.pattern!r}.")
        return text

    def value_schema(self) -> dict[str, Any]:
        schema = super().value_schema()
        if self.pattern is not None:
            schema["pattern"] = self.pattern
        return schema

    def text_of(self, value: str) -> str:
        return "•" * 8 if self.password else value


@register_component
@dataclass(frozen=True, eq=False)
class Code(TextComponent):
    """Source code, shown with the syntax of `language`."""

    kind = "code"
    sample = "print('hello')"

    language: str = "python"
    _: KW_ONLY
    lines: int = 5


@register_component
@dataclass(frozen=True, eq=False)
class Markdown(TextComponent):
    """CommonMark text with tables; raw HTML in it is shown as text."""

    kind = "markdown"
    sample = "Some **bold** words"


@register_component
@dataclass(frozen=True, eq=False)
class HTML(TextComponent):
    """HTML, sanitised when it is shown. `trusted=True` shows it as it is: only for HTML that the author wrote.

    In JupyterLab a script in an output acts as the user, so trusted HTML must never contain what a model or a visitor
    wrote.
    """

    kind = "html"
    sample = "<b>Hello</b>"

    trusted: bool = False
