"""What a handler gave, matched with the nodes it is for and checked before anything of it is shown."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import InputError, ResultError
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.space.events import Step
from jupyter_spaces.space.layout import Node, StateSlot
from jupyter_spaces.space.source import one_line
from jupyter_spaces.space.update import Update

_OF_NODES = ("visible", "label", "interactive", "variant", "open", "active")  # what a node without a value can change


def outputs_of(step: Step, returned: Any) -> dict[str, Any]:
    """What a handler gave, by the id of the node it is for."""
    if isinstance(returned, dict) and returned and all(isinstance(key, Node) for key in returned):
        return {key.id: value for key, value in returned.items()}
    count = len(step.outputs)
    if count == 0:
        if returned is not None:
            raise ResultError(
                f"{step.name}() returned {one_line(returned)}, and no output takes it. "
                "Write outputs=slot, or return nothing."
            )
        return {}
    if count == 1:
        return {step.outputs[0]: returned}
    if not isinstance(returned, (tuple, list)) or len(returned) != count:
        got = f"{len(returned)} values" if isinstance(returned, (tuple, list)) else one_line(returned)
        raise ResultError(f"{step.name}() has {count} outputs and returned {got}. Return one value per output.")
    return dict(zip(step.outputs, returned, strict=True))


def checked_change(step: Step, node: Node, component: Component[Any] | None, given: Any) -> Update:
    """The change of one node; `component` is what the visitor's slot is at the moment. Raises `ResultError`."""
    change = given if isinstance(given, Update) else Update(given)
    if not isinstance(change.props.get("visible", True), bool):
        raise ResultError(
            f"{step.name}() returned update(visible={one_line(change.props['visible'])}) for {node.id!r}: an update "
            "says True or False; when(...) is written where the thing is placed."
        )
    if component is None:
        return _of_node(step, node, change)
    try:
        if change.props:
            component = component.replace(**change.props)
        if change.value is MISSING or change.value is None:
            return change
        return Update(component.check(change.value), change.props)
    except InputError as exc:
        raise ResultError(
            f"{step.name}() returned {one_line(change.value)} for {component.label or node.id!r}, which "
            f"{type(component).__name__} refuses: {exc}"
        ) from exc


def _of_node(step: Step, node: Node, change: Update) -> Update:
    """Rows, tabs, buttons and the like have no value, and states nothing but one."""
    if isinstance(node, StateSlot):
        if change.props:
            raise ResultError(f"{step.name}() returned update(...) for the state {node.id!r}, which only has a value.")
        return change
    allowed = [name for name in _OF_NODES if hasattr(node, name)]
    wrong = next((name for name in change.props if name not in allowed), None)
    if change.value is not MISSING or wrong is not None:
        what = f"the property {wrong!r}" if wrong else f"the value {one_line(change.value)}"
        raise ResultError(
            f"{step.name}() returned {what} for {node.id!r}, a {type(node).__name__}. "
            f"Return update(...) with {', '.join(allowed)}."
        )
    return change
