"""When class images have to be there.

Training starts with a handful of them and the rest are made on the way, so that the first loss does not wait for all.
How many a step may draw from is a function of the step alone; were it a matter of what is finished, two runs would
differ, and a resumed one from itself.
"""

from __future__ import annotations

from dataclasses import dataclass

CHUNK = 8  # images that are made together


@dataclass(frozen=True)
class Pace:
    """`count` images within the first quarter of `steps`: a chunk at the first step, or more where a run is short."""

    count: int
    steps: int

    def available(self, step: int) -> int:
        """How many images step `step` (0 for the first) draws from."""
        chunks, quarter = -(-self.count // CHUNK), max(1, self.steps // 4)
        return min(self.count, CHUNK * -(-chunks * (step + 1) // quarter))
