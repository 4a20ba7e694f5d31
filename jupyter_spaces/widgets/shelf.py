"""The ES modules that the page has been given: each is one model, however many widgets it draws.

An anywidget carries its module as text. A form of fifteen fields would carry fifteen times the same fifteen kilobytes,
in the comm, in a saved notebook and in a reloaded page, and anywidget would write the same style sheet fifteen times,
each time making the browser style the whole page again: that was most of the time until a form was visible. So a widget
carries a loader of a few lines (`static/loader.js`) and refers to the Module that draws it, which is opened before the
first widget that needs it, so that no page has to ask for it, and closed with the last one.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextvars import ContextVar
from weakref import WeakSet

import ipywidgets
import traitlets as t

from jupyter_spaces.widgets import source


class Module(ipywidgets.Widget):
    """An ES module with its style sheet. It has no view: the page's loader reads the traits."""

    name = t.Unicode().tag(sync=True)
    digest = t.Unicode(help="The same text is loaded once per page, by whichever kernel it came.").tag(sync=True)
    script = t.Unicode().tag(sync=True)
    style = t.Unicode().tag(sync=True)


class Shelf:
    """The modules of one front end: of this kernel's pages, or of one visitor."""

    def __init__(self) -> None:
        # Reentrant: a widget that nobody holds any more closes itself whenever Python collects it, here too.
        self._lock = threading.RLock()
        self._modules: dict[str, Module] = {}
        self._users: defaultdict[str, WeakSet[ipywidgets.Widget]] = defaultdict(WeakSet)

    def take(self, name: str, user: ipywidgets.Widget) -> Module:
        """Return the module of `static/<name>.js` for a widget, which gives it back when it closes."""
        with self._lock:
            self._users[name].add(user)  # first: from here on nobody who gives it back closes it
            module = self._modules.get(name)
            if module is None or module.comm is None:  # `Widget.close_all()` closed it, and all who used it
                script, style = source.script(name), source.style(name)
                module = Module(name=name, digest=source.digest(name), script=script, style=style)
                self._modules[name] = module
            return module

    def give_back(self, module: Module, user: ipywidgets.Widget) -> None:
        """Close the module when nobody else uses it. Giving back twice does nothing."""
        with self._lock:
            users = self._users[module.name]
            users.discard(user)
            if not users and self._modules.get(module.name) is module:
                del self._modules[module.name]
                module.close()


shelf: ContextVar[Shelf] = ContextVar("jupyter_spaces_shelf", default=Shelf())  # noqa: B039  # the kernel's, for all threads
