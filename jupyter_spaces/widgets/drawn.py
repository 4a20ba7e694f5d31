"""Drawn: an anywidget whose ES module and style sheet lie in `static/`."""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets as t

from jupyter_spaces.widgets import source
from jupyter_spaces.widgets.shelf import Module, shelf


class Drawn(anywidget.AnyWidget):
    """`module` names the ES module; the page finds it by the model that `_module` refers to."""

    module: ClassVar[str]

    _module = t.Instance(Module).tag(sync=True, **ipywidgets.widget_serialization)
    _esm = t.Unicode().tag(sync=True)
    _css = t.Unicode().tag(sync=True)
    _anywidget_id = t.Unicode("jupyter_spaces").tag(sync=True)

    @t.default("_module")
    def _default_module(self) -> Module:
        self._shelf = shelf.get()
        return self._shelf.take(self.module, self)

    @t.default("_esm")
    def _default_esm(self) -> str:
        return source.script("loader")

    def add_traits(self, **traits: Any) -> None:
        # anywidget adds its traits to every instance, and traitlets makes a class for each instance that does so.
        missing = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if missing:
            super().add_traits(**missing)

    def close(self) -> None:
        """Close the widget, and its module when this was the last one that it draws."""
        super().close()
        if hasattr(self, "_shelf"):
            self._shelf.give_back(self._module, self)
