"""One component, one widget: how the two sides share what a field says."""

from __future__ import annotations

import re
from typing import Any

import ipywidgets
import pytest

from jupyter_spaces.errors import DefinitionError, InputError, SpacesError
from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import Field, close_tree, problem_of, set_props, widget_for
from tests.widgets.fields.wire import Wire

EVERY_KIND = [
    c.Textbox(), c.Textbox(lines=3), c.Code(), c.Markdown(), c.HTML(), c.JSON(), c.Number(), c.Slider(), c.Checkbox(),
    c.Radio(["a", "b"]), c.Dropdown(["a", "b"]), c.CheckboxGroup(["a", "b"]), c.ColorPicker(), c.DateTime(), c.Label(),
    c.HighlightedText(), c.Image(), c.ImageMask(), c.AnnotatedImage(), c.Gallery(), c.Audio(), c.Video(), c.File(),
    c.Files(), c.Model3D(), c.Dataframe(type="list"), c.Plot(), c.Chatbot(),
    c.Group({"width": c.Number(), "name": c.Textbox()}),
]  # fmt: skip


def kinds(component: c.Component[Any]) -> str:
    return component.kind


@pytest.mark.parametrize("component", EVERY_KIND, ids=kinds)
def test_every_component_has_a_widget_that_shows_its_example_and_can_be_emptied(component: c.Component[Any]) -> None:
    """Also every registered kind is in the list, so that none is forgotten."""
    widget = widget_for(component, label="Something", interactive=False)
    assert isinstance(widget, ipywidgets.DOMWidget)
    assert widget.value is None
    example = component.example()
    widget.value = example
    assert component.to_json(widget.value) == component.to_json(example)
    assert widget.label == "Something"
    widget.value = None
    assert widget.value is None


def test_no_kind_of_component_is_without_a_test_here() -> None:
    built_in = {
        kind for kind, cls in c.registered_components().items() if cls.__module__.startswith("jupyter_spaces.space")
    }
    assert built_in <= {component.kind for component in EVERY_KIND}


@pytest.mark.parametrize("component", EVERY_KIND, ids=kinds)
def test_every_component_takes_its_example_as_input(component: c.Component[Any]) -> None:
    widget = widget_for(component)
    widget.value = component.example()
    assert problem_of(widget) == ""
    assert component.to_json(widget.value) == component.to_json(component.example())


def test_what_a_person_types_becomes_the_python_value_and_is_not_sent_back(wire: Wire) -> None:
    field = widget_for(c.Number(integer=True))
    seen: list[Any] = []
    field.observe(lambda change: seen.append(change["new"]), "value")
    wire.say(field, "12")
    assert field.value == 12
    assert seen == [12]
    # An answer would move the caret of somebody who goes on typing.
    assert wire.updates(field, "_shown") == []


def test_what_python_sets_is_shown(wire: Wire) -> None:
    field = widget_for(c.Textbox())
    field.value = "hello"
    assert [shown["data"] for shown in wire.updates(field, "_shown")] == ["hello"]


def test_the_later_of_the_two_sides_is_what_a_reloaded_page_finds(wire: Wire) -> None:
    field = widget_for(c.Textbox())
    wire.say(field, "typed")
    # Typed after what Python showed last: its turn is above.
    assert field._typed["turn"] > field._shown["turn"]
    field.value = "set by Python"
    # Python repeats the turn that it has seen, so its own word is not below it.
    assert field._shown["turn"] == field._typed["turn"]


def test_an_update_of_python_that_crosses_a_keystroke_does_not_win_over_it(wire: Wire) -> None:
    field = widget_for(c.Textbox())
    field.value = "from Python"
    late = {"turn": field._shown["turn"] + 1, "data": "typed before that arrived"}
    field._typed = late
    assert field.value == "typed before that arrived"


def test_an_observer_that_corrects_an_entry_is_shown(wire: Wire) -> None:
    field = widget_for(c.Textbox())
    field.observe(lambda change: setattr(field, "value", change["new"].strip()), "value")
    wire.say(field, " spaces ")
    assert field.value == "spaces"
    assert [shown["data"] for shown in wire.updates(field, "_shown")] == ["spaces"]


def test_a_refused_entry_says_why_and_keeps_the_last_good_value(wire: Wire) -> None:
    field = widget_for(c.Slider(1, 50, default=20))
    wire.say(field, "99")
    assert field.value == 20
    assert problem_of(field) == "99 is above the maximum 50 (the range is 1 to 50)."
    wire.say(field, "30")
    assert (field.value, problem_of(field)) == (30, "")


