"""The job strip: Run and Stop, status, progress, printed lines and errors of one job after the other.

A strip draws what its traits say and reports clicks; which job it shows is told by `watch`. Only the pump of its view
writes the traits. Alone, without a Run button, it is the view of a Job (`job_view.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import traitlets

from jupyter_spaces.jobs import Event, Job, JobStatus
from jupyter_spaces.widgets.drawn import Drawn
from jupyter_spaces.widgets.view.glance import Glance
from jupyter_spaces.widgets.view.pump import Pump
from jupyter_spaces.widgets.view.trouble import trouble

SOON = 0.04  # seconds: of a call that ends before, only the result and the end travel
IDLE: dict[str, Any] = {"status": ""}


class JobStrip(Drawn):
    """The traits of the strip; all written by Python, from the pump's thread."""

    module = "job-strip"

    label = traitlets.Unicode("Run").tag(sync=True)  # what the button says
    title = traitlets.Unicode("").tag(sync=True)  # the job's name, where no form around the strip says it
    can_run = traitlets.Bool(True).tag(sync=True)
    fields = traitlets.List(traitlets.Unicode()).tag(sync=True)  # model ids of what must be in sync before a run
    job = traitlets.Dict(IDLE).tag(sync=True)  # a Glance
    log = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Dict().tag(sync=True)  # see trouble.py
    timers = traitlets.Dict().tag(sync=True)  # name -> seconds: the page asks for a tick while somebody looks at it
    result = traitlets.Unicode("").tag(sync=True)  # sanitised HTML, for a job that stands alone


class Watch:
    """Follows one job from its start and has the pump write what the strip shows of it.

    `on_partial` receives the values that a streaming endpoint yields, and `on_end` the job, both on the pump's thread:
    they may write traits. `on_end` runs before the strip says that the job is over, and only when there is a result;
    `on_over` after it, in any case. `blame` turns an exception into the strip's `error`;
    None leaves that trait to the owner of the strip.
    """

    def __init__(
        self,
        job: Job[Any],
        strip: JobStrip,
        pump: Pump,
        *,
        on_partial: Callable[[Any], None] | None = None,
        on_end: Callable[[Job[Any]], None] | None = None,
        on_over: Callable[[Job[Any]], None] | None = None,
        blame: Callable[[BaseException], dict[str, Any]] | None = trouble,
    ) -> None:
        self.job = job
        self._strip = strip
        self._pump = pump
        self._on_partial = on_partial
        self._on_end = on_end
        self._on_over = on_over
        self._blame = blame
        self._lock = threading.Lock()
        self._glance = Glance()
        self._partial: Any = None
        self._ended = False
        self._stopped = False
        self._unsubscribe = job.subscribe(self._hear)

    def stop(self) -> None:
        """Stop following; the job goes on. What it still says is not shown in a strip that follows another one now."""
        self._stopped = True
        self._unsubscribe()
        self._pump.forget((self._strip, "job"))
        self._pump.forget((self._strip, "partial"))

    def _hear(self, event: Event) -> None:
        """Runs on whatever thread the event comes from: notes what changed and lets the pump write it."""
        with self._lock:
            self._glance.take(event)
            ended = self._glance.ended
            if ended and self._ended:
                return  # what a job still prints after its end does not undo the end
            self._ended = ended
        if event.kind == "partial" and self._on_partial is not None:
            self._partial = event.data
            self._pump.post((self._strip, "partial"), self._show_partial)
        elif ended:
            self._pump.post((self._strip, "job"), self._show_end, at_once=True)
        else:
            self._pump.post((self._strip, "job"), self._show, wait=SOON)

    def _show_partial(self) -> None:
        if self._on_partial is not None and not self._stopped:
            self._on_partial(self._partial)

    def _show(self) -> None:
        if self._stopped:
            return
        with self._lock:
            state, log = self._glance.as_trait(self.job), self._glance.log_text()
        with self._strip.hold_sync():
            self._strip.job = state
            self._strip.log = log
            if self._blame is not None:
                self._strip.error = {}

    def _show_end(self) -> None:
        if self._stopped:
            return
        self._pump.forget((self._strip, "partial"))
        failure = self._failure()
        if self._glance.status == JobStatus.DONE and failure is None and self._on_end is not None:
            try:
                self._on_end(self.job)
            except Exception as exc:  # a result that its widget cannot show is an error like any other
                failure = exc
        with self._strip.hold_sync():
            self._show()
            if failure is not None:
                self._strip.job = {**self._strip.job, "status": "failed"}
                if self._blame is not None:
                    self._strip.error = self._blame(failure)
        if self._on_over is not None:
            self._on_over(self.job)

    def _failure(self) -> BaseException | None:
        if self._glance.status is JobStatus.CANCELLED:
            return None
        return self.job.exception(timeout=5.0)
