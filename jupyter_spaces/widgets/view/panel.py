"""The panel below a form: examples to click, the flag button, the Python call and the schema of what the form says.

What the panel shows costs nothing until somebody opens it: the call is kept up to date from then on only.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from jupyter_spaces.space import Endpoint
from jupyter_spaces.space.components import BlobComponent, Component
from jupyter_spaces.widgets.drawn import Drawn

THUMBNAIL = 128  # pixels of the longer side; shown at half of it, for screens with two pixels per point
CELL = 80  # characters


class FormPanel(Drawn):
    """The traits of the panel; all written by Python, from the pump's thread."""

    module = "view-panel"

    examples = traitlets.Dict().tag(sync=True)
    call = traitlets.Unicode("").tag(sync=True)
    schema = traitlets.Unicode("").tag(sync=True)
    flagging = traitlets.Bool(False).tag(sync=True)
    flagged = traitlets.Unicode("").tag(sync=True)


def example_table(endpoint: Endpoint, examples: Sequence[Any]) -> dict[str, Any]:
    """The `examples` trait: one column per parameter that any example mentions."""
    used = [p for p in endpoint.parameters if any(p.name in example.values for example in examples)]
    return {
        "columns": [parameter.label for parameter in used],
        "names": [example.label(endpoint) for example in examples],
        "rows": [[_cell(p.component, example.values, p.name) for p in used] for example in examples],
    }


def schema_text(endpoint: Endpoint) -> str:
    """The endpoint's schema as people read JSON, with its hash."""
    return json.dumps({**endpoint.schema(), "hash": endpoint.schema_hash}, indent=2, ensure_ascii=False)


def _cell(component: Component[Any], values: Mapping[str, Any], name: str) -> dict[str, str]:
    if name not in values:
        return {"text": ""}
    value = values[name]
    text = component.to_text(value)
    cell = {"text": text if len(text) <= CELL else text[: CELL - 1] + "…"}
    if isinstance(component, BlobComponent) and value is not None:
        blob = component.encode(value)
        if blob.mime.startswith("image/"):
            cell["image"] = _thumbnail(blob.data)
    return cell


def _thumbnail(data: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        small = picture.convert("RGBA" if picture.mode in ("RGBA", "LA", "P") else "RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