def test_python_cannot_set_what_the_component_refuses() -> None:
    field = widget_for(c.Slider(1, 50))
    with pytest.raises(InputError, match="99 is above the maximum 50"):
        field.value = 99
    assert field.value == 1


@pytest.mark.parametrize("said", [None, 7, "x", {"turn": "1", "data": "x"}, {"turn": True, "data": "x"}, {"turn": -1}])
def test_nonsense_from_a_page_changes_nothing(said: Any) -> None:
    field = widget_for(c.Textbox(default="kept"))
    field._typed = said
    assert (field.value, field.error) == ("kept", "")


def test_a_page_cannot_write_into_a_field_that_only_shows(wire: Wire) -> None:
    field = widget_for(c.Textbox(), interactive=False)
    field.value = "result"
    wire.say(field, "forged")
    assert field.value == "result"


def test_enter_in_a_field_reaches_whoever_asked_for_it(wire: Wire) -> None:
    field = widget_for(c.Textbox())
    submitted: list[Field] = []
    field.on_submit(submitted.append)
    wire.tell(field, {"jsp": "submit"})
    assert submitted == [field]


def test_properties_change_in_place_and_a_value_that_no_longer_fits_is_dropped(wire: Wire) -> None:
    field = widget_for(c.Dropdown(["small", "large"], default="large"), label="Size")
    set_props(field, choices=["red", "blue"], label="Colour", info="Of the boat", visible=False)
    assert (field.label, field.info, field.visible) == ("Colour", "Of the boat", False)
    assert field.props["choices"] == ["red", "blue"]
    assert field.value == "red"
    # One message, so that the page never draws the new choices with the old place.
    updates = [data["state"] for _, kind, data, _ in wire.sent if kind == "comm_msg"]
    states = [state for state in updates if "props" in state]
    assert ["_shown" in state for state in states] == [True]


def test_an_unknown_property_is_named_with_the_closest_one() -> None:
    field = widget_for(c.Slider(1, 50))
    with pytest.raises(DefinitionError, match=r"Slider has no option 'maximun'\. Did you mean 'maximum'\?"):
        set_props(field, maximun=10)


def test_properties_also_reach_a_stock_widget() -> None:
    slider = ipywidgets.IntSlider()
    set_props(slider, label="Steps", interactive=False, visible=False, max=7)
    assert (slider.description, slider.disabled, slider.layout.display, slider.max) == ("Steps", True, "none", 7)
    with pytest.raises(SpacesError, match=r"IntSlider has no property 'maxx'. Did you mean 'max'\?"):
        set_props(slider, maxx=3)


@pytest.mark.parametrize("component", EVERY_KIND, ids=kinds)
def test_closing_a_tree_leaves_no_model_behind(component: c.Component[Any]) -> None:
    before = set(ipywidgets.widgets.widget._instances)
    close_tree(ipywidgets.VBox([widget_for(component), ipywidgets.IntSlider()]))
    assert set(ipywidgets.widgets.widget._instances) == before


def test_a_field_costs_two_models_of_a_few_bytes(wire: Wire) -> None:
    """What draws it is a model of its own, opened before it and once for all fields of a kind."""
    for _ in range(3):
        for component in EVERY_KIND[:15]:
            widget_for(component)
    opened = [state for _, kind, data, _ in wire.sent if kind == "comm_open" for state in [data["state"]]]
    modules = [state["name"] for state in opened if "script" in state]
    assert len(modules) == len(set(modules)) < 15
    assert len(opened) - len(modules) == 3 * 30
    fields = [state for state in opened if state["_model_name"] == "AnyModel"]
    assert max(len(state["_esm"]) for state in fields) < 1000
    assert {state["_css"] for state in fields} == {""}  # a style sheet that is written again restyles the whole page


def test_instances_of_a_field_share_one_class() -> None:
    """anywidget adds traits per instance, which would make a class for every widget of every re-run."""
    assert type(widget_for(c.Textbox())) is type(widget_for(c.Textbox()))


def test_a_component_of_an_unknown_kind_is_edited_as_json(wire: Wire) -> None:
    class Odd(c.Component[Any]):
        kind = "odd"

    field = widget_for(Odd())
    wire.say(field, '{"a": [1, 2]}')
    assert field.value == {"a": [1, 2]}
    wire.say(field, "{")
    assert re.match("This is not JSON: ", field.error)


def test_the_component_decides_whether_it_is_an_input() -> None:
    assert widget_for(c.Image(interactive=True), interactive=False).interactive
    assert not widget_for(c.Textbox(interactive=False)).interactive
