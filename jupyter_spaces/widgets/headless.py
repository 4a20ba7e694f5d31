"""Headless: nobody is there who could press a button.

nbclient, nbconvert and papermill say so themselves: they execute cells with `allow_stdin` false, while JupyterLab and
its like can answer an `input()` and say true. Then a Space runs its examples instead of waiting for a click, shows what
came out as ordinary outputs, and an error fails the cell: executing a notebook is its test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from jupyter_spaces.errors import SpacesError
from jupyter_spaces.space import Endpoint, Runtime, Session, Space
from jupyter_spaces.widgets.view.snapshot import Call, Placed, placed

VARIABLE = "JUPYTER_SPACES_HEADLESS"


def is_headless() -> bool:
    """Whether nobody can press a button. The environment variable JUPYTER_SPACES_HEADLESS=0|1 has the last word."""
    said = os.environ.get(VARIABLE, "").strip()
    if said in ("0", "1"):
        return said == "1"
    if said:
        raise SpacesError(f"{VARIABLE}={said!r} is neither 0 (a person is there) nor 1 (headless). Set one of the two.")
    parent = parent_message()
    if parent is None:
        return True
    # A click arrives as a comm message, which says nothing about stdin: somebody is there.
    return parent.get("content", {}).get("allow_stdin") is False


def parent_message() -> dict[str, Any] | None:
    """The request that the kernel is answering, or None outside of a kernel."""
    if "IPython" not in sys.modules:
        return None  # a kernel has imported it long ago
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    get_parent = getattr(shell, "get_parent", None)
    return None if get_parent is None else get_parent()


def run_headless(space: Space) -> list[Call]:
    """Run each endpoint's examples once, else its defaults with an example of what it requires.

    Raises what the first failing call raised: `InputError`, `CallError` or `ResultError`, each with a sentence that
    names the endpoint and the input.
    """
    return [_run(space, endpoint, values) for endpoint, values in _calls(space)]


def run_page(space: Space) -> Placed:
    """Open the page of a Space that has a layout, let its load handlers run, and return what it shows."""
    if space.layout is None:
        return ()
    failures: list[BaseException] = []
    runtime = Runtime(space, Session(), lambda *_: None, on_error=lambda error, _chain: failures.append(error))
    try:
        runtime.start()
        runtime.wait()
        for failure in failures:
            raise failure
        return placed(runtime)
    finally:
        runtime.close()


def _calls(space: Space) -> Iterator[tuple[Endpoint, dict[str, Any]]]:
    for name, examples in space.examples.items():
        endpoint = space.endpoints[name]
        for example in examples:
            yield endpoint, endpoint.bind(example.values)
        if not examples:
            yield endpoint, endpoint.example_values()


def _run(space: Space, endpoint: Endpoint, values: dict[str, Any]) -> Call:
    job = space.submit(endpoint.name, values)
    try:
        returned = job.result()
    except KeyboardInterrupt:
        job.cancel("interrupted")
        raise
    return Call(endpoint, values, endpoint.split(returned))
