"""Components that somebody else makes: one decorator, one entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import anywidget
import jsonschema
import pytest
import traitlets as t
from ipywidgets import VBox

from jupyter_spaces import component
from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import problem_of, set_props, static_form, widget_for
from jupyter_spaces.widgets.custom import schema_of
from tests.widgets.fields.wire import Wire

PACKAGE = Path(__file__).parent.parent / "example_component_package"


@pytest.fixture
def rating() -> Any:
    @component(kind="rating-in-a-test", example=3)
    class Rating(anywidget.AnyWidget):
        """Stars."""

        _esm = "export default { render() {} }"
        value = t.Int(0, min=0, max=5).tag(sync=True)
        symbol = t.Unicode("★").tag(sync=True)
        disabled = t.Bool(False).tag(sync=True)

    return Rating


def test_a_widget_class_becomes_a_component_with_its_traits_as_options(rating: Any) -> None:
    stars = rating(symbol="♥", label="Taste", default=2, info="How was it?")
    assert isinstance(stars, c.Component)
    assert stars.schema() == {
        "type": "integer", "minimum": 0, "maximum": 5, "x-component": "rating-in-a-test", "title": "Taste",
        "description": "How was it?", "default": 2,
    }  # fmt: skip
    assert stars.example() == 2
    assert rating().example() == 3
    assert c.registered_components()["rating-in-a-test"] is rating


def test_its_widget_is_labelled_and_its_value_goes_both_ways(wire: Wire, rating: Any) -> None:
    field = widget_for(rating(symbol="♥", default=2), label="Taste")
    assert (field.value, field.inner.symbol) == (2, "♥")
    field.inner.set_state({"value": 4})  # what the page does
    assert field.value == 4
    field.value = 1
    assert field.inner.value == 1
    assert "Taste" in field.children[0].value
    VBox([field])


def test_its_properties_change_and_it_can_be_switched_off(rating: Any) -> None:
    field = widget_for(rating(), label="Taste")
    set_props(field, symbol="♦", interactive=False, error="Not now.")
    assert (field.inner.symbol, field.inner.disabled) == ("♦", True)
    assert problem_of(field) == "Not now."
    assert "Not now." in field.children[0].value


def test_the_trait_checks_values_wherever_they_come_from(rating: Any) -> None:
    stars = rating()
    for read in (stars.check, stars.from_json, lambda value: setattr(widget_for(stars), "value", value)):
        with pytest.raises(InputError, match=r"9 is not accepted here: .*should not be greater than 5"):
            read(9)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda rating: rating(symbl="x"), r"Rating has no option 'symbl'\. Did you mean 'symbol'\?"),
        (lambda rating: rating(symbol=3), r"The option symbol of Rating is refused: .*expected a unicode string"),
        (lambda rating: rating(default=9), r"The default of this Rating is refused: 9 is not accepted"),
        (lambda rating: component(int), r"@component decorates a widget class .* not <class 'int'>"),
        (lambda rating: component(anywidget.AnyWidget), r"AnyWidget has no trait named value: add one, for example"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(rating: Any, make: Any, sentence: str) -> None:
    with pytest.raises(DefinitionError, match=sentence):
        make(rating)


@pytest.mark.parametrize(
    ("trait", "good", "bad"),
    [
        (t.Int(0), 3, "x"),
        (t.Float(0.0, min=0.0), 0.5, -1),
        (t.Bool(False), True, "yes"),
        (t.Unicode(""), "x", 3),
        (t.Enum(["a", "b"], "a"), "b", "c"),
        (t.List(t.Int()), [1, 2], ["x"]),
        (t.Dict(), {"a": 1}, [1]),
        (t.Int(None, allow_none=True), None, "x"),
    ],
)
def test_a_schema_accepts_what_its_trait_accepts(trait: t.TraitType[Any, Any], good: Any, bad: Any) -> None:
    schema = schema_of(trait)
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, schema)


USE = """
import json
from typing import Annotated
from jupyter_spaces import Space
from jupyter_spaces.space.components import registered_components
from jupyter_spaces.widgets import static_form, widget_for

found = registered_components()["star-rating"]
from star_rating import StarRating
assert found is StarRating

space = Space("reviews")

@space.endpoint
def review(stars: Annotated[int, StarRating(symbol="+")]) -> str:
    return f"{stars} stars"

endpoint = space.endpoints["review"]
widget = widget_for(endpoint.parameters[0].component, label="Stars")
print(json.dumps({
    "schema": endpoint.schema()["inputs"]["properties"]["stars"],
    "called": space.call(stars=5),
    "static": static_form(endpoint.parameters[0].component, 4)["text/html"],
    "widget": type(widget.inner).__module__,
}))
"""


def test_a_package_with_a_component_is_installed_and_used(tmp_path: Path) -> None:
    """The real thing: pip installs the example package, and a fresh Python finds its component by the entry point."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    install += ["--disable-pip-version-check", "--target", str(tmp_path), str(PACKAGE)]
    subprocess.run(install, check=True, timeout=120)
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])
    used = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert used.returncode == 0, used.stderr
    answer = json.loads(used.stdout)
    assert answer["schema"]["maximum"] == 5
    assert answer["schema"]["x-component"] == "star-rating"
    assert answer["called"] == "5 stars"
    assert answer["static"] == "<span>++++</span>"
    assert answer["widget"] == "star_rating"


def test_a_component_without_a_static_form_of_its_own_shows_its_json(rating: Any) -> None:
    assert "<code>3</code>" in static_form(rating(), 3)["text/html"]
