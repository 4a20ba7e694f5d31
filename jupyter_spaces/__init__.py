"""A notebook cell becomes an app, in the kernel that already holds the model.

Names resolve on first use (PEP 562), so that `import jupyter_spaces` and `%load_ext jupyter_spaces` stay light: neither
torch nor a widget is imported before somebody needs it.
"""

from __future__ import annotations

import importlib
from typing import Any

from jupyter_spaces.hosts import register_host

__version__ = "0.1.0"

# public name -> module that defines it
_HOMES = {
    **dict.fromkeys(
        ("Endpoint", "Session", "Space", "spaces", "update", "when"),
        "jupyter_spaces.space",
    ),
    **dict.fromkeys(
        (
            "HTML", "JSON", "AnnotatedImage", "Audio", "Chatbot", "Checkbox", "CheckboxGroup", "Code", "ColorPicker",
            "Component", "Dataframe", "DateTime", "Dropdown", "File", "Files", "Gallery", "Group", "HighlightedText",
            "Image", "ImageMask", "Label", "Markdown", "MaskedImage", "Message", "Model3D", "Number", "Plot", "Radio",
            "Slider", "Textbox", "Video",
        ),
        "jupyter_spaces.space.components",
    ),
    **dict.fromkeys(("Job", "Progress", "current_job"), "jupyter_spaces.jobs"),
    "component": "jupyter_spaces.widgets",
    **dict.fromkeys(("Run", "TrainConfig", "runs"), "jupyter_spaces.train"),
    "SpacesError": "jupyter_spaces.errors",
}  # fmt: skip

__all__ = ["__version__", "load_ipython_extension", "models", "train", "unload_ipython_extension"]
__all__ += list(_HOMES)

register_host("widgets", "jupyter_spaces.widgets.view:build_view")
register_host("display", "jupyter_spaces.widgets.display:display_space")
register_host("job", "jupyter_spaces.widgets.display:display_job")
register_host("run", "jupyter_spaces.widgets.training:display_run")


def __getattr__(name: str) -> Any:
    if name in ("models", "train"):
        return importlib.import_module(f"jupyter_spaces.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'jupyter_spaces' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext jupyter_spaces`."""
    from jupyter_spaces.magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext jupyter_spaces`."""
    from jupyter_spaces.magics import unload

    unload(ipython)
