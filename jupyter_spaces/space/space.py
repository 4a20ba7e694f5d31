"""Space: a named app. Endpoints, how they are laid out, examples, the visitors' state.

The one object that a notebook, a module, a container's `app.py`, a test and a server share. It knows how to run its
functions and what they look like as data; how they look on a screen is a host's affair (`hosts.py`).
"""

from __future__ import annotations

import dataclasses
import re
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar, overload

from jupyter_spaces.errors import DefinitionError, InputError, did_you_mean
from jupyter_spaces.hosts import has_host, host
from jupyter_spaces.jobs import Job, current_job
from jupyter_spaces.space.calls import submit_call
from jupyter_spaces.space.composing import Composing
from jupyter_spaces.space.endpoint import Endpoint, humanise
from jupyter_spaces.space.endpoints import Endpoints
from jupyter_spaces.space.example_results import DEFAULT_FOLDER, example_job
from jupyter_spaces.space.examples import Example, ExampleCache, ExamplesSource, endpoint_examples, read_examples
from jupyter_spaces.space.flagging import FlagLog
from jupyter_spaces.space.listeners import Listeners
from jupyter_spaces.space.registry import Origin, spaces
from jupyter_spaces.space.report import Report, run_examples
from jupyter_spaces.space.session import NOTEBOOK, Session, Sessions, current_session
from jupyter_spaces.space.signature import EndpointOptions, read_endpoint

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")


