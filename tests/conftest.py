"""What all tests share: one torch thread, no network by accident, and the browser last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before torch is imported, and for the kernels that tests start: with a browser, a server and a kernel on two cores, two
# torch threads were measured up to 25 times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first; and Playwright keeps an event loop running in its thread, which `asyncio.run` cannot share."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's root folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where tests leave what a person should look at."""
    folder = REPOSITORY / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder
