from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from jupyter_spaces.jobs import DeviceQueue, LightPool, Patience

# Short enough to wait for in a test, long enough that a busy machine does not trip over it.
IMPATIENT = Patience(interrupt=1.0, again=0.3, abandon=2.5)


@pytest.fixture
def queue() -> Iterator[DeviceQueue]:
    queue = DeviceQueue("test", patience=IMPATIENT)
    yield queue
    queue.close()


@pytest.fixture
def pool() -> Iterator[LightPool]:
    pool = LightPool("test-pool", threads=2, patience=IMPATIENT)
    yield pool
    pool.close()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something is true, at most ten seconds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "it did not happen within ten seconds"
            time.sleep(0.005)

    return wait
