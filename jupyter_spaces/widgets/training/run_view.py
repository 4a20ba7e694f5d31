"""The live view of a training run: what it shows, and what its buttons do.

The run tells on its training thread that something changed; the pump reads the run's attributes and writes the traits,
about ten times a second, the first and the last change at once. A wish of the page is done on a second pump, in the
order in which wishes came: loading a checkpoint takes seconds, and the curve goes on meanwhile.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from jupyter_spaces.errors import SpacesError
from jupyter_spaces.widgets.training.album import Album, album_of
from jupyter_spaces.widgets.training.dashboard import PROBE_SERIES, STEP_SERIES, Dashboard
from jupyter_spaces.widgets.training.feed import Feed, window
from jupyter_spaces.widgets.training.figures import figures
from jupyter_spaces.widgets.training.snapshot import run_snapshot
from jupyter_spaces.widgets.training.wishes import Act, read_wish, refusals
from jupyter_spaces.widgets.upload import Offer, answer_fetch
from jupyter_spaces.widgets.view.boxes import classes
from jupyter_spaces.widgets.view.pump import QUIET, Pump
from jupyter_spaces.widgets.view.trouble import trouble

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

BESIDE = 1.0  # seconds that the curve of another run may be old
BYTES = "application/octet-stream"
MOST_OF_OTHERS = 400  # buckets of the curve of another run


class RunView:
    """`root` is what to display. Closing the root, or `close()`, ends the view and leaves the run alone."""

    def __init__(self, run: Run, *, others: Sequence[Run] = ()) -> None:
        self.run = run
        self.name = f"jsp-view-{secrets.token_hex(4)}"
        self._others = tuple(others)
        self._album = Album({}, {})
        self._turn = 0
        self._state = ""
        self._readers: list[Callable[[dict[str, Any]], None]] = []
        self._pump = Pump()
        self._wishes = Pump(interval=0.0)
        self._steps = Feed(lambda: run.history.steps, STEP_SERIES)
        self._probes = Feed(lambda: run.history.probes, PROBE_SERIES)
        self._beside = [_beside(each) for each in self._others]
        self.root = _Root(self, name=run.name, _dom_classes=classes(self.name))
        self.root.on_msg(self._hear)
        self._unsubscribe = [run.subscribe(self._changed)]
        self._unsubscribe += [each.subscribe(self._changed_beside) for each in self._others]

    def on_settled(self, reader: Callable[[dict[str, Any]], None]) -> None:
        """Have this called with the static form when the view came on a page and when the run comes to rest."""
        self._readers.append(reader)

    def flush(self) -> bool:
        """Wait until the wishes so far were done and the traits say so."""
        return self._wishes.flush() and self._pump.flush()

    def close(self) -> None:
        """Free the widget and the subscriptions; the run goes on."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._wishes.close()
        self._pump.close()
        self.root.on_msg(self._hear, remove=True)
        self.root.view = None
        layout = self.root.layout
        self.root.close()
        layout.close()

    # What the run says

    def _changed(self, what: str) -> None:
        """Runs on the thread that trains: notes what is to be written, and returns."""
        # "state" is also said of another sentence in the same state, a hundred times while class images are painted.
        turned, self._state = self.run.state != self._state, self.run.state
        self._pump.post("figures", self._show_figures, at_once=turned)
        if what in ("sample", "images", "state"):
            self._pump.post("album", self._show_album, at_once=turned)
        if what in ("checkpoint", "images", "state"):
            self._pump.post("checkpoints", self._show_checkpoints, at_once=turned)
        if turned and self.run.state not in ("waiting", "preparing", "training"):
            self._tell()

    def _show_figures(self) -> None:
        run = self.run
        base, tail = self._steps.update()
        probes_base, probes_tail = self._probes.update()
        with self.root.hold_sync():
            self.root.steps_base, self.root.steps_tail = base, tail
            self.root.probes_base, self.root.probes_tail = probes_base, probes_tail
            self.root.head = asdict(figures(run))
            self.root.live = run.job is not None
            self.root.refusals = refusals(run)
            self.root.notice = {"text": run.notice, "warnings": list(run.warnings), "traceback": _traceback(run)}

    def _show_album(self) -> None:
        self._album = album_of(self.run)
        self.root.album = self._album.index

    def _show_checkpoints(self) -> None:
        self.root.checkpoints = [
            {"step": each.step, "size": each.nbytes, "scores": each.scores} for each in self.run.checkpoints
        ]
        self.root.refusals = refusals(self.run)

    def _changed_beside(self, what: str) -> None:
        if what in ("state", "step", "probe"):
            self._pump.post("others", self._show_others, wait=BESIDE if what != "state" else 0.0)

    def _show_others(self) -> None:
        self.root.others = [
            {"name": run.name, "steps": b"".join(steps.update()), "probes": b"".join(probes.update())}
            for run, (steps, probes) in zip(self._others, self._beside, strict=True)
        ]

    # What the page says

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if not isinstance(message, dict):
            return
        if message.get("jsp") == "fetch":
            self.root.send(*answer_fetch(message, self._offer))
        elif message.get("do") == "shown":
            self._tell()
        else:
            self._wishes.post(object(), lambda: self._grant(message))

    def _grant(self, message: dict[str, Any]) -> None:
        """Do what a message wishes, and say what became of it. Runs on the wishes' own thread."""
        try:
            act = read_wish(self.run, message)
            if act is None:
                return
            self._say(act.doing)
            act.do()
        except SpacesError as error:
            self._say(str(error), bad=True)
        except Exception as error:
            said = trouble(error)
            self._say(said["message"], bad=True, traceback=said["traceback"])
        else:
            self._say(act.done)
            self._pump.post("used", lambda: self._note(act, message))

    def _note(self, act: Act, message: dict[str, Any]) -> None:
        if message["do"] == "use":
            self.root.used = message["step"]
        self.root.refusals = refusals(self.run)

    def _say(self, text: str, *, bad: bool = False, traceback: str = "") -> None:
        self._turn += 1
        answer = {"text": text, "bad": bad, "traceback": traceback, "turn": self._turn}
        self._pump.post("answer", lambda: self.root.set_trait("answer", answer), at_once=True)

    def _offer(self, name: str) -> Offer | None:
        if name == "rows":
            rows = self.run.history.steps.rows()
            return Offer(np.ascontiguousarray(rows, "<f4").tobytes(), BYTES)
        if found := re.fullmatch(r"window/(\d{1,9})/(\d{1,9})", name, re.ASCII):
            return Offer(window(self.run.history.steps, STEP_SERIES, int(found[1]), int(found[2])), BYTES)
        return self._album.offer(name)

    # Its static form

    def _tell(self) -> None:
        if self._readers:
            self._pump.post("static", self._show_static, wait=QUIET)

    def _show_static(self) -> None:
        bundle = run_snapshot(self.run)
        for reader in self._readers:
            reader(bundle)


class _Root(Dashboard):
    """A dashboard that is a whole view: closing it closes the view."""

    def __init__(self, view: RunView, **traits: Any) -> None:
        super().__init__(**traits)
        self.view: RunView | None = view

    def close(self) -> None:
        view, self.view = getattr(self, "view", None), None
        if view is not None:
            view.close()
        else:
            super().close()


def build_run_view(run: Run, others: Sequence[Run] = ()) -> ipywidgets.Widget:
    """One widget that shows the run, with the curves of `others` beside its own; its `close()` frees it."""
    return RunView(run, others=others).root


def _beside(run: Run) -> tuple[Feed, Feed]:
    """What is followed of a run to compare with."""
    steps = Feed(lambda: run.history.steps, STEP_SERIES, most=MOST_OF_OTHERS)
    return steps, Feed(lambda: run.history.probes, PROBE_SERIES, most=MOST_OF_OTHERS)


def _traceback(run: Run) -> str:
    """Where a failed run failed, when that says more than its notice."""
    if run.state != "failed" or run.job is None or not run.job.done():
        return ""
    error = run.job.exception(timeout=5.0)
    return "" if error is None else str(trouble(error)["traceback"])
