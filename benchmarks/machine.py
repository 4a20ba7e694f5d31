"""What numbers were measured on, in one line."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version


def machine() -> str:
    """Date, processor count, load and the versions that matter."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, {threads} torch threads, "
        f"load {load}, torch {version('torch')}, diffusers {version('diffusers')}"
    )
