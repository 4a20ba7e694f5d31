"""One visitor's page at work: the values of its slots, and the chains that run when something happens.

Knows no widget. A view (a notebook's widget tree, a served page) reports what the visitor did (`set`, `fire`) and
receives what to show through `apply(node_id, update)`, which is called from worker threads, one call at a time and in
order. Every handler runs as a Job, on the device of the models that it mentions or on the light pool.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.jobs import Job, device_queue, light_pool
from jupyter_spaces.space import user_code
from jupyter_spaces.space.calls import injected_values
from jupyter_spaces.space.chain_run import ChainRun
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.space.devices import referenced_device
from jupyter_spaces.space.events import Chain, Kind, Step
from jupyter_spaces.space.layout import Layout, StateSlot
from jupyter_spaces.space.outputs import checked_change, outputs_of
from jupyter_spaces.space.session import Session
from jupyter_spaces.space.source import one_line, same_value
from jupyter_spaces.space.update import Update, When

if TYPE_CHECKING:
    from jupyter_spaces.space.space import Space

Apply = Callable[[str, Update], None]

_DEEPEST = 16  # change events that follow from one another before it counts as a circle


class Runtime:
    """The page of one session.

    `apply(node_id, update)` shows a change; `on_job(job, step)` tells of every handler that starts; `on_error(error,
    chain)` of every failure that no `on_error` step of the chain handles.
    """

    def __init__(
        self,
        space: Space,
        session: Session,
        apply: Apply,
        *,
        on_job: Callable[[Job[Any], Step], None] | None = None,
        on_error: Callable[[BaseException, Chain], None] | None = None,
    ) -> None:
        if space.layout is None:
            raise DefinitionError(f"the Space {space.name!r} has no layout; its endpoints show as automatic forms.")
        self.layout: Layout = space.layout
        self.session = session
        self._apply = apply
        self._on_job = on_job
        self._on_error = on_error
        self._lock = threading.RLock()
        self._runs: list[ChainRun] = []
        self._again: set[Chain] = set()
        self._visible: dict[str, bool] = {}
        self._closed = False
        self.components: dict[str, Component[Any]] = {}
        self._values: dict[str, Any] = {}
        for name, slot in self.layout.slots.items():
            self.components[name] = slot.component
            self._values[name] = None if slot.component.default is MISSING else slot.component.default
        for name, state in self.layout.states.items():
            if name not in session.state:
                session.state[name] = state.initial()
        for node, condition in self.layout.conditions():
            self._visible[node.id] = self._holds(condition, otherwise=False)

    # -- what a view reads and reports

    def value(self, slot_id: str) -> Any:
        """The Python value of a slot or a state; None when a slot is empty."""
        if isinstance(self.layout[slot_id], StateSlot):
            return self.session.state.get(slot_id)
        return self._values.get(slot_id)

    def is_visible(self, node_id: str) -> bool:
        """Whether a node is visible now, for this visitor; what it stands in may still hide it."""
        with self._lock:
            if node_id in self._visible:
                return self._visible[node_id]
        return bool(self.layout[node_id].visible)

    def set(self, slot_id: str, value: Any) -> None:
        """The visitor changed a value. Reporting the value that a slot already has does nothing."""
        if self._store(slot_id, value):
            self.fire(Kind.INPUT, slot_id)
            self.fire(Kind.CHANGE, slot_id)

    def fire(self, kind: Kind | str, node_id: str = "root", *, depth: int = 0) -> list[ChainRun]:
        """Something happened; start its chains. Returns the runs that began."""
        chains = self.layout.events.of((Kind(kind), node_id))
        return [run for run in (self._start(chain, depth) for chain in chains) if run is not None]

    def start(self) -> list[ChainRun]:
        """The page is shown: run what was connected with `space.load`."""
        return self.fire(Kind.LOAD)

    def close(self) -> None:
        """The view went away: stop what runs and start nothing more."""
        with self._lock:
            self._closed = True
            self._again.clear()
            runs = list(self._runs)
        for run in runs:
            run.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until nothing runs; False when the time ran out."""
        while True:
            with self._lock:
                runs = list(self._runs)
            if not runs:
                return True
            if not runs[0].wait(timeout):
                return False

    # -- running

    def _start(self, chain: Chain, depth: int) -> ChainRun | None:
        if depth > _DEEPEST:
            error = DefinitionError(
                "change events answer one another in a circle: a handler's output changes a slot whose change handler "
                "changes the first one again. Use .input(...), which only the visitor triggers."
            )
            self._tell(error, chain)
            return None
        for other in chain.cancels:
            self._cancel(other)
        with self._lock:
            if self._closed:
                return None
            busy = any(run.chain is chain for run in self._runs)
            if busy and chain.mode != "always":
                if chain.mode == "last":
                    self._again.add(chain)
                return None
            run = ChainRun(self, chain, depth)
            self._runs.append(run)
        run.start()
        return run

    def _cancel(self, chain: Chain) -> None:
        with self._lock:
            self._again.discard(chain)
            runs = [run for run in self._runs if run.chain is chain]
        for run in runs:
            run.cancel()

    def run_finished(self, run: ChainRun) -> None:
        with self._lock:
            self._runs = [other for other in self._runs if other is not run]
            again = run.chain in self._again and not self._closed
            self._again.discard(run.chain)
        if again:
            self._start(run.chain, run.depth)

    def run_failed(self, run: ChainRun, exc: BaseException) -> None:
        self._tell(exc, run.chain)

    def _tell(self, error: BaseException, chain: Chain) -> None:
        if self._on_error is not None and not self._closed:
            self._on_error(error, chain)

    def submit_step(self, run: ChainRun, step: Step, error: BaseException | None) -> Job[Any]:
        values = [(name, self._input(step, slot_id)) for name, slot_id in step.inputs]
        device = referenced_device(step.function)
        queue = light_pool() if device is None else device_queue(device)
        body = self._body_async if step.is_async else self._body
        # inline=False: a step starts in the callback of the one before, whose slot is not its own.
        job = queue.submit(body, run, step, values, error, name=step.name, session=self.session.id, inline=False)
        if self._on_job is not None:
            self._on_job(job, step)
        return job

    def _input(self, step: Step, slot_id: str) -> Any:
        value = self.value(slot_id)
        component = self.components.get(slot_id)
        if component is None or value is None:
            return value
        try:
            return component.check(value)
        except InputError as exc:
            raise InputError(f"{component.label or slot_id}: {exc}", parameter=slot_id) from exc

    def _body(self, run: ChainRun, step: Step, values: Inputs, error: BaseException | None) -> None:
        shown = Shown(lambda value: self._show(run, step, value))
        with self.session.active():
            returned = user_code.run(_caller(step, values), lambda: self._invoke(step, values, error), shown)
        shown.finish(returned)

    async def _body_async(self, run: ChainRun, step: Step, values: Inputs, error: BaseException | None) -> None:
        shown = Shown(lambda value: self._show(run, step, value))
        with self.session.active():
            returned = await user_code.run_async(
                _caller(step, values), lambda: self._invoke(step, values, error), shown
            )
        shown.finish(returned)

    def _invoke(self, step: Step, values: Inputs, error: BaseException | None) -> Any:
        positional = [value for name, value in values if name is None]
        named = {name: value for name, value in values if name is not None}
        return step.function(*positional, **named, **injected_values(step.injected, self.session, error))

    # -- showing

    def _show(self, run: ChainRun, step: Step, returned: Any) -> None:
        """Check what a handler gave and apply it, all outputs or none."""
        changes = [
            (name, checked_change(step, self.layout[name], self.components.get(name), given))
            for name, given in outputs_of(step, returned).items()
        ]
        for name, change in changes:
            self._carry_out(name, change, run.depth + 1)

    def _carry_out(self, node_id: str, change: Update, depth: int) -> None:
        with self._lock:
            if self._closed:
                return
            if change.props and node_id in self.components:
                self.components[node_id] = self.components[node_id].replace(**change.props)
            if "visible" in change.props:
                self._visible[node_id] = change.props["visible"]
            # The value is stored first, so that a view that reports it back finds it already known.
            changed = change.value is not MISSING and self._store(node_id, change.value)
            if (change.props or change.value is not MISSING) and not isinstance(self.layout[node_id], StateSlot):
                self._apply(node_id, change)
        if changed:
            self.fire(Kind.CHANGE, node_id, depth=depth)

    def _store(self, slot_id: str, value: Any) -> bool:
        """Keep a value, follow it with the visibility of other nodes; False when it was that already."""
        with self._lock:
            if isinstance(self.layout[slot_id], StateSlot):
                # A state is often changed in place, so the same object may be a new value.
                self.session.state[slot_id] = value
                changed = True
            else:
                changed = not same_value(self._values.get(slot_id), value)
                self._values[slot_id] = value
            if changed:
                self._follow(slot_id)
            return changed

    def _follow(self, slot_id: str) -> None:
        for node, condition in self.layout.conditions():
            if condition.slot_id == slot_id:
                visible = self._holds(condition, otherwise=self._visible[node.id])
                if visible != self._visible[node.id]:
                    self._visible[node.id] = visible
                    self._apply(node.id, Update(props={"visible": visible}))

    def _holds(self, condition: When, *, otherwise: bool) -> bool:
        value = self.value(condition.slot_id)
        try:
            return condition.holds(value)
        except Exception as exc:
            if value is not None:  # few predicates are written for an empty slot; for one that fails, nothing changes
                caller = user_code.Caller("when", lambda: f"{condition.slot_id}={one_line(value)}")
                self._tell(caller.error(exc), Chain(((Kind.CHANGE, condition.slot_id),)))
            return otherwise


class Shown:
    """Shows what a handler yields as it comes, or what it returns, each once."""

    def __init__(self, show: Callable[[Any], None]) -> None:
        self._show = show
        self._streamed = False

    def __call__(self, value: Any) -> None:
        self._streamed = True
        self._show(value)

    def finish(self, returned: Any) -> None:
        if not self._streamed and returned is not user_code.NOTHING:
            self._show(returned)


Inputs = list[tuple[str | None, Any]]


def _caller(step: Step, values: Inputs) -> user_code.Caller:
    return user_code.Caller(
        step.name,
        lambda: ", ".join(one_line(value) if name is None else f"{name}={one_line(value)}" for name, value in values),
    )
