"""What an endpoint knows: its schema and hash, binding values, splitting results, the call to copy."""

import enum
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import numpy as np
import pytest
from PIL import Image

from jupyter_spaces import Slider, Space, Textbox
from jupyter_spaces.errors import InputError, ResultError
from jupyter_spaces.space import read_endpoint


class Style(enum.Enum):
    OIL = "oil"


def paint(
    prompt: Annotated[str, Textbox(lines=2)],
    steps: Annotated[int, Slider(1, 50)] = 20,
    guidance: float = 7.5,
    style: Literal["oil", "ink"] = "oil",
    seed: int | None = None,
) -> Image.Image:
    """Paint a picture of the prompt."""
    return Image.new("RGB", (2, 2))


def measure(image: Image.Image, names: list[str]) -> tuple[str, int]:
    """Measure.

    Args:
        image: What to measure.
    """
    return "", 1


# A change of these is a change of every client's interface: it needs a line in the CHANGELOG.
GOLDEN = {
    "paint": "f62ba342dad470c0392705c84402962663378e41fd380ee8e55cd072067179c4",
    "measure": "4e53a823140e562c15e7b69545ef827d69707bde4c299320648b55bb312dfbb8",
}


@pytest.mark.parametrize("function", [paint, measure], ids=lambda each: each.__name__)
def test_the_schema_is_stable(function: Any) -> None:
    assert read_endpoint(function).schema_hash == GOLDEN[function.__name__]
    assert read_endpoint(function).schema_hash == read_endpoint(function).schema_hash


def test_the_schema_describes_the_wire() -> None:
    schema = read_endpoint(paint).schema()
    inputs = schema["inputs"]
    jsonschema.Draft202012Validator.check_schema(inputs)
    jsonschema.Draft202012Validator.check_schema(schema["result"])
    assert inputs["required"] == ["prompt"]
    assert inputs["additionalProperties"] is False
    assert inputs["properties"]["steps"]["default"] == 20
    assert inputs["properties"]["steps"]["title"] == "Steps"
    validator = jsonschema.Draft202012Validator(inputs)
    assert validator.is_valid({"prompt": "a", "seed": None})
    assert not validator.is_valid({"prompt": "a", "steps": 70})
    assert not validator.is_valid({"prompt": "a", "stpes": 7})


def test_the_schema_of_results() -> None:
    assert read_endpoint(measure).schema()["result"]["prefixItems"][1]["title"] == "Result 2"

    def nothing() -> None: ...

    assert read_endpoint(nothing).schema()["result"] == {"type": "null"}


def test_bind_checks_and_fills_in() -> None:
    endpoint = read_endpoint(paint)
    assert endpoint.bind({"prompt": "a"}) == {
        "prompt": "a",
        "steps": 20,
        "guidance": 7.5,
        "style": "oil",
        "seed": None,
    }
    assert endpoint.bind({"steps": 3}, partial=True) == {"steps": 3}


@pytest.mark.parametrize(
    ("values", "parameter", "message"),
    [
        ({}, "prompt", r"paint\(\) needs a value for 'prompt': write prompt=..., for example prompt="),
        (
            {"promt": "a"},
            "promt",
            r"has no parameter 'promt'. Did you mean 'prompt'\? It takes prompt, steps, guidance",
        ),
        ({"prompt": 3}, "prompt", r"paint\(\), prompt: 3 is not accepted here: give text"),
        ({"prompt": "a", "steps": 70}, "steps", "70 is above the maximum 50"),
        ({"prompt": "a", "guidance": float("nan")}, "guidance", "nan is not accepted here: give a finite number"),
        ({"prompt": "a", "style": "olli"}, "style", "not one of the choices. .*'oil', 'ink'"),
    ],
)
def test_bind_says_what_is_wrong(values: Any, parameter: Any, message: Any) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_endpoint(paint).bind(values)
    assert caught.value.parameter == parameter


