"""The results of examples in a folder, so that a restarted kernel shows them without running anything.

One JSON file per example, in the wire form of its result: nothing in it can run, and what comes back goes through the
components like anything from outside. Its name is made of what the result depends on, so a function that changed finds
nothing and runs again. What does not survive the way to JSON and back, or a folder that cannot be written, is no error:
then results last as long as the kernel, as `ExampleCache` keeps them.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_spaces.jobs import Job, JobStatus, device_of, light_pool
from jupyter_spaces.space.components import MISSING, Component
from jupyter_spaces.space.devices import global_names
from jupyter_spaces.space.endpoint import Endpoint
from jupyter_spaces.space.source import one_line

DEFAULT_FOLDER = Path(".jupyter_spaces", "examples")
"""Relative to the working folder, which in a notebook is the one that it lies in."""

_LONGEST_CONSTANT = 10_000  # characters of JSON; beyond, a global is data that a function works on


def example_job(
    folder: Path, endpoint: Endpoint, values: Mapping[str, Any], submit: Callable[[], Job[Any]]
) -> Job[Any]:
    """The job of one example: one that only tells the kept result, else what `submit` starts, whose result is kept."""
    kept = KeptResult.of(folder, endpoint, values)
    if kept is None:
        return submit()
    value = kept.read()
    if value is not MISSING:
        return light_pool().submit(lambda: value, name=endpoint.name)
    job = submit()
    job.add_done_callback(kept.write)
    return job


@dataclass(frozen=True)
class KeptResult:
    """Where the result of one example lies. `prefix` begins the names of all results of this example, also old ones."""

    folder: Path
    prefix: str
    key: str
    components: tuple[Component[Any], ...]

    @classmethod
    def of(cls, folder: Path, endpoint: Endpoint, values: Mapping[str, Any]) -> KeptResult | None:
        """None when what the result depends on cannot be told."""
        code = fingerprint(endpoint.function)
        if code is None or not endpoint.results:
            return None
        try:
            example = _sha256(endpoint.to_json(values))
            inputs = _sha256(endpoint.to_json(endpoint.bind(values)))  # the defaults too
        except Exception:  # a component of somebody else's may raise anything
            return None
        key = _sha256([code, endpoint.schema_hash, inputs])
        components = tuple(result.component for result in endpoint.results)
        return cls(folder, f"{endpoint.name}-{example[:16]}", key, components)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.prefix}-{self.key[:32]}.json"

    def read(self) -> Any:
        """The kept value, or MISSING: also when the file was damaged or written by somebody else."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if not isinstance(data, dict) or data.get("key") != self.key:
                return MISSING
            parts = tuple(
                component.from_json(part) for component, part in zip(self.components, data["results"], strict=True)
            )
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return MISSING
        return parts[0] if len(parts) == 1 else parts

    def write(self, job: Job[Any]) -> None:
        """Keep what a job came to, if it went well and comes back exactly; forget older results of this example."""
        if job.status is not JobStatus.DONE:
            return
        wire = self._wire(job.result())
        if wire is None:
            return
        # A folder that cannot be written, or a full disk: the result lasts as long as the kernel.
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.path, json.dumps({"key": self.key, "results": wire}))
            for old in self.folder.glob(f"{self.prefix}-*.json"):
                if old != self.path:
                    old.unlink(missing_ok=True)

    def _wire(self, value: Any) -> list[Any] | None:
        parts = (value,) if len(self.components) == 1 else value
        if type(parts) is not tuple:  # a NamedTuple would come back as a plain one
            return None
        try:
            return [_exact(component, part) for component, part in zip(self.components, parts, strict=True)]
        except Exception:  # a component of somebody else's may raise anything
            return None


def fingerprint(function: Callable[..., Any]) -> str | None:
    """A hash of what a function's results depend on, as far as its code tells; None when it hides too much.

    That is its code, the functions and classes of its module that it mentions, and theirs in turn, plain values among
    its globals, and which models they name. What a closure, a partial or a bound object holds is not looked into.
    """
    found: list[Any] = []
    seen: set[int] = set()
    waiting: list[Any] = [function]
    while waiting:
        current = inspect.unwrap(waiting.pop())
        if id(current) in seen:
            continue
        seen.add(id(current))
        if not isinstance(current, types.FunctionType) or current.__closure__:
            return None
        found.append(_code(current.__code__))
        for name in global_names(current.__code__):
            value = current.__globals__.get(name, MISSING)
            for each in _of_module(value, current.__globals__):
                waiting.append(each)
            found.append([name, _global(value)])
    return _sha256(found)


def _of_module(value: Any, home: dict[str, Any]) -> Iterator[types.FunctionType]:
    """The functions without a closure that this global of a module is made of."""
    members = list(vars(value).values()) if isinstance(value, type) else [value]
    for member in members:
        if callable(member):
            plain = inspect.unwrap(member)
            if isinstance(plain, types.FunctionType) and plain.__globals__ is home and not plain.__closure__:
                yield plain


def _global(value: Any) -> Any:
    if device_of(value) is not None:
        return one_line(value)  # a model says its name, its class and its size
    try:
        text = json.dumps(value, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return type(value).__qualname__
    return text if len(text) <= _LONGEST_CONSTANT else type(value).__qualname__


def _code(code: types.CodeType) -> list[Any]:
    """What the source compiles to: comments and line numbers do not count."""
    constants = [_code(each) if isinstance(each, types.CodeType) else _constant(each) for each in code.co_consts]
    return [code.co_code.hex(), code.co_names, code.co_varnames, constants]


def _constant(value: object) -> str:
    # The order of a set of strings differs from process to process.
    return repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def _exact(component: Component[Any], value: Any) -> Any:
    """The wire form of a value. Raises `ValueError` when the value that it gives would be another one."""
    wire = None if value is None else component.to_json(value)
    text = json.dumps(wire)
    back = component.from_json(json.loads(text))
    again = None if back is None else component.to_json(back)
    if type(back) is not type(value) or json.dumps(again) != text:
        raise ValueError(f"{component.kind} does not come back from JSON as it was")
    return wire


def _write(path: Path, text: str) -> None:
    """Whole or not at all: another kernel may be reading."""
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
