"""Every component: what it writes it reads, what it writes is what its schema says, and nothing else is read."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_spaces.errors import InputError
from jupyter_spaces.space import components as c

from .wires import CASES, anything, damaged, same

# Built once: jsonschema.validate would check the schema itself each time.
VALIDATORS = {case: jsonschema.Draft202012Validator(component.schema()) for case, (component, _) in CASES.items()}

every_component = pytest.mark.parametrize("case", CASES)
modest = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def travelled(wire: Any) -> Any:
    """The wire form after it went over a wire: real JSON, without NaN."""
    return json.loads(json.dumps(wire, allow_nan=False))


def with_example(case: str) -> tuple[c.Component[Any], Any]:
    """The component of a case, and the wire form of its example."""
    component, _ = CASES[case]
    if case == "textbox in limits":
        component = component.replace(default="abc")  # no text of ours fits a pattern of the author's
    return component, component.to_json(component.example())


def test_every_registered_component_has_a_case() -> None:
    builtin = {cls for cls in c.registered_components().values() if cls.__module__.startswith(c.__name__)}
    assert len(builtin) == 28
    assert {type(component) for component, _ in CASES.values()} == builtin


@every_component
@modest
@given(st.data())
def test_a_value_comes_back_from_its_wire_form(case: str, data: st.DataObject) -> None:
    component, values = CASES[case]
    value = component.check(data.draw(values))
    wire = travelled(component.to_json(value))
    assert VALIDATORS[case].is_valid(wire)
    assert same(component.from_json(wire), value)


@every_component
def test_the_schema_is_one_and_accepts_the_example(case: str) -> None:
    component, wire = with_example(case)
    schema = component.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema, allow_nan=False)
    jsonschema.validate(travelled(wire), schema)
    assert schema["x-component"] == component.kind
    assert same(component.check(component.example()), component.example())


@every_component
def test_a_value_has_one_line_of_text(case: str) -> None:
    component, _ = with_example(case)
    text = component.to_text(component.example())
    assert text
    assert len(text) <= 200
    assert "\n" not in text


@every_component
def test_none_is_accepted_only_where_it_is_optional(case: str) -> None:
    component, _ = CASES[case]
    for read in (component.check, component.from_json):
        with pytest.raises(InputError, match="A value is needed here"):
            read(None)
    optional = component.replace(optional=True, default=None)
    assert optional.check(None) is None
    assert optional.to_json(None) is None
    assert optional.from_json(None) is None
    jsonschema.validate(None, optional.schema())


@every_component
def test_a_component_is_data_that_can_be_copied(case: str) -> None:
    component, _ = CASES[case]
    assert component.replace() == component
    assert component.replace(label="other") != component
    assert hash(component.replace()) == hash(component)
    assert copy.deepcopy(component) == component
    assert pickle.loads(pickle.dumps(component)) == component


@every_component
@modest
@given(st.data())
def test_whatever_a_client_sends_is_read_or_refused_with_a_sentence(case: str, data: st.DataObject) -> None:
    component, example = with_example(case)
    wire: Any = data.draw(anything() | damaged(example))
    try:
        value = component.from_json(wire)
    except InputError as error:
        sentence = str(error)
    else:
        # What was read is a value like any other.
        assert VALIDATORS[case].is_valid(travelled(component.to_json(value)))
        return
    assert sentence.endswith((".", ")", ".T"))
    assert len(sentence) < 2000


@every_component
@modest
@given(value=anything() | st.binary() | st.sets(st.integers()) | st.builds(object))
def test_whatever_python_hands_over_is_taken_or_refused_with_a_sentence(case: str, value: Any) -> None:
    component, _ = CASES[case]
    with contextlib.suppress(InputError):
        component.check(value)


SIMPLE = ("number", "slider", "check", "radio", "dropdown", "color", "highl", "textbox", "code")
NEAR = [1, 1.0, 1.5, True, "a", "1", "NaN", 51, -6, "#FFF", "abcdef", ["a", "a"], [1, 1.0], [True, 1]]


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith(SIMPLE)])
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_simple_components_read_exactly_what_their_schema_accepts(case: str, data: st.DataObject) -> None:
    component, example = with_example(case)
    wire: Any = data.draw((anything() | st.sampled_from(NEAR) | damaged(example)).filter(is_json))
    if VALIDATORS[case].is_valid(wire):
        component.from_json(wire)
    else:
        with pytest.raises(InputError):
            component.from_json(wire)


def is_json(value: Any) -> bool:
    """Whether a value has a JSON text that UTF-8 can carry."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        return False
    return not (isinstance(value, str) and value.endswith("\n"))  # Python's $ also matches before a last newline
