"""The contract that all components share, seen from one who declares or extends them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import MISSING, Component, Dropdown, Image, Json, Number, Slider, Textbox
from jupyter_spaces.space.components.wording import opening, shown, size_text


class Rating(Component[int]):
    """The smallest component of one's own."""

    kind = "test-rating"


@dataclass(frozen=True, eq=False)
class Coordinates(Component[tuple[float, float]]):
    """A component with an option, a limit and a value that JSON does not know."""

    kind = "test-coordinates"

    furthest: float = 90.0

    def check_value(self, value: object) -> tuple[float, float]:
        if not isinstance(value, tuple) or len(value) != 2 or not all(isinstance(each, float) for each in value):
            raise InputError("Give a pair of floats (latitude, longitude).")
        if abs(value[0]) > self.furthest:
            raise InputError(f"The latitude {value[0]} is beyond {self.furthest}.")
        return value

    def dump_value(self, value: tuple[float, float]) -> Json:
        return list(value)

    def load_value(self, data: Json) -> tuple[float, float]:
        return self.check_value(tuple(data) if isinstance(data, list) else data)

    def value_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}

    def example_value(self) -> tuple[float, float]:
        return (48.1, 11.6)


def test_a_subclass_with_nothing_but_a_kind_takes_any_json_value() -> None:
    rating = Rating(label="Stars", default=3)
    assert rating.from_json(rating.to_json(4)) == 4
    assert rating.check({"a": [1, (2, None)]}) == {"a": [1, [2, None]]}
    assert rating.schema() == {"x-component": "test-rating", "title": "Stars", "default": 3}
    with pytest.raises(InputError, match=r"A set of 1 item at \['a'\]\[0\] is not a JSON value: give dicts"):
        rating.check({"a": [{1}]})


def test_a_subclass_with_fields_brings_its_own_limits() -> None:
    place = Coordinates(furthest=60.0, default=(1.0, 2.0))
    assert place.from_json(json.loads(json.dumps(place.to_json((48.1, 11.6))))) == (48.1, 11.6)
    with pytest.raises(
        DefinitionError, match=r"The default of this Coordinates is refused: The latitude 70.0 is beyond 60.0"
    ):
        Coordinates(furthest=60.0, default=(70.0, 0.0))


def test_a_misspelt_option_is_named_with_the_nearest_one() -> None:
    with pytest.raises(
        DefinitionError, match=r"Slider has no option 'minimun'\. Did you mean 'minimum'\? Its options are"
    ):
        Slider(minimun=3)  # type: ignore[call-arg]
    with pytest.raises(DefinitionError, match=r"Textbox has no option 'placehodler'\. Did you mean 'placeholder'\?"):
        Textbox().replace(placehodler="x")


def test_replace_changes_some_options_and_checks_them_again() -> None:
    slider = Slider(1, 50, label="Steps", default=20)
    assert slider.replace(maximum=30) == Slider(1, 30, label="Steps", default=20)
    with pytest.raises(DefinitionError, match="20 is above the maximum 10"):
        slider.replace(maximum=10)


def test_a_default_of_none_needs_an_optional_component() -> None:
    with pytest.raises(DefinitionError, match="None is accepted only where the component says optional=True"):
        Number(default=None)
    assert Number(default=None, optional=True).default is None


def test_no_default_is_not_the_same_as_none() -> None:
    assert Textbox().default is MISSING
    assert repr(MISSING) == "MISSING"
    assert "default" not in Textbox().schema()
    assert Textbox(default=None, optional=True).schema()["default"] is None


def test_the_schema_carries_what_people_read() -> None:
    schema = Slider(1, 50, label="Steps", info="More is slower.", default=20, optional=True).schema()
    assert schema == {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 50}, {"type": "null"}],
        "x-component": "slider",
        "title": "Steps",
        "description": "More is slower.",
        "default": 20,
    }


def test_a_picture_as_default_does_not_travel_in_the_schema() -> None:
    image = Image(default=Image().example())
    assert "default" not in image.schema()
    assert image.example() is image.default


def test_components_are_equal_when_their_options_are_even_with_arrays_as_defaults() -> None:
    array = Image("numpy").example()
    assert Image("numpy", default=array) == Image("numpy", default=array.copy())
    assert Image("numpy", default=array) != Image("numpy", default=array[::-1])
    assert Image("numpy", default=array) != Image("numpy")
    assert Dropdown(["a"]) != Number()


def test_a_long_value_is_one_short_line_of_text() -> None:
    text = Textbox().to_text("a\nb " * 500)
    assert text.startswith("a b a b")
    assert len(text) == 200
    assert Textbox(optional=True).to_text(None) == "None"  # type: ignore[arg-type]


def test_what_is_quoted_in_a_sentence_is_short_and_never_a_foreign_repr() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("repr must not be called")

    assert shown(Hostile()) == "a Hostile"
    assert opening([1, 2]) == "A list of 2 items"
    assert shown("x" * 100) == repr("x" * 59 + "…")
    assert shown(10**5000) == "a whole number of 16610 bits"
    assert [size_text(n) for n in (12, 1536, 64 * 2**20, 3 * 2**30)] == ["12 bytes", "1.5 KiB", "64 MiB", "3 GiB"]


def test_declaring_components_loads_no_heavy_library() -> None:
    """`import jupyter_spaces` stays light: PIL, NumPy, nh3 and the frames load when a value needs them."""
    code = (
        "import sys; import jupyter_spaces.space.components as c; "
        "c.Image(), c.Gallery(), c.Audio(), c.Dataframe('list'), c.Plot(), c.Chatbot(), c.Slider(1, 2).schema(); "
        "heavy = {'PIL', 'numpy', 'pandas', 'polars', 'nh3', 'markdown_it', 'matplotlib', 'torch'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
