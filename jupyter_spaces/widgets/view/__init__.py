"""Views: what shows a Space or a Job in a notebook, live and static."""

from jupyter_spaces.widgets.view.job_view import JobView, build_job_view
from jupyter_spaces.widgets.view.snapshot import Call, snapshot
from jupyter_spaces.widgets.view.space_view import SpaceView, build_view

__all__ = ["Call", "JobView", "SpaceView", "build_job_view", "build_view", "snapshot"]
