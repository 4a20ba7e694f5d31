"""Plot: a figure of matplotlib, plotly or altair, as a result.

The libraries are recognised by the names of their classes, and never imported: a figure can only exist when the user
has imported its library. On the wire a matplotlib figure is a PNG, the others are their JSON, which the browser draws.
"""

from __future__ import annotations

import io
import json
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.base import Component, refuse
from jupyter_spaces.space.components.blobs import DEFAULT_MAX_SIZE, Blob, check_size, url_schema
from jupyter_spaces.space.components.content import sniff
from jupyter_spaces.space.components.json_values import Json, as_json
from jupyter_spaces.space.components.pictures import example_image, png, read_image
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed

Library = Literal["matplotlib", "plotly", "altair"]

# Classes that figures inherit from, by top-level module.
_BASES: dict[str, tuple[Library, str]] = {
    "matplotlib": ("matplotlib", "Figure"),
    "plotly": ("plotly", "BaseFigure"),
    "altair": ("altair", "TopLevelMixin"),
}


@dataclass(frozen=True)
class PlotData:
    """A figure as it travels: the library, and its PNG as a data URL (matplotlib) or its JSON (plotly, altair)."""

    type: Library
    plot: Any


def library_of(value: object) -> Library | None:
    """Return the library whose figure this is, or None."""
    for base in type(value).__mro__:
        library, name = _BASES.get(base.__module__.partition(".")[0], (None, ""))
        if library is not None and base.__name__ == name:
            return library
    return None


@register_component
@dataclass(frozen=True, eq=False)
class Plot(Component[Any]):
    """A matplotlib Figure (or the Axes of one), a plotly Figure or an altair Chart.

    It is an output: from the wire comes a PlotData, which can be shown and sent on, and never a figure object.
    """

    kind = "plot"
    default_in_schema = False

    _: KW_ONLY
    dpi: int = 100  # dots per inch of a matplotlib figure
    max_size: int = DEFAULT_MAX_SIZE  # bytes of the PNG or of the JSON

    def check_value(self, value: object) -> Any:
        if isinstance(value, PlotData):
            return self.load_value(value.__dict__)
        library = library_of(value)
        if library is None and any(base.__module__.startswith("matplotlib.axes") for base in type(value).__mro__):
            value = getattr(value, "figure", None)
            library = library_of(value)
        if library is None:
            raise refuse(value, "a matplotlib figure, a plotly figure or an altair chart")
        return value

    def data(self, value: Any) -> PlotData:
        """Return the form of a figure that travels. Raises InputError when the library cannot draw it."""
        if isinstance(value, PlotData):
            return value
        library = library_of(value)
        assert library is not None, "only checked values come here"
        try:
            plot = _draw(library, value, self.dpi)
        except Exception as error:
            # Drawing runs the library on the user's data: whatever it raises is about the figure.
            raise InputError(f"The {library} figure cannot be drawn: {type(error).__name__}: {error}") from error
        if isinstance(plot, bytes):
            check_size(len(plot), self.max_size)
            return PlotData(library, Blob(plot, "image/png").to_url())
        check_size(len(plot), self.max_size)
        return PlotData(library, json.loads(plot))

    def dump_value(self, value: Any) -> Json:
        data = self.data(value)
        return {"type": data.type, "plot": data.plot}

    def load_value(self, data: Json) -> Any:
        if not isinstance(data, dict) or set(data) != {"type", "plot"}:
            raise InputError("A Plot is a result: from JSON it only reads what it wrote, {'type': ..., 'plot': ...}.")
        library, plot = data["type"], data["plot"]
        if library == "matplotlib":
            blob = Blob.from_url(plot, max_size=self.max_size)
            if sniff(blob.data) != "image/png":
                raise InputError("The plot of matplotlib is a PNG image as a data URL.")
            read_image(blob.data)
            return PlotData("matplotlib", blob.to_url())
        if library not in ("plotly", "altair"):
            raise InputError(f"The type of a plot is one of {listed(_BASES)}.")
        if not isinstance(plot, dict):
            raise refuse(plot, f"the JSON object of a figure of {library}")
        copy = as_json(plot)
        check_size(len(json.dumps(copy)), self.max_size)
        return PlotData(library, copy)  # type: ignore[arg-type]

    def value_schema(self) -> dict[str, Any]:
        image = url_schema(self.max_size, "image")
        forms = [
            {
                "type": "object",
                "properties": {"type": types, "plot": plot},
                "required": ["type", "plot"],
                "additionalProperties": False,
            }
            for types, plot in (
                ({"const": "matplotlib"}, image),
                ({"enum": ["plotly", "altair"]}, {"type": "object"}),
            )
        ]
        return {"oneOf": forms, "readOnly": True}

    def example_value(self) -> Any:
        return PlotData("matplotlib", Blob(png(example_image()), "image/png").to_url())

    def text_of(self, value: Any) -> str:
        return f"{value.type if isinstance(value, PlotData) else library_of(value)} plot"


def _draw(library: Library, figure: Any, dpi: int) -> bytes | str:
    """Return the PNG of a matplotlib figure, or the JSON text of another one."""
    if library == "matplotlib":
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight")
        return buffer.getvalue()
    if library == "plotly":
        return str(figure.to_json())
    return json.dumps(figure.to_dict(), allow_nan=False)
