"""The traits of the training dashboard: one model for all of it, written by Python, from the pump's thread.

The page draws what they say and sends wishes (`wishes.py`) and fetches (`upload.py`). Curves are bytes (`feed.py`).
"""

from __future__ import annotations

from typing import Any

import traitlets as t

from jupyter_spaces.train.history import History
from jupyter_spaces.widgets.drawn import Drawn

STEP_SERIES = ("loss", "instance_loss", "prior_loss", "grad_norm", "lr")
PROBE_SERIES = ("class_loss", "photo_loss")


class Dashboard(Drawn):
    """What a page knows of a run. A reloaded page, or a second one, finds the whole of it here."""

    module = "training"

    name = t.Unicode().tag(sync=True)
    head = t.Dict().tag(sync=True)  # Figures
    notice = t.Dict().tag(sync=True)  # what the run says: {text, warnings, traceback}
    answer = t.Dict().tag(sync=True)  # what became of the last wish: {text, bad, turn}
    refusals = t.Dict().tag(sync=True)  # wish -> why it makes no sense now, or ''
    live = t.Bool().tag(sync=True)  # whether a job of this kernel runs it, or ran it

    series = t.Dict().tag(sync=True)  # the names of what the bytes hold: of steps, probes, and all rows
    steps_base = t.Bytes().tag(sync=True)
    steps_tail = t.Bytes().tag(sync=True)
    probes_base = t.Bytes().tag(sync=True)
    probes_tail = t.Bytes().tag(sync=True)
    others: t.List[Any] = t.List().tag(sync=True)  # {name, steps, probes}: the curves of the runs to compare with

    album = t.Dict().tag(sync=True)  # the names of the pictures, see Album.index
    checkpoints: t.List[Any] = t.List().tag(sync=True)  # {step, size, scores}
    used = t.Int(None, allow_none=True).tag(sync=True)  # the checkpoint that this view made run.pipeline

    @t.default("series")
    def _default_series(self) -> dict[str, list[str]]:
        return {"steps": list(STEP_SERIES), "probes": list(PROBE_SERIES), "rows": list(History().steps.columns)}
