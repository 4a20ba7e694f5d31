"""What people ask of a run in the middle of it. The training thread takes it between two steps.

Commands come from clicks and cells on other threads; none of them touches the model. So each takes effect within one
step, and none can change the random stream of the run.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_spaces.jobs import Job
    from jupyter_spaces.train.training import Training

Command = Callable[["Training"], None]


class Commands:
    """A line of commands, and whether the run is paused or asked to stop."""

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._news = threading.Event()
        self.paused = False
        self.stopping = False

    def put(self, command: Command) -> None:
        """Have `command(training)` called on the training thread, between two steps; also while the run is paused."""
        self._waiting.append(command)
        self._news.set()

    def pause(self, paused: bool) -> None:
        """Pause, or go on."""
        self.paused = paused
        self._news.set()

    def stop(self) -> None:
        """End the run after this step, with a checkpoint."""
        self.stopping = True
        self._news.set()

    def obey(self, training: Training) -> None:
        """Call what waits. On the training thread."""
        self._news.clear()
        while self._waiting:
            self._waiting.popleft()(training)

    def wait(self, job: Job[None]) -> None:
        """Wait for the next command with the device given away. Raises `JobCancelled`."""
        job.wait_aside(self._news)