class Space(Composing):
    """A named app around typed Python functions.

        space = Space("painter", title="Painter")

        @space.endpoint
        def paint(prompt: str, steps: int = 20) -> Image.Image: ...

    `examples`: a list of dicts by parameter name, a dict of such lists for several endpoints, or a folder with one JSON
    file per example. `cache_examples`: run each example once and keep its result, for the next kernel too, in the
    folder that it names (True: `.jupyter_spaces/examples`). `live`: call again on every change. `flagging`: the JSONL
    file to which the flag button appends. `register`: whether it appears in `spaces`; None means when it is made at
    module level.
    """

    def __init__(
        self,
        name: str,
        *,
        title: str | None = None,
        description: str = "",
        article: str = "",
        examples: ExamplesSource = None,
        cache_examples: bool | str | Path = False,
        live: bool = False,
        css: str = "",
        flagging: str | Path | None = None,
        register: bool | None = None,
    ) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            slug = re.sub(r"[^A-Za-z0-9._-]+", "-", str(name)).strip("-._")[:96] or "my-space"
            raise DefinitionError(
                f"{name!r} cannot name a Space: use up to 96 letters, digits, '-', '_' and '.', beginning and ending "
                f"with a letter or digit. Write Space({slug!r}, title={str(name)!r})."
            )
        super().__init__()
        self.name = name
        self.title = humanise(name.replace("-", " ")) if title is None else title
        self.description = description
        self.article = article
        self.live = live
        self.css = css
        self.cache_examples = cache_examples
        self.flagging = None if flagging is None else FlagLog(flagging)
        self.sessions = Sessions()
        self.origin = Origin.of(sys._getframe(1))
        self._examples_source = examples
        self._endpoint_examples: dict[str, Any] = {}
        self._examples: dict[str, tuple[Example, ...]] | None = None  # read once per change: a folder holds pictures
        self._endpoints = Endpoints(name)
        self._lock = threading.RLock()
        self._listeners: Listeners[Space] = Listeners()
        self._cache = ExampleCache()
        if self.origin.at_module_level if register is None else register:
            spaces.add(self)

    # -- making

    @classmethod
    def from_function(cls, function: Callable[..., Any], *, name: str | None = None, **options: Any) -> Space:
        """A Space with one endpoint; `name` is the function's name. The other options are those of `Space`."""
        register = options.pop("register", None)
        endpoint = read_endpoint(function, localns=_locals_for(function, sys._getframe(1)))
        space = cls(name or endpoint.name, register=False, **options)
        space.origin = Origin.of(sys._getframe(1))
        space._add(endpoint)
        space._finish(register)
        return space

    @classmethod
    def from_namespace(
        cls,
        name: str,
        functions: Mapping[str, Callable[..., Any]] | Iterable[Callable[..., Any]],
        **options: Any,
    ) -> Space:
        """A Space whose endpoints are these functions. Examples are read and checked at once."""
        register = options.pop("register", None)
        space = cls(name, register=False, **options)
        space.origin = Origin.of(sys._getframe(1))
        pairs = list(functions.items()) if isinstance(functions, Mapping) else [(None, each) for each in functions]
        if pairs:
            space.origin = space.origin.at_function(pairs[0][1])
        for endpoint_name, function in pairs:
            space._add(read_endpoint(function, EndpointOptions(name=endpoint_name)))
        space._finish(register)
        return space

    def _finish(self, register: bool | None) -> None:
        _ = self.examples  # a mistake in the examples is an error of the definition
        if self.origin.at_module_level if register is None else register:
            spaces.add(self)

    @overload
    def endpoint(self, function: F, /) -> F: ...

    @overload
    def endpoint(
        self,
        function: None = None,
        /,
        *,
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: Any = None,
        cache_examples: bool = False,
        batch: bool = False,
        max_batch_size: int = 8,
        max_wait: float = 0.0,
        light: bool | None = None,
        live: bool = False,
        priority: int = 0,
    ) -> Callable[[F], F]: ...

    def endpoint(self, function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """Make a function an endpoint, as a decorator with or without options; the function comes back unchanged."""
        examples = options.pop("examples", None)
        known = {field.name for field in dataclasses.fields(EndpointOptions)}
        for option in options:
            if option not in known:
                raise DefinitionError(
                    f"@space.endpoint has no option {option!r}.{did_you_mean(option, known)} "
                    f"Its options are examples, {', '.join(sorted(known))}."
                )

        def add(decorated: Callable[..., Any], frame: FrameType) -> Callable[..., Any]:
            localns = _locals_for(decorated, frame)
            endpoint = self._add(read_endpoint(decorated, EndpointOptions(**options), localns))
            if examples is not None:
                endpoint_examples(examples, endpoint)
                self._endpoint_examples[endpoint.name] = examples
                self._changed()
            return decorated

        if function is not None:
            return add(function, sys._getframe(1))
        return lambda decorated: add(decorated, sys._getframe(1))

    def _add(self, endpoint: Endpoint) -> Endpoint:
        endpoint = dataclasses.replace(
            endpoint,
            owner=weakref.ref(self),
            live=endpoint.live or self.live,
            cache_examples=endpoint.cache_examples or bool(self.cache_examples),
        )
        with self._lock:
            self._endpoints = self._endpoints.plus(endpoint)
            self._endpoint_examples.pop(endpoint.name, None)
        self._changed()
        return endpoint

    # -- looking

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The endpoints by name, in the order of their definition."""
        return self._endpoints

    def __getitem__(self, name: str | None) -> Endpoint:
        """The endpoint of that name; None means the only one there is."""
        return self._endpoints.find(name)

    @property
    def examples(self) -> Mapping[str, tuple[Example, ...]]:
        """The checked examples of each endpoint."""
        with self._lock:
            if self._examples is None:
                found = read_examples(self._examples_source, self._endpoints)
                for name, source in self._endpoint_examples.items():
                    if name in self._endpoints:
                        found[name] += endpoint_examples(source, self._endpoints[name])
                self._examples = found
            return self._examples

    def schema(self) -> dict[str, Any]:
        """The JSON Schema and hash of every endpoint, with the words that describe them."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "endpoints": {
                name: {
                    "title": endpoint.title,
                    "description": endpoint.description,
                    "streaming": endpoint.streaming,
                    "hash": endpoint.schema_hash,
                    **endpoint.schema(),
                }
                for name, endpoint in self._endpoints.items()
            },
        }

    # -- calling

    def session(self, session_id: str = NOTEBOOK) -> Session:
        """The session of that id, made when it is new. The notebook's own is the default."""
        return self.sessions.open(session_id)

    def submit(
        self,
        name: str | None = None,
        /,
        values: Mapping[str, Any] | None = None,
        *,
        session: Session | None = None,
        priority: int = 0,
    ) -> Job[Any]:
        """Queue a call with Python values and return its Job. Raises `InputError` for values that do not fit."""
        endpoint = self[name]
        bound = endpoint.bind(values or {})
        return submit_call(endpoint, bound, session or current_session() or self.session(), priority=priority)

    def call(self, name: str | None = None, /, **values: Any) -> Any:
        """Do what the button would do, and return the Python value.

        Raises `InputError`, `CallError` (the function raised; its exception is the cause) or `ResultError`.
        """
        endpoint = self[name]
        if endpoint.is_async and current_job() is not None and _in_event_loop():
            raise InputError(
                f"{endpoint.name}() is async and is called from an async endpoint: "
                f"write `await space.submit({endpoint.name!r}, {{...}})` there."
            )
        job = self.submit(name, values)
        try:
            return job.result()
        except KeyboardInterrupt:
            job.cancel("interrupted")
            raise

    def run_example(self, name: str | None, index: int, *, session: Session | None = None) -> Job[Any]:
        """The job of one example; with `cache_examples` it runs once, is shared, and its result outlives the kernel."""
        endpoint = self[name]
        example = self.examples[endpoint.name][index]

        def submit() -> Job[Any]:
            return self.submit(endpoint.name, example.values, session=session)

        if not endpoint.cache_examples:
            return submit()
        root = DEFAULT_FOLDER if isinstance(self.cache_examples, bool) else Path(self.cache_examples).expanduser()
        return self._cache.job(
            (endpoint.name, index), lambda: example_job(root / self.name, endpoint, example.values, submit)
        )

    def test(self) -> Report:
        """Run every example (without examples: the defaults) and report how it went; a failing call does not raise."""
        return run_examples(self)

    def flag(self, name: str | None, values: Mapping[str, Any], result: Any = None, *, comment: str = "") -> Path:
        """Append this call to the flagging file and return its path."""
        if self.flagging is None:
            raise DefinitionError(
                f'the Space {self.name!r} collects no flags. Write Space({self.name!r}, flagging="flags.jsonl").'
            )
        return self.flagging.append(self.name, self[name], values, result, comment)

    # -- changing

    def update_from(self, other: Space) -> None:
        """Become what `other` is, in place: views, sessions and the registered name stay. For a cell run again."""
        with self._lock:
            for name in ("title", "description", "article", "live", "css", "cache_examples", "flagging", "origin"):
                setattr(self, name, getattr(other, name))
            self.layout = other.layout
            self._examples_source = other._examples_source
            self._endpoint_examples = dict(other._endpoint_examples)
            mine = (dataclasses.replace(endpoint, owner=weakref.ref(self)) for endpoint in other._endpoints.values())
            self._endpoints = Endpoints(self.name, mine)
        self._changed()

    def subscribe(self, listener: Callable[[Space, str], None]) -> Callable[[], None]:
        """Be told ("changed" or "closed"); returns the way out. A bound method is held weakly, like its object."""
        return self._listeners.add(listener)

    def close(self) -> None:
        """Close the sessions and tell the views; for a Space that was replaced or removed."""
        self._listeners.tell(self, "closed")
        self.sessions.close_all()
        self._cache.clear()

    def _changed(self) -> None:
        self._examples = None
        self._cache.clear()
        self._listeners.tell(self, "changed")

    # -- showing

    def build(self, *, session: Session | None = None) -> Any:
        """One fresh widget tree, for one session."""
        return host("widgets")(self, session=session or self.session())

    def _ipython_display_(self) -> None:
        if not has_host("display"):
            raise NotImplementedError  # IPython then shows the repr
        host("display")(self)

    def __repr__(self) -> str:
        names = ", ".join(f"{name}()" for name in self._endpoints) or "no endpoints yet"
        return f"Space({self.name!r}: {names})"


def _locals_for(function: Callable[..., Any], frame: FrameType) -> dict[str, Any] | None:
    """The locals that hints written as strings may name; a copy, and only where it is needed (see `Origin.of`)."""
    annotations = getattr(function, "__annotations__", None) or {}
    written_as_text = any(isinstance(hint, str) for hint in annotations.values())
    return dict(frame.f_locals) if written_as_text else None


def _in_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
