"""Spaces and components as ipywidgets, and their static forms for readers without a kernel."""

import jupyter_spaces.widgets.fields
import jupyter_spaces.widgets.stills  # noqa: F401  (both register what they hold)
from jupyter_spaces.widgets.custom import component
from jupyter_spaces.widgets.field import Field
from jupyter_spaces.widgets.registry import close_tree, problem_of, register_widget, set_props, widget_for
from jupyter_spaces.widgets.snapshots import register_html, static_form
from jupyter_spaces.widgets.view import JobView, SpaceView, build_job_view, build_view, snapshot

__all__ = [
    "Field",
    "JobView",
    "SpaceView",
    "build_job_view",
    "build_view",
    "close_tree",
    "component",
    "problem_of",
    "register_html",
    "register_widget",
    "set_props",
    "snapshot",
    "static_form",
    "widget_for",
]
