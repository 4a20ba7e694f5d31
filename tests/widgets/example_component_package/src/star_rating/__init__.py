"""A row of stars to click: a component that anybody may install."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from jupyter_spaces import component


def stars(rating: Any, value: int) -> str:
    """Return the static form of a rating."""
    return f"<span>{rating.symbol * value}</span>"


@component(kind="star-rating", example=4, html=stars)
class StarRating(anywidget.AnyWidget):
    """From none to five stars."""

    _esm = Path(__file__).parent / "star_rating.js"
    value = traitlets.Int(0, min=0, max=5).tag(sync=True)
    symbol = traitlets.Unicode("★").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
