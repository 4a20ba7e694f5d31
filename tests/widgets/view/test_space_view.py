"""The view of a Space: built once per session, updated in place, freed without a trace."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import ipywidgets
import psutil
import pytest

from jupyter_spaces.space import Session, Space
from jupyter_spaces.space.components import Slider
from jupyter_spaces.widgets.view import build_view
from jupyter_spaces.widgets.view.space_view import SpaceView
from tests.widgets.view.front_end import FrontEnd, until

Views = Callable[..., SpaceView]


def shout(text: str, times: Annotated[int, Slider(1, 5)] = 1) -> str:
    """Say it louder."""
    return text.upper() * times


def whisper(text: str) -> str:
    """Say it softly."""
    return text.lower()


def test_one_endpoint_is_a_form_and_several_are_tabs(front_end: FrontEnd, view_of: Views) -> None:
    """A title above, the docstring of the only endpoint as the description."""
    one = view_of(Space.from_function(shout, title="Shouter"))
    head = front_end.state(one.root.children[0])["value"]
    assert "<h2>Shouter</h2>" in head
    assert "Say it louder." in head
    several = view_of(Space.from_namespace("voices", [shout, whisper]))
    tabs = several.root.children[1]
    assert list(tabs.titles) == ["Shout", "Whisper"]


def test_what_an_author_writes_is_sanitised(front_end: FrontEnd, view_of: Views) -> None:
    """A description is Markdown, and no script of it reaches the page."""
    space = Space.from_function(shout, title="<i>x</i>", description="**bold** <script>alert(1)</script>")
    head = front_end.state(view_of(space).root.children[0])["value"]
    assert "<strong>bold</strong>" in head
    assert "<script" not in head
    assert "<i>" not in head


def test_custom_css_is_confined_to_its_view(front_end: FrontEnd, view_of: Views) -> None:
    """It is nested in the view's class, and cannot close its element."""
    view = view_of(Space.from_function(shout, css="h2 { color: teal } </style><b>"))
    head = front_end.state(view.root.children[0])["value"]
    assert f"<style>.{view.name} {{" in head
    assert head.count("</style>") == 1


def test_a_view_has_few_models(front_end: FrontEnd, view_of: Views) -> None:
    """Building a page costs time per model: one per component, and ten for all the rest."""
    modules = {"entry", "job-strip", "view-panel"}  # in the page once, however many views there are
    for views in range(1, 4):
        view_of(Space.from_function(shout))
        assert len(front_end.open) <= views * (3 + 10) + len(modules)


def test_the_fields_of_a_view_are_whole_when_they_are_opened(front_end: FrontEnd, view_of: Views) -> None:
    """A class or a value that came later would be a message for each of them."""
    view = view_of(Space.from_function(shout))
    field = view.forms["shout"].fields["text"]
    assert "jsp-param-text" in front_end.state(field)["_dom_classes"]
    assert [state for model_id, state, _ in front_end.updates if model_id == field.model_id] == []


def test_running_the_cell_again_keeps_the_root_and_what_was_typed(front_end: FrontEnd, view_of: Views) -> None:
    """Same root; a value that still fits stays; one that does not gives way to the new default."""
    space = Space.from_function(shout)
    view = view_of(space)
    root, old = view.root, view.forms["shout"]
    front_end.type(old.fields["text"], "keep me")
    front_end.type(old.fields["times"], "5")

    def shout_again(text: str, times: Annotated[int, Slider(1, 3)] = 2, mood: str = "glad") -> str:
        return text

    shout_again.__name__ = "shout"
    space.update_from(Space.from_function(shout_again, name="shout"))
    form = view.forms["shout"]
    assert view.root is root
    assert form is not old
    assert form.values() == {"text": "keep me", "times": 2, "mood": "glad"}
    assert front_end.state(form.fields["text"])["_shown"]["data"] == "keep me"


def test_a_default_that_nobody_touched_follows_the_code(front_end: FrontEnd, view_of: Views) -> None:
    """Only what was typed is kept."""

    def with_default(n: int) -> Space:
        def pick(steps: int = n) -> int:
            return steps

        return Space.from_function(pick)

    space = with_default(10)
    view = view_of(space)
    space.update_from(with_default(30))
    assert view.forms["pick"].values() == {"steps": 30}


