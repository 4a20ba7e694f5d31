"""Examples: values that show what an endpoint does, click by click, and that a headless run tests it with.

Written as a list of dicts by parameter name; for several endpoints a dict of such lists; or a folder with one JSON
file per example (a sub-folder per endpoint when there are several), where values are in wire form and the name of a
file beside the JSON may stand wherever a file's content belongs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from jupyter_spaces.errors import DefinitionError, InputError, did_you_mean
from jupyter_spaces.space.components.base import Find
from jupyter_spaces.space.components.wording import shown
from jupyter_spaces.space.endpoint import Endpoint

if TYPE_CHECKING:
    from jupyter_spaces.jobs import Job

ExamplesSource: TypeAlias = (
    "Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Mapping[str, Any]] | str | Path] | str | Path | None"
)


@dataclass(frozen=True)
class Example:
    """Checked values of one example; parameters that it does not mention keep their default when it runs."""

    values: Mapping[str, Any]
    name: str | None = None  # the file's stem, for examples of a folder

    def label(self, endpoint: Endpoint) -> str:
        """The text of its button: its file's name, or its values in one line."""
        if self.name is not None:
            return self.name
        return ", ".join(endpoint[name].component.to_text(value) for name, value in self.values.items())


def read_examples(source: ExamplesSource, endpoints: Mapping[str, Endpoint]) -> dict[str, tuple[Example, ...]]:
    """The checked examples of each endpoint. Raises `DefinitionError` naming the example that does not fit."""
    found: dict[str, tuple[Example, ...]] = dict.fromkeys(endpoints, ())
    if source is None:
        return found
    if isinstance(source, (str, Path)):
        folder = _folder(source)
        if len(endpoints) == 1:
            ((name, endpoint),) = endpoints.items()
            nested = folder / name
            found[name] = read_folder(nested if nested.is_dir() else folder, endpoint)
        else:
            found.update({name: read_folder(folder / name, each) for name, each in endpoints.items()})
        return found
    if isinstance(source, Mapping):
        for name, each in source.items():
            if name not in endpoints:
                raise DefinitionError(
                    f"the examples name an endpoint {name!r} that does not exist.{did_you_mean(name, endpoints)} "
                    f"Endpoints: {', '.join(endpoints) or 'none yet'}."
                )
            found[name] = endpoint_examples(each, endpoints[name])
        return found
    if len(endpoints) > 1:
        raise DefinitionError(
            "the Space has several endpoints, so its examples are a dict of lists. Write examples={"
            + ", ".join(f'"{name}": [...]' for name in endpoints)
            + "}."
        )
    for name, endpoint in endpoints.items():
        found[name] = endpoint_examples(source, endpoint)
    return found


def endpoint_examples(source: Any, endpoint: Endpoint) -> tuple[Example, ...]:
    """The examples of one endpoint: a list of dicts or a folder."""
    if isinstance(source, (str, Path)):
        return read_folder(_folder(source), endpoint)
    if isinstance(source, Mapping) or not isinstance(source, Sequence):
        raise DefinitionError(
            f"examples of {endpoint.name}() are a list of dicts, got {type(source).__name__}. Write {_form(endpoint)}."
        )
    return tuple(_example(index, each, endpoint) for index, each in enumerate(source))


def _example(index: int, values: Any, endpoint: Endpoint) -> Example:
    if not isinstance(values, Mapping):
        raise DefinitionError(
            f"example {index + 1} of {endpoint.name}() is a {type(values).__name__}, and an example is a dict by "
            f"parameter name. Write {_form(endpoint)}."
        )
    try:
        bound = endpoint.bind(values, partial=True)
        endpoint.bind(values)
    except InputError as exc:
        raise DefinitionError(f"example {index + 1} does not fit: {exc}") from exc
    return Example(bound)


def read_folder(folder: Path, endpoint: Endpoint) -> tuple[Example, ...]:
    """One example per `*.json`, in the order of the names."""
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as exc:
            raise DefinitionError(f"the example {path} is not JSON: {exc}") from exc
        if not isinstance(data, dict):
            raise DefinitionError(
                f"the example {path} holds a {type(data).__name__}, and an example is an object by parameter name."
            )
        try:
            values = endpoint.embed(data, _beside(path))
            bound = endpoint.bind_json(values, partial=True)
            endpoint.bind_json(values)
        except InputError as exc:
            raise DefinitionError(f"the example {path} does not fit: {exc}") from exc
        found.append(Example(bound, path.stem.replace("_", " ")))
    return tuple(found)


def _beside(path: Path) -> Find:
    """What finds the files that lie in the folder of an example, and nothing outside of it."""
    folder = path.parent.resolve()

    def find(name: str) -> Path:
        try:
            file = (folder / name).resolve()
            inside, there = file.is_relative_to(folder), file.is_file()
        except (OSError, ValueError):  # a name too long, a null character
            inside, there = True, False
        if not inside:
            raise DefinitionError(f"the example {path} names the file {shown(name)}, which lies outside of its folder.")
        if not there:
            raise DefinitionError(f"the example {path} names the file {shown(name)}, which is not there.")
        return file

    return find


def _folder(source: str | Path) -> Path:
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise DefinitionError(
            f"examples={str(source)!r} is not a folder. Give a folder with one JSON file per example, or a list of "
            "dicts by parameter name."
        )
    return folder


def _form(endpoint: Endpoint) -> str:
    first = endpoint.parameters[0].name if endpoint.parameters else "name"
    return f'examples=[{{"{first}": ...}}]'


class ExampleCache:
    """The jobs of examples that ran, so that a click on one shows its result at once and runs it only once."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # an example may call another one inline
        self._jobs: dict[tuple[str, int], Job[Any]] = {}

    def job(self, key: tuple[str, int], submit: Any) -> Job[Any]:
        """The running or finished job of this example; a failed or cancelled one runs again."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or (job.done() and job.status != "done"):
                job = submit()
                self._jobs[key] = job
            return job

    def clear(self) -> None:
        with self._lock:
            self._jobs.clear()
