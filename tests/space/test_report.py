"""space.test(): every example runs, the report says how."""

from typing import Annotated

import pytest

from jupyter_spaces import Dropdown, Space
from jupyter_spaces.errors import CallError


def divide(a: float, b: float = 1) -> float:
    return a / b


def shout(text: str) -> str:
    return text.upper()


def test_every_example_runs_and_failures_are_told() -> None:
    space = Space.from_namespace("test", [divide, shout], examples={"divide": [{"a": 1}, {"a": 1, "b": 0}]})
    report = space.test()
    assert not report.ok
    assert [case.ok for case in report.cases] == [True, False, True]
    assert report.cases[0].result == 1.0
    # Without an example the component gives one.
    assert report.cases[2].result == report.cases[2].values["text"].upper()
    text = str(report)
    assert text.startswith("test: 2 of 3 calls went well")
    assert "FAILED" in text
    assert "divide(a=1.0, b=0.0) failed: ZeroDivisionError" in text
    with pytest.raises(CallError, match="ZeroDivisionError"):
        report.raise_for_failures()


def test_a_good_report_raises_nothing() -> None:
    report = Space.from_function(shout).test()
    assert report.ok
    assert report.failures == ()
    report.raise_for_failures()
    assert all(case.seconds >= 0 for case in report.cases)


def test_a_component_without_an_example_is_a_failure_of_the_report() -> None:
    def choose(what: Annotated[str, Dropdown([])]) -> str:
        return what

    report = Space.from_function(choose).test()
    assert not report.ok
    assert "no choices yet" in str(report)
