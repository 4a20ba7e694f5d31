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
    """`count` images within the first quarter of `steps`."""

    count: int
    steps: int

    @property
    def _interval(self) -> int:
        chunks = -(-self.count // CHUNK)
        return max(1, self.steps // 4 // chunks)

    def available(self, step: int) -> int:
        """How many images step `step` (0 for the first) draws from."""
        return min(self.count, CHUNK * (1 + step // self._interval))
