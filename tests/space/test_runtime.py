"""One visitor's page at work, driven without any widget."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from jupyter_spaces import Checkbox, Dropdown, Number, Progress, Session, Slider, Space, Textbox, update, when
from jupyter_spaces.errors import CallError, DefinitionError, InputError, ResultError
from jupyter_spaces.jobs import assign_device
from jupyter_spaces.space import Runtime, Update


class Page:
    """A view that only writes down what it is told."""

    def __init__(self, space, session=None):
        self.applied = []
        self.errors = []
        self.jobs = []
        self.runtime = Runtime(
            space,
            session or space.session(),
            lambda node_id, change: self.applied.append((node_id, change)),
            on_job=lambda job, step: self.jobs.append((step.name, job)),
            on_error=lambda error, chain: self.errors.append(error),
        )

    def do(self, kind, node):
        self.runtime.fire(kind, node.id)
        assert self.runtime.wait(10)

    def set(self, node, value):
        self.runtime.set(node.id, value)
        assert self.runtime.wait(10)

    def value(self, node):
        return self.runtime.value(node.id)


def make():
    space = Space("test")
    return space, space.place(Textbox(), name="a"), space.place(Textbox(), name="b"), space.button("Go", name="go")


def test_a_click_runs_the_function_as_a_job_and_shows_the_result() -> None:
    space, a, b, go = make()

    def upper(text: str, progress: Progress, session: Session) -> str:
        progress(1.0, "done")
        session.state["seen"] = text
        return text.upper()

    go.click(upper, inputs=a, outputs=b)
    page = Page(space)
    page.set(a, "boat")
    page.do("click", go)
    assert page.value(b) == "BOAT"
    assert page.applied == [("b", Update("BOAT"))]
    assert page.jobs[0][0] == "upper"
    assert page.jobs[0][1].progress.text == "done"
    assert space.session().state["seen"] == "boat"


def test_components_start_with_their_defaults() -> None:
    space = Space("test")
    steps = space.place(Slider(1, 50, default=20))
    assert Page(space).value(steps) == 20
    with pytest.raises(DefinitionError, match="has no layout"):
        Page(Space("other"))


def test_several_inputs_outputs_and_a_dict_by_slot() -> None:
    space, a, b, go = make()
    stop = space.button("By slot")
    go.click(lambda x, y: (y, x), inputs=[a, b], outputs=[a, b])
    stop.click(lambda: {b: "only b"}, outputs=[a, b])
    page = Page(space)
    page.set(a, "1")
    page.set(b, "2")
    page.do("click", go)
    assert (page.value(a), page.value(b)) == ("2", "1")
    page.do("click", stop)
    assert (page.value(a), page.value(b)) == ("2", "only b")


def test_updates_change_choices_label_and_visibility_for_this_session_only() -> None:
    space = Space("test")
    style = space.place(Dropdown(["oil", "ink"]), name="style")
    go = space.button("Go", name="go")
    row = None
    with space.row(name="row"):
        row = space.layout["row"]
    go.click(
        lambda: (update("water", choices=["water"], label="Kind"), update(visible=False), update(label="Again")),
        outputs=[style, row, go],
    )
    page, other = Page(space), Page(space, space.sessions.open())
    page.do("click", go)
    assert page.errors == []
    assert [node_id for node_id, _ in page.applied] == ["style", "row", "go"]
    assert page.applied[0][1] == Update("water", {"choices": ["water"], "label": "Kind"})
    # Later values are checked against the new choices, here and only here.
    assert page.runtime.components["style"].check("water") == "water"
    with pytest.raises(InputError):
        other.runtime.components["style"].check("water")


def test_a_generator_shows_every_value_and_can_be_stopped() -> None:
    space, _a, b, go = make()
    stop = space.button("Stop")
    closed = threading.Event()

    def count() -> Iterator[str]:
        number = 0
        try:
            while True:
                yield str(number)
                number += 1
                time.sleep(0.001)
        finally:
            closed.set()

    chain = go.click(count, outputs=b)
    stop.click(cancels=chain)
    page = Page(space)
    page.runtime.fire("click", "go")
    while len(page.applied) < 3:
        time.sleep(0.001)
    page.do("click", stop)
    assert closed.wait(5)
    assert page.applied[0] == ("b", Update("0"))
    assert page.errors == []


def test_async_handlers() -> None:
    space, a, b, go = make()

    async def slow(text):
        await asyncio.sleep(0.001)
        return text + "!"

    async def stream():
        for word in ("x", "y"):
            yield word

    go.click(slow, inputs=a, outputs=b).then(stream, outputs=a).then(lambda: update(), outputs=a)
    page = Page(space)
    page.set(a, "hi")
    page.do("click", go)
    assert (page.value(b), page.value(a)) == ("hi!", "y")
    # Each value is shown once, and an empty update shows nothing.
    assert page.applied == [("b", Update("hi!")), ("a", Update("x")), ("a", Update("y"))]


@pytest.mark.parametrize("fails", [True, False])
def test_a_chain_goes_on_by_how_the_last_step_came_out(fails: Any) -> None:
    space, _a, _b, go = make()
    ran = []

    def first():
        ran.append("first")
        if fails:
            raise ValueError("broken")

    def note(name):
        return lambda: ran.append(name)

    chain = go.click(first)
    chain.on_success(note("success")).on_error(note("error")).then(note("then")).on_error(note("no error left"))
    page = Page(space)
    page.do("click", go)
    assert ran == ["first", "error" if fails else "success", "then"]
    assert page.errors == []  # somebody handled it


def test_an_error_step_receives_the_exception() -> None:
    space, _a, b, go = make()

    def explain(error: Exception) -> str:
        return str(error)

    go.click(lambda: 1 / 0).on_error(explain, outputs=b)
    page = Page(space)
    page.do("click", go)
    assert page.value(b) == "<lambda>() failed: ZeroDivisionError: division by zero"


def test_a_failure_that_nobody_handles_is_told() -> None:
    space, a, b, go = make()

    def divide(x):
        return 1 / 0

    go.click(divide, inputs=a, outputs=b).on_success(lambda: None)
    page = Page(space)
    page.set(a, "1")
    page.do("click", go)
    (error,) = page.errors
    assert isinstance(error, CallError)
    assert str(error) == "divide('1') failed: ZeroDivisionError: division by zero"
    assert isinstance(error.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("returned", "outputs", "message"),
    [
        (3, ["a"], r"handler\(\) returned 3 for 'a', which Textbox refuses: 3 is not accepted here"),
        ((1, 2, 3), ["a", "b"], r"handler\(\) has 2 outputs and returned 3 values"),
        ("x", [], r"handler\(\) returned 'x', and no output takes it. Write outputs=slot"),
        ("x", ["go"], r"handler\(\) returned the value 'x' for 'go', a ButtonSlot. Return update\(...\) with visible"),
        (update(colour="red"), ["go"], "the property 'colour' for 'go'"),
        (update(visible=when), ["a"], r"handler\(\) returned update\(visible=<function when.*says True or False"),
        (update(visible=True), ["state"], "for the state 'state', which only has a value"),
    ],
)
def test_a_handler_that_returns_the_wrong_thing(returned: Any, outputs: Any, message: Any) -> None:
    space, _a, _b, go = make()
    space.state(name="state")

    def handler():
        return returned

    go.click(handler, outputs=[space.layout[name] for name in outputs])
    page = Page(space)
    page.do("click", go)
    with pytest.raises(ResultError, match=message):
        raise page.errors[0]
    assert page.applied == []


def test_an_unknown_property_of_a_component_is_named() -> None:
    space, a, _b, go = make()
    go.click(lambda: update(lable="x"), outputs=a)
    page = Page(space)
    page.do("click", go)
    assert "has no option 'lable'. Did you mean 'label'" in str(page.errors[0])


def test_a_value_that_its_slot_refuses_never_reaches_the_function() -> None:
    space = Space("test")
    steps = space.place(Slider(1, 50), label="Steps")
    ran = []
    go = space.button("Go")
    go.click(ran.append, inputs=steps)
    page = Page(space)
    page.set(steps, 70)
    page.do("click", go)
    assert ran == []
    with pytest.raises(InputError, match="Steps: 70 is above the maximum 50"):
        raise page.errors[0]


def test_change_follows_visitors_and_handlers_and_input_only_visitors() -> None:
    space, a, b, _go = make()
    seen = []
    b.change(lambda value: seen.append(("change", value)), inputs=b)
    b.input(lambda value: seen.append(("input", value)), inputs=b)
    a.change(lambda value: value.upper(), inputs=a, outputs=b)
    page = Page(space)
    page.set(a, "x")
    assert seen == [("change", "X")]
    page.set(b, "typed")
    assert sorted(seen[1:]) == [("change", "typed"), ("input", "typed")]
    # A view that reports what it was told to show starts nothing.
    seen.clear()
    page.set(b, "typed")
    assert seen == []


def test_a_circle_of_changes_is_stopped_and_told() -> None:
    space = Space("test")
    a, b = space.place(Number(), name="a"), space.place(Number(), name="b")
    a.change(lambda value: value + 1, inputs=a, outputs=b)
    b.change(lambda value: value + 1, inputs=b, outputs=a)
    page = Page(space)
    page.set(a, 0)
    with pytest.raises(DefinitionError, match=r"change events answer one another in a circle.*Use .input"):
        raise page.errors[0]


def test_two_slots_that_mirror_each_other_come_to_rest() -> None:
    space, a, b, _go = make()
    a.change(lambda value: value, inputs=a, outputs=b)
    b.change(lambda value: value, inputs=b, outputs=a)
    page = Page(space)
    page.set(a, "x")
    assert page.value(b) == "x"
    assert page.errors == []


def test_visibility_follows_a_slot() -> None:
    space = Space("test")
    advanced = space.place(Checkbox(default=False), name="advanced")
    with space.row(visible=when(advanced), name="row"):
        space.place(Slider(1, 5))
    kind = space.place(Dropdown(["text", "image"], default="text"))
    space.place(Textbox(), visible=when(kind, "image"), name="caption")
    page = Page(space)
    assert not page.runtime.is_visible("row")
    assert page.runtime.is_visible("advanced")
    page.set(advanced, True)
    assert page.applied == [("row", Update(props={"visible": True}))]
    page.set(kind, "image")
    assert page.runtime.is_visible("caption")
    # By hand too, and what a handler hid comes back when its condition says so.
    page.set(advanced, False)
    assert page.applied[-1] == ("row", Update(props={"visible": False}))
    hide = space.button("Hide")
    hide.click(lambda: update(visible=False), outputs=space.layout["caption"])
    page.do("click", hide)
    assert not page.runtime.is_visible("caption")
    page.set(kind, "text")
    page.set(kind, "image")
    assert page.runtime.is_visible("caption")


def test_a_predicate_that_fails_changes_nothing_and_is_told():
    space = Space("test")
    count = space.place(Number(), name="count")
    space.place(Textbox(), visible=when(count, lambda n: 10 / n > 3), name="note")
    page = Page(space)
    assert not page.runtime.is_visible("note")  # empty, and nobody is bothered
    assert page.errors == []
    page.set(count, 2)
    assert page.runtime.is_visible("note")
    page.set(count, 0)
    assert page.runtime.is_visible("note")
    assert str(page.errors[0]) == "when(count=0) failed: ZeroDivisionError: division by zero"


def test_state_belongs_to_a_session() -> None:
    space, a, b, go = make()
    seen = space.state([], name="seen")
    made = space.state(dict)

    def remember(text, history):
        return [*history, text], f"{len(history) + 1} so far"

    go.click(remember, inputs=[a, seen], outputs=[seen, b])
    page, other = Page(space), Page(space, space.sessions.open())
    for text in ("x", "y"):
        page.set(a, text)
        page.do("click", go)
    assert page.value(seen) == ["x", "y"]
    assert page.value(b) == "2 so far"
    assert other.value(seen) == []
    assert page.value(made) == {}
    assert ("seen", Update(["x", "y"])) not in page.applied  # nobody sees a state
    assert Page(space, page.runtime.session).value(seen) == ["x", "y"]  # a second view of the same session


def test_load_and_timers() -> None:
    space, a, _b, _go = make()
    space.load(lambda: "welcome", outputs=a)
    clock = space.timer(0.5)
    ticks = []
    clock.tick(lambda: ticks.append(1))
    page = Page(space)
    page.runtime.start()
    page.runtime.wait(10)
    assert page.value(a) == "welcome"
    page.do("tick", clock)
    assert ticks == [1]
    assert list(space.layout.timers.values()) == [clock]


def test_what_a_second_trigger_does_while_the_first_runs() -> None:
    space, a, _b, go = make()
    ran, gate = [], threading.Event()

    def work(text):
        ran.append(text)
        gate.wait(10)

    go.click(work, inputs=a)
    a.change(work, inputs=a)
    page = Page(space)
    page.runtime.set("a", "1")
    while not ran:
        time.sleep(0.001)
    # "last": of what is typed meanwhile only the newest counts.
    for text in ("2", "3", "4"):
        page.runtime.set("a", text)
    gate.set()
    page.runtime.wait(10)
    assert ran == ["1", "4"]
    # "once": impatient clicks do nothing.
    ran.clear()
    gate.clear()
    for _ in range(3):
        page.runtime.fire("click", "go")
    while not ran:
        time.sleep(0.001)
    gate.set()
    page.runtime.wait(10)
    assert ran == ["4"]


def test_always_runs_side_by_side() -> None:
    space, _a, _b, go = make()
    inside, both = [], threading.Event()

    def meet():
        inside.append(1)
        if len(inside) == 2:
            both.set()
        assert both.wait(10)

    go.click(meet, mode="always")
    page = Page(space)
    page.runtime.fire("click", "go")
    page.runtime.fire("click", "go")
    assert page.runtime.wait(10)
    assert page.errors == []


def test_a_closed_page_stops_its_work_and_starts_no_more() -> None:
    space, a, b, go = make()

    def forever() -> Iterator[str]:
        while True:
            yield str(time.time())
            time.sleep(0.001)

    go.click(forever, outputs=b).then(lambda: "never", outputs=a)
    page = Page(space)
    page.runtime.fire("click", "go")
    while not page.applied:
        time.sleep(0.001)
    page.runtime.close()
    assert page.runtime.wait(10)
    assert page.value(a) is None
    assert page.runtime.fire("click", "go") == []


def test_a_light_handler_never_waits_behind_a_model() -> None:
    class Model: ...

    model, gate = Model(), threading.Event()
    assign_device(model, "test:1")
    space, a, b, go = make()

    def paint():
        assert model
        gate.wait(10)
        return "painted"

    go.click(paint, outputs=b)
    a.change(lambda text: None, inputs=a)
    page = Page(space)
    page.runtime.fire("click", "go")
    (run,) = [page.runtime.fire("change", "a")[0]]
    assert run.wait(5)
    assert page.jobs[0][1].device == "test:1"
    assert page.jobs[1][1].device is None
    gate.set()
    assert page.runtime.wait(10)


def test_arrays_as_values_are_compared_without_surprise() -> None:
    space = Space("test")
    state, go = space.state(np.zeros(3)), space.button("Go")
    go.click(lambda array: array + 1, inputs=state, outputs=state)
    page = Page(space)
    page.do("click", go)
    assert page.errors == []
    assert page.value(state).tolist() == [1, 1, 1]
