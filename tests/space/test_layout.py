"""Layout and events as data, built by the methods of a Space."""

import pytest

from jupyter_spaces import Image, Slider, Space, Textbox, when
from jupyter_spaces.errors import DefinitionError, DuplicateNameError, InputError
from jupyter_spaces.space import (
    Accordion,
    ButtonSlot,
    Column,
    Condition,
    Form,
    Group,
    Kind,
    Row,
    Slot,
    Tab,
    Tabs,
)


def paint(prompt: str) -> str:
    return prompt


def test_a_space_without_placed_things_has_no_layout() -> None:
    assert Space.from_function(paint).layout is None


def test_the_tree_follows_the_with_blocks() -> None:
    space = Space.from_function(paint)
    with space.row():
        with space.column(scale=2):
            prompt = space.place(Textbox(), label="Prompt", name="prompt")
            with space.accordion("More", open=True):
                space.place(Slider(1, 50), label="Steps")
        with space.group():
            space.place(Image)
    with space.tabs(), space.tab("Automatic"):
        space.form(paint)
    go = space.button("Go", variant="primary")

    kinds = [type(node) for node in space.layout.root.walk()]
    assert kinds == [Column, Row, Column, Slot, Accordion, Slot, Group, Slot, Tabs, Tab, Form, ButtonSlot]
    assert (prompt.id, prompt.label, go.id) == ("prompt", "Prompt", "button-1")
    assert [slot.id for slot in space.layout.slots.values()] == ["prompt", "slider-1", "image-1"]
    assert space.layout.root.children[0].children[0].scale == 2
    assert list(space.endpoints) == ["paint"]


def test_views_hear_of_whole_blocks() -> None:
    space = Space("test")
    told = []
    space.subscribe(lambda _, change: told.append(len(list(space.layout.root.walk()))))
    with space.row():
        space.place(Textbox())
        space.place(Textbox())
    space.button("Go")
    assert told == [4, 5]


def test_an_exception_in_a_block_closes_the_blocks_inside() -> None:
    space = Space("test")

    def build():
        with space.row():
            space.column().__enter__()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        build()
    below = space.place(Textbox())
    assert space.layout.root.children[-1] is below


def test_mistakes_in_the_tree() -> None:
    space = Space("test")
    space.place(Textbox(), name="a")
    with pytest.raises(DuplicateNameError, match="something on the page is named 'a' already"):
        space.place(Textbox(), name="a")
    with pytest.raises(DefinitionError, match=r"a tab stands in tabs: write `with space.tabs\(\):`"):
        space.tab("x").__enter__()
    with space.tabs(), pytest.raises(DefinitionError, match="tabs hold tabs only"):
        space.place(Textbox())
    with pytest.raises(DefinitionError, match=r"space\.place takes a component, got 3"):
        space.place(3)
    with pytest.raises(DefinitionError, match=r"has no option 'lable'\. Did you mean 'label'"):
        space.place(Textbox(), lable="x")
    with pytest.raises(DefinitionError, match="no variant 'big'; it is one of primary"):
        space.button("Go", variant="big")
    with pytest.raises(DefinitionError, match=r"a timer ticks every 0\.05 seconds at most"):
        space.timer(0)
    with pytest.raises(
        DefinitionError, match=r"there is no endpoint \'nothing\' whose form could stand here\. Define it above"
    ):
        space.form("nothing")
    with pytest.raises(InputError, match=r"when\(\) follows a slot"):
        when("a", bool)


def test_events_are_data() -> None:
    space = Space("test")
    a, b = space.place(Textbox(), name="a"), space.place(Textbox(), name="b")
    go = space.button("Go", name="go")

    def upper(text):
        return text.upper()

    def failed(error: Exception):
        return str(error)

    chain = go.click(upper, inputs=a, outputs=b).on_success(upper, inputs=[b], outputs=[a]).on_error(failed, outputs=a)
    assert chain.triggers == ((Kind.CLICK, "go"),)
    assert [(step.name, step.condition) for step in chain.steps] == [
        ("upper", Condition.ALWAYS),
        ("upper", Condition.SUCCESS),
        ("failed", Condition.ERROR),
    ]
    assert chain.steps[0].inputs == ((None, "a"),)
    assert chain.steps[0].outputs == ("b",)
    assert list(chain.steps[2].injected) == ["error"]
    assert space.layout.events.of((Kind.CLICK, "go")) == [chain]
    assert a.change(upper, inputs={"text": a}, outputs=b).steps[0].inputs == (("text", "a"),)
    both = space.on([(go, "click"), (a, "submit")], upper, inputs=a, outputs=b)
    assert both.triggers == ((Kind.CLICK, "go"), (Kind.SUBMIT, "a"))


def test_mistakes_in_events_are_told_where_they_are_made() -> None:
    space = Space("test")
    a, go = space.place(Textbox()), space.button("Go")

    def two(x, y):
        return x

    with pytest.raises(
        DefinitionError, match=r"two\(x, y\) does not fit its 1 input: missing a required argument: 'y'"
    ):
        go.click(two, inputs=a)
    with pytest.raises(DefinitionError, match=r"an event has no option 'input'. Did you mean 'inputs'"):
        go.click(two, input=a)
    with pytest.raises(DefinitionError, match=r"the inputs and outputs of two\(\) are slots, got 'prompt'"):
        go.click(two, inputs=[a, "prompt"])
    with pytest.raises(DefinitionError, match="a handler is a function, got 3"):
        go.click(3)
    with pytest.raises(DefinitionError, match="an event needs a function"):
        go.click()
    with pytest.raises(DefinitionError, match="mode='twice' is none of"):
        go.click(lambda: None, mode="twice")
    with pytest.raises(DefinitionError, match="a ButtonSlot has no event 'submit'; it has click"):
        space.on([(go, "submit")], lambda: None)
