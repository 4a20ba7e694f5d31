"""The static form of a figure.

A matplotlib figure is a picture. A plotly or altair figure is JSON that only its library draws: a picture is made
where the library's own image exporter is installed (kaleido, vl-convert), and otherwise the numbers are shown as a
table. The bundle also carries the figure in its library's media type, which JupyterLab and VS Code draw by
themselves.
"""

from __future__ import annotations

import base64
import importlib.util
import sys
from html import escape
from typing import Any

from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.widgets.pictures import image_tag
from jupyter_spaces.widgets.stills.table import rows_html

_MEDIA_TYPES = {"plotly": "application/vnd.plotly.v1+json", "altair": "application/vnd.vegalite.v5+json"}


def plot_html(component: Any, value: Any) -> str:
    data = component.data(value)
    if data.type == "matplotlib":
        return image_tag(Blob.from_url(data.plot, max_size=component.max_size), component.label or "plot")
    picture = _exported(data.type, value)
    if picture is not None:
        return image_tag(Blob(picture, "image/png"), component.label or "plot")
    columns, rows = _plotly_rows(data.plot) if data.type == "plotly" else _altair_rows(data.plot)
    note = (
        f'<div style="opacity:.6">The numbers of an interactive {data.type} figure; run the cell to see it drawn.</div>'
    )
    return f"<div><b>{escape(_title(data.type, data.plot))}</b>{rows_html(columns, rows)}{note}</div>"


def plot_bundle(component: Any, value: Any) -> dict[str, Any]:
    data = component.data(value)
    if data.type == "matplotlib":
        blob = Blob.from_url(data.plot, max_size=component.max_size)
        return {"image/png": base64.b64encode(blob.data).decode()}
    return {_MEDIA_TYPES[data.type]: data.plot}


def _exported(library: str, figure: Any) -> bytes | None:
    """Return a PNG by the library's own exporter where one is installed and works."""
    exporter = "kaleido" if library == "plotly" else "vl_convert"
    if library not in sys.modules or importlib.util.find_spec(exporter) is None:
        return None
    try:
        if library == "plotly":
            return bytes(figure.to_image(format="png", scale=2))
        import io

        buffer = io.BytesIO()
        figure.save(buffer, format="png", scale_factor=2)
        return buffer.getvalue()
    except Exception:
        # Exporters drive a browser of their own; whatever it trips over, the numbers can still be shown.
        return None


def _title(library: str, figure: dict[str, Any]) -> str:
    found = figure.get("layout", {}).get("title") if library == "plotly" else figure.get("title")
    found = found.get("text") if isinstance(found, dict) else found
    return found if isinstance(found, str) else ""


def _plotly_rows(figure: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    rows = []
    for place, trace in enumerate(figure.get("data", [])):
        name = str(trace.get("name") or f"{trace.get('type', 'trace')} {place + 1}")
        axes = [_numbers(trace.get(axis)) for axis in ("x", "y", "z") if trace.get(axis) is not None]
        axes = axes or [_numbers(trace.get(axis)) for axis in ("labels", "values") if trace.get(axis) is not None]
        rows += [[name, *(_scalar(cell) for cell in cells)] for cells in zip(*axes, strict=False)]
    width = max((len(row) for row in rows), default=1)
    return ["trace", "x", "y", "z"][:width], [row + [None] * (width - len(row)) for row in rows]


def _numbers(values: Any) -> list[Any]:
    """Plotly 6 writes arrays as {"dtype": "f8", "bdata": base64}."""
    if isinstance(values, dict) and "bdata" in values:
        import numpy as np

        try:
            array = np.frombuffer(base64.b64decode(values["bdata"]), dtype=np.dtype(str(values.get("dtype"))))
        except (TypeError, ValueError):
            return []
        return list(array.tolist())
    return values if isinstance(values, list) else []


def _altair_rows(figure: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    sets = figure.get("datasets") or {}
    inline = figure.get("data", {}).get("values") if isinstance(figure.get("data"), dict) else None
    records = next(iter(sets.values()), None) or inline or []
    records = [record for record in records if isinstance(record, dict)]
    columns = list(dict.fromkeys(name for record in records for name in record))
    return columns, [[_scalar(record.get(name)) for name in columns] for record in records]


def _scalar(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, (str, int, float, bool)) else str(cell)