def test_a_second_view_shows_the_running_job_from_its_start(front_end: FrontEnd, view_of: Views) -> None:
    """What was printed and yielded before it was opened included; and it can stop the job."""

    def stream() -> Iterator[str]:
        print("loading")
        for n in range(10_000):
            time.sleep(0.005)
            yield f"token {n}"

    space = Space.from_function(stream)
    first = view_of(space).forms["stream"]
    front_end.send(first.strip, do="run")
    until(lambda: first.results[0].value)
    second = view_of(space).forms["stream"]
    until(lambda: second.results[0].value)
    until(lambda: "loading" in front_end.state(second.strip)["log"])
    assert front_end.state(second.strip)["job"]["status"] == "running"
    front_end.send(second.strip, do="stop")
    for form in (first, second):
        until(lambda form=form: front_end.state(form.strip)["job"]["status"] == "cancelled")


def test_sessions_do_not_see_each_other(front_end: FrontEnd, view_of: Views) -> None:
    """One visitor's run is not another's."""
    space = Space.from_function(shout)
    ada, grace = (view_of(space, Session(name)).forms["shout"] for name in ("ada", "grace"))
    front_end.type(ada.fields["text"], "secret")
    front_end.send(ada.strip, do="run")
    until(lambda: front_end.state(ada.strip)["job"]["status"] == "done")
    assert front_end.state(grace.strip)["job"] == {"status": ""}
    assert not grace.results[0].value


def test_a_run_that_outlives_its_cell_goes_on_in_the_new_form(front_end: FrontEnd, view_of: Views) -> None:
    """Running the cell again during a run neither kills nor hides it; a finished result of old code goes."""
    release = threading.Event()

    def wait(n: int = 1) -> int:
        release.wait(10)
        return n

    space = Space.from_function(wait)
    view = view_of(space)
    front_end.send(view.forms["wait"].strip, do="run")
    until(lambda: front_end.state(view.forms["wait"].strip)["job"]["status"] == "running")
    space.update_from(Space.from_function(wait))
    form = view.forms["wait"]
    until(lambda: front_end.state(form.strip)["job"]["status"] == "running")
    release.set()
    until(lambda: form.results[0].value == 1)
    space.update_from(Space.from_function(wait))
    assert front_end.state(view.forms["wait"].strip)["job"] == {"status": ""}


def test_a_hundred_reruns_leave_everything_where_it_was(front_end: FrontEnd, view_of: Views) -> None:
    """Comms, widgets, threads and memory."""
    space = Space.from_function(shout, examples=[{"text": "a"}])
    view = view_of(space)
    registry = ipywidgets.widgets.widget._instances

    def rerun() -> None:
        space.update_from(Space.from_function(shout, examples=[{"text": "a"}]))
        front_end.type(view.forms["shout"].fields["text"], "x")
        front_end.send(view.forms["shout"].strip, do="run")
        until(lambda: front_end.state(view.forms["shout"].strip)["job"]["status"] == "done")
        front_end.updates.clear()

    for _ in range(10):
        rerun()
    gc.collect()
    models, comms, threads = len(registry), len(front_end.open), threading.active_count()
    objects, memory = len(gc.get_objects()), psutil.Process().memory_info().rss
    for _ in range(100):
        rerun()
    gc.collect()
    assert (len(registry), len(front_end.open)) == (models, comms)
    assert threading.active_count() <= threads
    assert len(gc.get_objects()) - objects < 2000
    assert psutil.Process().memory_info().rss - memory < 8 * 2**20


@pytest.mark.parametrize("end", ["view", "root", "space"])
def test_closing_frees_every_model(front_end: FrontEnd, end: str) -> None:
    """However it is closed: by its view, as a widget, or because its Space is gone."""
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    space = Space.from_function(shout, article="The end.")
    root: Any = build_view(space)
    assert len(set(registry) - before) > 5
    {"view": root.view.close, "root": root.close, "space": space.close}[end]()
    assert set(registry) - before == set()
    assert front_end.open == {}


def test_a_click_on_a_closed_view_does_nothing(front_end: FrontEnd, view_of: Views) -> None:
    """A page may still send what was on its way."""
    view = view_of(Space.from_function(shout))
    form = view.forms["shout"]
    view.close()
    form._hear(form.strip, {"do": "run"}, [])
    assert view.pump.flush()


def test_the_static_form_shows_the_last_result(front_end: FrontEnd, view_of: Views) -> None:
    """Whoever keeps a static form is told when a run is over, not at every step."""
    view = view_of(Space.from_function(shout, title="Shouter"))
    seen: list[dict[str, Any]] = []
    view.on_settled(seen.append)
    front_end.send(view.forms["shout"].strip, do="shown")
    until(lambda: len(seen) == 1)
    front_end.type(view.forms["shout"].fields["text"], "ho")
    front_end.send(view.forms["shout"].strip, do="run")
    until(lambda: len(seen) == 2)
    assert seen[1]["text/plain"].splitlines() == ["Shouter", "shout(text='ho', times=1)", "  HO"]