def test_wire_values_are_read_and_never_trusted() -> None:
    endpoint = read_endpoint(paint)
    assert endpoint.bind_json({"prompt": "a", "steps": 3.0})["steps"] == 3
    with pytest.raises(InputError, match=r"steps: .*whole number"):
        endpoint.bind_json({"prompt": "a", "steps": "3"})
    image = read_endpoint(measure)
    wire = image.to_json({"image": Image.new("RGB", (3, 4)), "names": ["a"]})
    assert image.bind_json(wire)["image"].size == (3, 4)
    with pytest.raises(InputError, match="paths and web addresses are not accepted"):
        image.bind_json({"image": "/etc/passwd", "names": []})


def test_a_default_that_a_function_may_change_is_fresh_for_each_call() -> None:
    def f(names: list[str] = ["a"]) -> str: ...  # noqa: B006 - the claim

    endpoint = read_endpoint(f)
    endpoint.bind({})["names"].append("b")
    assert endpoint.bind({})["names"] == ["a"]


def test_results_are_split_and_checked() -> None:
    endpoint = read_endpoint(measure)
    assert endpoint.split(("a", 1)) == ("a", 1)
    assert endpoint.result_json(("a", 1)) == ["a", 1]
    with pytest.raises(ResultError, match=r"measure\(\) is declared to return 2 values, and returned 3 values"):
        endpoint.split((1, 2, 3))
    with pytest.raises(ResultError, match=r"declared to return 2 values, and returned a str"):
        endpoint.split("ab")
    with pytest.raises(
        ResultError, match=r"measure\(\) returned Result 2 that Number cannot show \(str\): .*whole number"
    ):
        endpoint.split(("a", "b"))

    picture = read_endpoint(paint)
    assert picture.split(np.zeros((2, 2, 3), "uint8"))[0].size == (2, 2)  # what an Image can show as well
    with pytest.raises(ResultError, match=r"paint\(\) returned a value that Image cannot show \(NoneType\)"):
        picture.split(None)

    def nothing() -> None: ...

    assert read_endpoint(nothing).split(None) == ()
    assert read_endpoint(nothing).result_json(None) is None
    with pytest.raises(ResultError, match=r"nothing\(\) is declared to return nothing, and returned 3"):
        read_endpoint(nothing).split(3)


def test_the_call_to_copy_says_what_differs_from_the_defaults() -> None:
    space = Space("painter", register=False)
    space.endpoint(paint)
    endpoint = space["paint"]
    values = endpoint.bind({"prompt": "a red boat", "seed": 3})
    assert endpoint.call_source(values) == 'spaces["painter"].call(prompt="a red boat", seed=3)'
    space.endpoint(measure)
    assert endpoint.call_source(values).startswith('spaces["painter"].call("paint", prompt=')
    with_image = space["measure"].call_source({"image": Image.new("RGB", (2, 2)), "names": []})
    assert with_image == 'spaces["painter"].call("measure", image=Image.open("image.png"), names=[])'
    assert read_endpoint(paint).call_source({"prompt": "a"}) == 'paint(prompt="a")'


def test_a_copied_call_runs() -> None:
    space = Space("painter", register=False)
    space.endpoint(paint)
    source = space["paint"].call_source({"prompt": 'say "hi"\n', "guidance": 0.1, "steps": 50})
    assert eval(source, {"spaces": {"painter": space}}).size == (2, 2)


def test_messages_never_repeat_a_password() -> None:
    def login(name: str, secret: Annotated[str, Textbox(password=True)]) -> str: ...

    assert read_endpoint(login).describe_inputs({"name": "a", "secret": "hunter2"}) == "name='a', secret=..."


def test_example_values_are_the_defaults_and_the_components_examples() -> None:
    values = read_endpoint(measure).example_values()
    assert isinstance(values["image"], Image.Image)
    assert read_endpoint(measure).bind(values)
    assert read_endpoint(paint).example_values()["steps"] == 20
    assert not isinstance(values["names"], Path)
