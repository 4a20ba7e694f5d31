"""Events: what happens on a page, and which functions answer, as data.

A trigger starts a chain; a chain is a list of steps, each with the slots that it reads and writes. `then` follows in
any case, `on_success` and `on_error` by how the last step that ran came out. Running a chain is `runtime.py`'s affair.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from jupyter_spaces.errors import DefinitionError, did_you_mean
from jupyter_spaces.jobs import Job, Progress
from jupyter_spaces.space.cells import CellRun, running_cell
from jupyter_spaces.space.hints import function_name, underlying
from jupyter_spaces.space.session import Session

Handler: TypeAlias = Callable[..., Any]

INJECTED: tuple[type, ...] = (Progress, Session, Job, BaseException)


class Kind(StrEnum):
    """What can happen."""

    CHANGE = "change"
    INPUT = "input"
    SUBMIT = "submit"
    CLICK = "click"
    LOAD = "load"
    TICK = "tick"


Trigger: TypeAlias = tuple[Kind, str]
"""(kind, id of the node); a load has the id "root"."""


class Condition(StrEnum):
    """When a step of a chain runs."""

    ALWAYS = "always"
    SUCCESS = "success"
    ERROR = "error"


@dataclass(frozen=True)
class Wires:
    """What connects a handler to the page; the keywords of `.click(...)`, `.change(...)`, `.then(...)`.

    `inputs`: a slot, a list of slots (positional arguments) or a dict of them by parameter name.
    `outputs`: a slot or a list of slots, one per returned value. The function may also return a dict by slot.
    `mode`: what a second trigger does while the chain still runs: "once" ignores it, "last" runs once more afterwards
    with the newest values, "always" runs at the same time. `cancels`: chains whose runs are stopped first.
    """

    inputs: Any = ()
    outputs: Any = ()
    mode: Literal["once", "last", "always"] = "once"
    cancels: Any = ()


def read_wires(given: Mapping[str, Any], **defaults: Any) -> Wires:
    """The keywords of an event method. Raises `DefinitionError` for a misspelt one."""
    known = [field.name for field in dataclasses.fields(Wires)]
    for name in given:
        if name not in known:
            raise DefinitionError(
                f"an event has no option {name!r}.{did_you_mean(name, known)} Its options are {', '.join(known)}."
            )
    return Wires(**{**defaults, **given})


@dataclass(frozen=True)
class Step:
    """One function of a chain. `inputs` pairs a parameter's name (None: positional) with a slot's id."""

    name: str
    function: Handler
    inputs: tuple[tuple[str | None, str], ...]
    outputs: tuple[str, ...]
    condition: Condition
    injected: Mapping[str, type]
    is_async: bool
    run: CellRun | None = None  # what connected it


@dataclass(eq=False)
class Chain:
    """Steps that follow one another after any of the triggers."""

    triggers: tuple[Trigger, ...]
    mode: Literal["once", "last", "always"] = "once"
    cancels: tuple[Chain, ...] = ()
    steps: list[Step] = field(default_factory=list)
    run: CellRun | None = None  # what connected it

    def then(self, function: Handler, *, inputs: Any = (), outputs: Any = ()) -> Chain:
        """Run this next, however the last step came out."""
        return self._append(function, inputs, outputs, Condition.ALWAYS)

    def on_success(self, function: Handler, *, inputs: Any = (), outputs: Any = ()) -> Chain:
        """Run this next if the last step that ran went well."""
        return self._append(function, inputs, outputs, Condition.SUCCESS)

    def on_error(self, function: Handler, *, inputs: Any = (), outputs: Any = ()) -> Chain:
        """Run this next if the last step that ran failed; a parameter of the type Exception receives the exception."""
        return self._append(function, inputs, outputs, Condition.ERROR)

    def _append(self, function: Handler, inputs: Any, outputs: Any, condition: Condition) -> Chain:
        run = running_cell()
        step = dataclasses.replace(read_step(function, inputs, outputs, condition), run=run)
        self.steps = [each for each in self.steps if run is None or not run.replaces(each.run)] + [step]
        return self

    def nodes(self) -> set[str]:
        """The ids of the nodes that it hears, reads and writes."""
        read = {slot for step in self.steps for _, slot in step.inputs}
        return {node for _, node in self.triggers} | read | {node for step in self.steps for node in step.outputs}

    def handles_error_after(self, index: int) -> bool:
        """Whether a later step looks after a failure of step `index`."""
        return any(step.condition is Condition.ERROR for step in self.steps[index + 1 :])


class Events:
    """The chains of one Space. `nodes` are those of its page; `arrive` is called before anything is connected."""

    def __init__(self, nodes: Mapping[str, Any], arrive: Callable[[], Callable[[], object] | None]) -> None:
        self.nodes = nodes
        self._arrive = arrive
        self._chains: list[Chain] = []

    @property
    def chains(self) -> list[Chain]:
        """Those whose nodes are all there: a chain of another cell waits while a node's cell runs again."""
        return [chain for chain in self._chains if chain.nodes() <= self.nodes.keys()]

    def forget(self, cell: Hashable) -> None:
        """Take away what a cell connected."""
        self._chains = [chain for chain in self._chains if chain.run is None or chain.run.cell != cell]

    def add(self, triggers: tuple[Trigger, ...], function: Handler | None, wires: Wires) -> Chain:
        """Connect a handler. Raises `DefinitionError` when its parameters do not fit the inputs."""
        if wires.mode not in ("once", "last", "always"):
            raise DefinitionError(f"mode={wires.mode!r} is none of 'once', 'last' and 'always'.")
        cancels = tuple(_several(wires.cancels))
        if function is None and not cancels:
            raise DefinitionError("an event needs a function: write button.click(function, inputs=..., outputs=...).")
        arrive = self._arrive()
        if arrive is not None:
            arrive()
        chain = Chain(triggers, wires.mode, cancels, run=running_cell())
        if function is not None:
            chain.steps.append(read_step(function, wires.inputs, wires.outputs, Condition.ALWAYS))
        self._chains.append(chain)
        return chain

    def of(self, trigger: Trigger) -> list[Chain]:
        """The chains that this trigger starts."""
        return [chain for chain in self.chains if trigger in chain.triggers]


