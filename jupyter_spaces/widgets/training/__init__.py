"""The training dashboard: a Run in a notebook, live and static."""

from jupyter_spaces.widgets.training.display import display_run
from jupyter_spaces.widgets.training.run_view import RunView, build_run_view
from jupyter_spaces.widgets.training.snapshot import run_snapshot

__all__ = ["RunView", "build_run_view", "display_run", "run_snapshot"]
