"""What an event handler may answer besides a value: a change of a component's properties.

`return update(choices=[...], visible=True)` changes how the output looks and leaves its value alone, unless `value=` is
given too. `when(slot, predicate)` says once and for all when something is visible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import MISSING

if TYPE_CHECKING:
    from jupyter_spaces.space.layout import Slot


@dataclass(frozen=True)
class Update:
    """`value` is MISSING when it stays; `props` are component options (label, choices, visible, interactive ...)."""

    value: Any = MISSING
    props: Mapping[str, Any] = field(default_factory=dict)


def update(value: Any = MISSING, **props: Any) -> Update:
    """Change an output's properties, and its value if one is given."""
    return Update(value, props)


@dataclass(frozen=True)
class When:
    """Visible while the slot's value satisfies the predicate."""

    slot_id: str
    predicate: Callable[[Any], Any]

    def holds(self, value: Any) -> bool:
        return bool(self.predicate(value))


def when(slot: Slot, condition: Any = bool) -> When:
    """Visibility that follows a slot: `visible=when(kind, "image")`, or a predicate: `when(count, lambda n: n > 3)`."""
    slot_id = getattr(slot, "id", None)
    if not isinstance(slot_id, str):
        raise InputError(f"when() follows a slot: give what space.place(...) returned, got {type(slot).__name__}.")
    if callable(condition):
        return When(slot_id, condition)
    return When(slot_id, lambda value: value == condition)
