"""Field: one component as one widget model.

Why these are not ipywidgets' own controls, although those would be fewer lines: a stock slider has no accessible
name, none of them has a place for a sentence of help or for an error, a number cannot be empty (`seed: int | None`),
each costs a third model for its style, and their `value` is written by both sides, where a crossing update is
swallowed by the property lock. So a field is built from the browser's own controls, with these traits:

    value      the Python value; not synced, so that a picture never travels because somebody reads it
    _shown     what Python says: {turn, data}; only Python writes it
    _typed     what the page says: {turn, data}; only the page writes it
    props      what the page must know about the component (choices, range, lines)

The page counts its turns, Python repeats the last turn that it has seen, and the later of the two is what the field
says. So a reloaded page finds what was typed, and an update that crosses a keystroke does not swallow it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import traitlets as t

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.widgets.drawn import Drawn
from jupyter_spaces.widgets.upload import Offer, answer_fetch

VENDOR = Path(str(files("jupyter_spaces.widgets"))) / "static" / "vendor"
"""Where `scripts/build` puts the bundled parts of other projects; absent on a machine without Node."""

view_traits: ContextVar[dict[str, Any]] = ContextVar("jupyter_spaces_view_traits", default={})  # noqa: B039  # only read
"""What a view says of the fields that it makes: their one Layout, which would be a model more for each, and classes,
which would be a message more."""

_SCALARS = (type(None), bool, int, float, str)


class PythonValue(t.Any):
    """A trait that notifies for every other object: comparing two pictures costs more than showing one, and a frame
    answers `==` with a frame."""

    def set(self, obj: Any, value: Any) -> None:
        new = self._validate(obj, value)
        old = obj._trait_values.get(self.name, self.default_value)
        obj._trait_values[self.name] = new
        same = old is new or (type(old) is type(new) and isinstance(new, _SCALARS) and old == new)
        if not same:
            obj._notify_trait(self.name, old, new)


class Field(Drawn):
    """The widget of one component. `value` is its Python value, None while it is empty."""

    answers: ClassVar[bool] = False
    """Whether the page waits to be shown what became of what it said (an edit, and not the value itself)."""

    value = PythonValue(None, allow_none=True)
    label = t.Unicode().tag(sync=True)
    info = t.Unicode().tag(sync=True)
    error = t.Unicode(help="Why what was entered is refused, or empty.").tag(sync=True)
    visible = t.Bool(True).tag(sync=True)
    interactive = t.Bool(True).tag(sync=True)
    props = t.Dict().tag(sync=True)
    _shown = t.Dict().tag(sync=True)
    _typed = t.Any(None, allow_none=True).tag(sync=True)

    def __init__(self, component: Component[Any], *, label: str | None = None, interactive: bool = True) -> None:
        self.component = component
        self._turn = 0
        self._submitted: list[Callable[[Field], None]] = []
        value = component.default if component.default is not MISSING else self.initial(interactive)
        self._heard: tuple[Any] | None = (value,)  # checked already, and what the page shows
        super().__init__(
            label=label if label is not None else component.label or "",
            info=component.info or "",
            visible=component.visible,
            interactive=interactive,
            props=self.describe(),
            value=value,
            _shown={"turn": 0, "data": self.show(value)},
            **view_traits.get(),
        )
        self._heard = None
        self.on_msg(self._on_message)

    # What a kind of field implements.

    def describe(self) -> dict[str, Any]:
        """Return what the page must know about the component."""
        return {}

    def initial(self, interactive: bool) -> Any:
        """Return the value of a field whose component has no default."""
        return None

    def show(self, value: Any) -> Any:
        """Return what the page draws for a value (None when empty): JSON, in which bytes may occur."""
        return None if value is None else self.component.to_json(value)

    def hear(self, data: Any) -> Any:
        """Return the value for what the page sent. Raises InputError; trusts nothing."""
        return None if data is None else self.component.from_json(data)

    def offer(self, name: str) -> Offer | None:
        """Return what a page may fetch under a name, or None. Names in `vendor/` are first looked up in that folder."""
        return None

    # What all of them share.

    def on_submit(self, callback: Callable[[Field], None]) -> None:
        """Call `callback(field)` when somebody presses Enter in the field (Ctrl+Enter in a long text)."""
        self._submitted.append(callback)

    def set_component(self, component: Component[Any]) -> None:
        """Show another state of the component: other choices, another range. A value that it refuses is dropped."""
        self.component = component
        with self.hold_sync():
            self.props = self.describe()
            try:
                value = None if self.value is None else component.check(self.value)
            except InputError:
                value = self.initial(self.interactive)
            self.value = value
            self._say(value)

    def refresh(self) -> None:
        """Show the value again, after it was changed in place."""
        self._say(self.value)

    def _say(self, value: Any) -> None:
        self._shown = {"turn": self._turn, "data": self.show(value)}

    @t.validate("value")
    def _check_value(self, proposal: Any) -> Any:
        value = proposal["value"]
        return value if value is None or self._was_heard(value) else self.component.check(value)

    @t.observe("value")
    def _on_value(self, change: Any) -> None:
        if self._was_heard(change["new"]):
            # From here on it is Python's turn: an observer that sets the value again is shown.
            self._heard = None
        else:
            self._say(change["new"])
            self.error = ""

    def _was_heard(self, value: Any) -> bool:
        return self._heard is not None and self._heard[0] is value

    @t.observe("_typed")
    def _on_typed(self, change: Any) -> None:
        typed = change["new"]
        turn = typed.get("turn") if isinstance(typed, dict) else None
        if not self.interactive or not isinstance(turn, int) or isinstance(turn, bool) or turn <= self._turn:
            return
        self._turn = turn
        self.accept(lambda: self.hear(typed.get("data")))
        if self.answers:
            self._say(self.value)

    def accept(self, read: Callable[[], Any]) -> bool:
        """Take a value that came from the page, or show why it is refused. The page already shows what it sent."""
        try:
            value = read()
            self._heard = (value,)
            self.error = ""
            self.value = value
        except InputError as problem:
            self.error = str(problem)
        finally:
            self._heard = None
        return not self.error

    def _on_message(self, _widget: Any, message: Any, buffers: list[Any]) -> None:
        if not isinstance(message, dict):
            return
        if message.get("jsp") == "submit" and self.interactive:
            for callback in self._submitted:
                callback(self)
        elif message.get("jsp") == "fetch":
            answer, parts = answer_fetch(message, lambda name: vendored(name) or self.offer(name))
            self.send(answer, parts)
        else:
            self.on_page_message(message, buffers)

    def on_page_message(self, message: dict[str, Any], buffers: list[Any]) -> None:
        """Answer another message of the page."""

    def __repr__(self) -> str:
        value = "empty" if self.value is None else self.component.to_text(self.value)
        return f"<{self.component.kind} {self.label!r}: {value}>"


def vendored(name: str) -> Offer | None:
    """Return a part of another project that the build put into `static/vendor/`, or None where it is missing."""
    found = re.fullmatch(r"vendor/([a-z0-9-]+\.js)", name, re.ASCII)
    if found is None or not (VENDOR / found[1]).is_file():
        return None
    return Offer(VENDOR / found[1], "text/javascript")