def read_step(function: Handler, inputs: Any, outputs: Any, condition: Condition) -> Step:
    """A step from what the author wrote."""
    # Imported here: signature reads endpoints, which know nothing of events.
    from jupyter_spaces.space.hints import resolve_hints
    from jupyter_spaces.space.signature import injected_parameters, is_async

    if not callable(function):
        raise DefinitionError(f"a handler is a function, got {function!r}. Write button.click(function, ...).")
    name = function_name(function)
    if isinstance(inputs, Mapping):
        pairs: list[tuple[str | None, str]] = [(key, slot_id(each, name)) for key, each in inputs.items()]
    else:
        pairs = [(None, slot_id(each, name)) for each in _several(inputs)]
    signature = inspect.signature(function)
    injected: dict[str, type] = {}
    if underlying(function) is not None:
        injected = injected_parameters(signature, resolve_hints(function, signature), INJECTED)
    positional = [each for key, each in pairs if key is None]
    named = {key: each for key, each in pairs if key is not None}
    try:
        signature.bind(*positional, **named, **injected)
    except TypeError as exc:
        wanted = [parameter for parameter in signature.parameters if parameter not in injected]
        raise DefinitionError(
            f"{name}({', '.join(wanted)}) does not fit its {len(pairs)} input{'' if len(pairs) == 1 else 's'}: {exc}. "
            "Write inputs=[...] with one slot per parameter, in order."
        ) from None
    written = tuple(slot_id(each, name) for each in _several(outputs))
    return Step(name, function, tuple(pairs), written, condition, injected, is_async(function))


def slot_id(slot: Any, handler: str) -> str:
    """The id of a slot that an author names among inputs or outputs."""
    found = getattr(slot, "id", None)
    if not isinstance(found, str):
        raise DefinitionError(
            f"the inputs and outputs of {handler}() are slots, got {slot!r}. "
            "Write slot = space.place(Textbox()) and name the slot."
        )
    return found


def _several(given: Any) -> Sequence[Any]:
    if given is None:
        return ()
    if isinstance(given, collections.abc.Iterable) and not isinstance(given, str):
        return list(given)
    return [given]
