"""How a run becomes the output of a cell: as a Job does (`widgets/display.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_spaces.widgets.display import StaticOutputs, close_earlier_runs, show, show_live
from jupyter_spaces.widgets.headless import is_headless
from jupyter_spaces.widgets.training.run_view import RunView
from jupyter_spaces.widgets.training.snapshot import plain, run_snapshot

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run


def display_run(run: Run) -> None:
    """Show a run as the output of the cell that runs now; headless, wait for it, since nobody sees a later update.

    A headless run that fails is shown as far as it came, and then fails the cell with what it raised.
    """
    if is_headless():
        try:
            if run.job is not None:
                run.result()
        except KeyboardInterrupt:
            run.stop()
            raise
        finally:
            show(run_snapshot(run))
        return
    view = RunView(run)
    close_earlier_runs(view)
    statics = StaticOutputs(view.name)
    view.on_settled(statics.refresh)
    show_live(view.root, plain(run))
    statics.place()
