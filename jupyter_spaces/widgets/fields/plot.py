"""The field of a figure: a picture for matplotlib, the library's own interactive drawing for plotly and altair."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Plot
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.snapshots import html_of
from jupyter_spaces.widgets.upload import Offer


class PlotField(Field):
    """A figure to look at. Where the library's browser part is missing, the page shows the static form."""

    module = "plot"
    component: Plot

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        data = self.component.data(value)
        if data.type == "matplotlib":
            blob = Blob.from_url(data.plot, max_size=self.component.max_size)
            return {"library": "matplotlib", "data": blob.data, "mime": blob.mime}
        return {"library": data.type, "figure": data.plot, "html": html_of(self.component, data)}

    def offer(self, name: str) -> Offer | None:
        if name != "vendor/plotly.js" or "plotly" not in sys.modules:
            return None
        path = Path(str(files("plotly") / "package_data" / "plotly.min.js"))
        return Offer(path, "text/javascript") if path.is_file() else None

    def hear(self, data: Any) -> Any:
        raise InputError("A plot is shown only; it takes no input.")
