"""Drawn: an anywidget whose module and style sheet lie in `widgets/static/`."""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import traitlets as t

from jupyter_spaces.widgets import source


class Drawn(anywidget.AnyWidget):
    """`module` names the ES module, which imports `view.js` and so brings `view.css`."""

    module: ClassVar[str]

    _esm = t.Unicode().tag(sync=True)
    _css = t.Unicode().tag(sync=True)
    _anywidget_id = t.Unicode("jupyter_spaces.view").tag(sync=True)  # one style element in the page for all of them

    @t.default("_esm")
    def _default_esm(self) -> str:
        return source.script(self.module)

    @t.default("_css")
    def _default_css(self) -> str:
        return source.style(self.module)

    def add_traits(self, **traits: Any) -> None:
        # anywidget adds its traits to every instance, and traitlets makes a class for each instance that does so.
        missing = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if missing:
            super().add_traits(**missing)
