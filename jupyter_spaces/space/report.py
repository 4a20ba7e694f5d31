"""The report of a Space's test: every example that ran, how long it took, what came out or went wrong.

Used headless, where nobody can press a button, and before publishing. A report is data first; its text is for people.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import SpacesError

if TYPE_CHECKING:
    from jupyter_spaces.space.endpoint import Endpoint
    from jupyter_spaces.space.space import Space


@dataclass(frozen=True)
class Case:
    """One call: `error` is None when it went well; `inputs` is the one-line form of `values`; `seconds` is its time."""

    endpoint: str
    values: Mapping[str, Any]
    inputs: str
    seconds: float
    result: Any = None
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Report:
    """All cases of one Space."""

    space: str
    cases: tuple[Case, ...]

    @property
    def ok(self) -> bool:
        return all(case.ok for case in self.cases)

    @property
    def failures(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if not case.ok)

    def raise_for_failures(self) -> None:
        """Raise the first failure, if there is one."""
        for case in self.failures:
            assert case.error is not None
            raise case.error

    def __str__(self) -> str:
        lines = [f"{self.space}: {len(self.cases) - len(self.failures)} of {len(self.cases)} calls went well"]
        for case in self.cases:
            mark = "ok    " if case.ok else "FAILED"
            lines.append(f"  {mark} {case.seconds:7.3f} s  {case.endpoint}({case.inputs})")
            if case.error is not None:
                lines.append(f"           {case.error}")
        return "\n".join(lines)

    __repr__ = __str__


def run_examples(space: Space) -> Report:
    """Run every example of every endpoint; an endpoint without examples runs on its defaults and example values."""
    examples = space.examples
    cases = []
    for name, endpoint in space.endpoints.items():
        given: list[Mapping[str, Any]] = [example.values for example in examples[name]]
        if not given:
            try:
                given = [endpoint.example_values()]
            except SpacesError as exc:  # a component that has no example, such as a Dropdown without choices
                cases.append(Case(name, {}, "", 0.0, error=exc))
        cases += [_run(space, endpoint, values) for values in given]
    return Report(space.name, tuple(cases))


def _run(space: Space, endpoint: Endpoint, values: Mapping[str, Any]) -> Case:
    started = time.perf_counter()
    result: Any = None
    error: BaseException | None = None
    try:
        result = space.submit(endpoint.name, values).result()
    except SpacesError as exc:
        error = exc
    seconds = time.perf_counter() - started
    return Case(endpoint.name, values, endpoint.describe_inputs(values), seconds, result, error)
