"""tqdm bars made inside a job report to the job instead of drawing themselves.

Libraries draw their own bars (diffusers' denoising steps, a download), usually with `tqdm.auto`, which in a kernel
makes ipywidgets: from a worker thread, in a cell that has ended, as one more widget that nobody closes. tqdm has no
hook, so this is the one place where this package patches another: `tqdm.std.tqdm.__new__`, through which every bar
class passes. Inside a job it returns a bar of the same class whose output goes to the job; outside a job it does what
it did. Each step of such a bar is also a place where a cancelled job stops.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import threading
from collections.abc import Iterator
from typing import Any

from jupyter_spaces.jobs.current import current_job
from jupyter_spaces.jobs.job import Job

_lock = threading.Lock()
_installed = False
_classes: dict[type, type] = {}
_bars: dict[str, list[Any]] = {}  # job id -> its open bars, the outermost first


def install() -> None:
    """Patch tqdm once, if it is there."""
    global _installed
    if _installed:
        return
    with _lock:
        if _installed:
            return
        if importlib.util.find_spec("tqdm") is not None:
            _patch(importlib.import_module("tqdm.std").tqdm)
        _installed = True


def _patch(std: Any) -> None:
    original = std.__new__

    def __new__(cls: type, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        if current_job() is None:
            return original(cls, *args, **kwargs)
        kind = _classes.get(cls)
        if kind is None:
            kind = _classes[cls] = type(cls.__name__, (_job_bar(std), cls), {})
        std.get_lock()  # made on first use, which is otherwise the original's work
        return object.__new__(kind)

    std.__new__ = __new__


def _job_bar(std: Any) -> type:
    """Make the part that goes in front of a bar class and keeps its drawing methods from being reached."""
    known = set(inspect.signature(std.__init__).parameters) - {"self", "kwargs"}

    class JobBar:
        _job: Job[Any]
        iterable: Any

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            options = {name: value for name, value in kwargs.items() if name in known}
            # gui=True is tqdm's word for "draws itself by other means": it writes nothing then.
            options |= {"gui": True, "file": io.StringIO(), "disable": bool(options.get("disable"))}
            job = current_job()
            assert job is not None
            self._job = job
            std._instances.add(self)  # tqdm takes a disabled bar out again, and misses one that was never in
            std.__init__(self, *args, **options)
            std._instances.discard(self)
            iterable = options.get("iterable", args[0] if args else None)
            if hasattr(self, "__anext__") and iterable is not None:
                self._prepare_async(iterable)
            if not self.disable:
                if job.id not in _bars:
                    _bars[job.id] = []
                    job.add_done_callback(_forget)  # a bar that nobody closes ends with its job
                bars = _bars[job.id]
                while bars and bars[-1].total and bars[-1].n >= bars[-1].total:
                    bars.pop()  # full and not closed: the new bar comes after it, not inside it
                bars.append(self)
                self.display()

        def _prepare_async(self, iterable: Any) -> None:
            # What tqdm.asyncio sets up, which every `tqdm.auto` bar is as well.
            self.iterable_awaitable = hasattr(iterable, "__anext__") or hasattr(iterable, "__aiter__")
            if hasattr(iterable, "__anext__"):
                self.iterable_next = iterable.__anext__
            elif hasattr(iterable, "__aiter__"):
                self.iterable_next = iterable.__aiter__().__anext__

        async def __anext__(self) -> Any:
            if not self.iterable_awaitable and not hasattr(self, "iterable_next"):
                self.iterable_next = iter(self.iterable).__next__
            return await super().__anext__()  # type: ignore[misc]

        def __iter__(self) -> Iterator[Any]:
            # tqdm's own loop counts in a local variable between two reports, which bars inside this one could not see.
            try:
                for item in self.iterable:
                    yield item
                    self.update()
            finally:
                self.close()

        def update(self, n: float = 1) -> Any:
            self._job.check()
            return std.update(self, n)

        def display(self, *_: Any, **__: Any) -> None:
            _report(self._job)

        def clear(self, *_: Any, **__: Any) -> None:
            pass

        def reset(self, total: float | None = None) -> None:
            std.reset(self, total)

        def close(self) -> None:
            if getattr(self, "disable", True):
                return
            self.disable = True
            bars = _bars.get(self._job.id, [])
            _report(self._job)
            # By identity: tqdm compares bars by their place on the screen. What was left open inside this one goes too.
            place = next((n for n, bar in enumerate(bars) if bar is self), len(bars))
            del bars[place:]

        def disp(self, *_: Any, **__: Any) -> None:
            pass

        colour = None

    return JobBar


def _report(job: Job[Any]) -> None:
    """Report the outermost bar, with the fraction of the bar inside it added to its step."""
    bars = _bars.get(job.id)
    if not bars:
        return
    outer = bars[0]
    inner = _fraction(bars[1], 0.0) if len(bars) > 1 else 0.0
    fraction = min(1.0, (outer.n + inner) / outer.total) if outer.total else None
    text = next((bar.desc.removesuffix(": ") for bar in reversed(bars) if bar.desc), "")
    job.set_progress(fraction, text, step=int(outer.n), total=int(outer.total) if outer.total else None)


def _forget(job: Job[Any]) -> None:
    _bars.pop(job.id, None)


def _fraction(bar: Any, otherwise: float) -> float:
    return min(1.0, bar.n / bar.total) if bar.total else otherwise
