"""A laid-out page: nodes as widgets, events tied to the runtime, nothing lost between threads."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets

from jupyter_spaces.errors import InputError
from jupyter_spaces.space import Space, update, when
from jupyter_spaces.space.components import Dropdown, Markdown, Number, Textbox
from jupyter_spaces.widgets.view.page import Page, PageButton
from jupyter_spaces.widgets.view.space_view import SpaceView
from tests.widgets.view.front_end import FrontEnd, until

Views = Callable[..., SpaceView]


def greeter(**options: Any) -> Space:
    """A row with a name and an answer, and a button."""
    space = Space("greeter", register=False, **options)
    with space.row():
        name = space.place(Textbox(), label="Name", name="name")
        answer = space.place(Textbox(), label="Answer", name="answer")
    greet = space.button("Greet", variant="primary", name="greet")
    greet.click(lambda text: f"Hello {text}", inputs=name, outputs=answer)
    return space


def page_of(view: SpaceView) -> Page:
    """The page of a view whose Space has a layout."""
    assert view.page is not None
    return view.page


def test_a_click_runs_its_handler_and_shows_what_it_gave(front_end: FrontEnd, view_of: Views) -> None:
    """From the page to the handler and back."""
    page = page_of(view_of(greeter()))
    front_end.type(page.widgets["name"], "Ada")
    front_end.send(page.widgets["greet"], do="click")
    until(lambda: page.widgets["answer"].value == "Hello Ada")


def test_what_only_handlers_write_is_shown_and_not_edited(front_end: FrontEnd, view_of: Views) -> None:
    """As a result of a form would be."""
    page = page_of(view_of(greeter()))
    assert page.widgets["name"].interactive
    assert not page.widgets["answer"].interactive


def test_a_button_waits_for_the_fields_of_its_page(front_end: FrontEnd, view_of: Views) -> None:
    """It knows their models (see `view.js`)."""
    page = page_of(view_of(greeter()))
    button = page.widgets["greet"]
    assert isinstance(button, PageButton)
    assert page.widgets["name"].model_id in front_end.state(button)["fields"]


def test_change_handlers_follow_the_visitor_and_each_other(front_end: FrontEnd, view_of: Views) -> None:
    """A change that a handler makes is a change too."""
    space = Space("chain", register=False)
    one = space.place(Number(), name="one")
    two = space.place(Number(), name="two")
    three = space.place(Number(), name="three")
    one.change(lambda n: n + 1, inputs=one, outputs=two)
    two.change(lambda n: n + 1, inputs=two, outputs=three)
    page = page_of(view_of(space))
    front_end.type(page.widgets["one"], "1")
    until(lambda: page.widgets["three"].value == 3)


def test_updates_change_choices_labels_and_visibility(front_end: FrontEnd, view_of: Views) -> None:
    """Of components, buttons, rows and folds."""
    space = Space("props", register=False)
    kind = space.place(Dropdown(["a", "b"]), name="kind")
    with space.row(name="row") as row, space.accordion("More", name="more") as more:
        space.place(Textbox(), name="inner")
    go = space.button("Go", name="go")

    def change() -> Any:
        return (
            update(choices=["x", "y"], label="Kind of"),
            update(label="Gone", interactive=False),
            update(visible=False),
            update(open=True, label="Less"),
        )

    go.click(change, outputs=[kind, go, row, more])
    page = page_of(view_of(space))
    front_end.send(page.widgets["go"], do="click")
    until(lambda: front_end.state(page.widgets["go"])["interactive"] is False)
    until(lambda: "jsp-gone" in page.widgets["row"]._dom_classes)
    until(lambda: page.widgets["more"].selected_index == 0)
    assert page.widgets["more"].titles == ("Less",)
    assert front_end.state(page.widgets["go"])["label"] == "Gone"
    assert front_end.state(page.widgets["kind"])["label"] == "Kind of"


def test_visibility_follows_a_slot(front_end: FrontEnd, view_of: Views) -> None:
    """`when` says it once, in both directions."""
    space = Space("when", register=False)
    kind = space.place(Dropdown(["text", "number"], default="text"), name="kind")
    space.place(Number(), name="number", visible=when(kind, "number"))
    page = page_of(view_of(space))
    assert page.widgets["number"].visible is False
    page.widgets["kind"].value = "number"
    until(lambda: page.widgets["number"].visible)
    page.widgets["kind"].value = "text"
    until(lambda: not page.widgets["number"].visible)


def test_load_and_timers(front_end: FrontEnd, view_of: Views) -> None:
    """Load runs when a view opens; a clock runs once per tick, however many pages show it."""
    space = Space("clock", register=False)
    shown = space.place(Number(), name="shown")
    count = space.state(0, name="count")
    clock = space.timer(0.2, name="clock")
    space.load(lambda: 100, outputs=shown)
    clock.tick(lambda n: (n + 1, n + 1), inputs=count, outputs=[count, shown])
    page = page_of(view_of(space))
    until(lambda: page.widgets["shown"].value == 100)
    assert front_end.state(page.strip)["timers"] == {"clock": 0.2}
    for _ in range(5):  # five pages ask in one breath
        front_end.send(page.strip, do="tick", timer="clock")
    until(lambda: page.widgets["shown"].value == 1)
    time.sleep(0.2)
    assert page.widgets["shown"].value == 1
    front_end.send(page.strip, do="tick", timer="clock")
    until(lambda: page.widgets["shown"].value == 2)


def test_a_handler_that_streams_is_shown_at_a_bearable_rate(front_end: FrontEnd, view_of: Views) -> None:
    """The last value comes, whatever was left out between."""
    space = Space("stream", register=False)
    shown = space.place(Number(), name="shown")
    go = space.button("Go", name="go")

    def count() -> Iterator[int]:
        for n in range(500):
            time.sleep(0.0005)
            yield n

    go.click(count, outputs=shown)
    page = page_of(view_of(space))
    front_end.send(page.widgets["go"], do="click")
    until(lambda: page.widgets["shown"].value == 499, timeout=20)
    assert len(front_end.updates_of(page.widgets["shown"], "_shown")) < 100


def test_errors_of_handlers_are_told(front_end: FrontEnd, view_of: Views) -> None:
    """At the slot that an InputError names, else in the strip; the next run takes both away."""
    space = Space("errors", register=False)
    text = space.place(Textbox(), name="text")
    go = space.button("Go", name="go")

    def check(value: str) -> None:
        if value == "bad":
            raise InputError("Not this.", parameter="text")
        if value == "worse":
            raise RuntimeError("no paint left")

    go.click(check, inputs=text)
    page = page_of(view_of(space))

    def click(value: str) -> None:
        front_end.type(page.widgets["text"], value)
        front_end.send(page.widgets["go"], do="click")

    click("bad")
    until(lambda: front_end.state(page.widgets["text"])["error"] == "Not this.")
    click("worse")
    until(lambda: front_end.state(page.strip)["error"].get("message") == "RuntimeError: no paint left")
    assert front_end.state(page.widgets["text"])["error"] == ""
    click("good")
    until(lambda: front_end.state(page.strip)["error"] == {})


def test_a_form_can_stand_in_a_layout(front_end: FrontEnd, view_of: Views) -> None:
    """Beside whatever else the page holds."""
    space = Space("mixed", register=False)

    @space.endpoint
    def double(n: int) -> int:
        return 2 * n

    with space.tabs(), space.tab("Double"):
        space.form(double)
    view = view_of(space)
    form = view.forms["double"]
    front_end.type(form.fields["n"], "4")
    front_end.send(form.strip, do="run")
    until(lambda: form.results[0].value == 8)


def test_reruns_keep_what_was_typed_and_leave_nothing_behind(front_end: FrontEnd, view_of: Views) -> None:
    """Also for a page."""
    space = greeter()
    view = view_of(space)
    front_end.type(page_of(view).widgets["name"], "Ada")
    registry = ipywidgets.widgets.widget._instances
    space.update_from(greeter())
    gc.collect()
    before = len(registry)
    for _ in range(20):
        space.update_from(greeter())
    gc.collect()
    assert len(registry) == before
    assert page_of(view).widgets["name"].value == "Ada"
    assert page_of(view).runtime.value("name") == "Ada"


def test_the_static_form_of_a_page_lists_its_slots(front_end: FrontEnd, view_of: Views) -> None:
    """In reading order, with their labels."""
    view = view_of(greeter(title="Greeter"))
    page = page_of(view)
    front_end.type(page.widgets["name"], "Ada")
    front_end.send(page.widgets["greet"], do="click")
    until(lambda: page.widgets["answer"].value == "Hello Ada")
    bundle = view.snapshot()
    assert bundle["text/plain"].splitlines() == ["Greeter", "Name: Ada", "Answer: Hello Ada"]
    assert "Hello Ada" in bundle["text/html"]


def test_a_clock_does_not_wipe_away_what_went_wrong(front_end: FrontEnd, view_of: Views) -> None:
    """An error stays until somebody tries again."""
    space = Space("clock", register=False)
    shown = space.place(Number(), name="shown")
    go = space.button("Go", name="go")
    clock = space.timer(0.05, name="clock")

    def broken() -> None:
        raise RuntimeError("no paint left")

    go.click(broken)
    clock.tick(lambda: time.monotonic(), outputs=shown)
    page = page_of(view_of(space))
    front_end.send(page.widgets["go"], do="click")
    until(lambda: front_end.state(page.strip)["error"])
    front_end.send(page.strip, do="tick", timer="clock")
    until(lambda: page.widgets["shown"].value)
    page._pump.flush()
    assert front_end.state(page.strip)["error"]["message"] == "RuntimeError: no paint left"


def test_what_is_made_for_showing_is_not_edited(front_end: FrontEnd, view_of: Views) -> None:
    """A paragraph between the fields is a paragraph."""
    space = Space("words", register=False)
    space.place(Markdown(default="Some *words*."), name="notes")
    assert not page_of(view_of(space)).widgets["notes"].interactive
