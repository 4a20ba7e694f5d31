"""What `import` costs: seconds and bytes, each in a new process."""

from __future__ import annotations

import json
import statistics
import subprocess
from pathlib import Path

CODE = """
import time
start = time.perf_counter()
{statement}
seconds = time.perf_counter() - start
import json, psutil
print(json.dumps([seconds, psutil.Process().memory_info().rss]))
"""


def measure(python: str | Path, statement: str, runs: int = 7) -> dict[str, float]:
    """Return the median of several runs: "seconds", and "bytes" resident in the whole process."""
    command = [str(python), "-c", CODE.format(statement=statement)]
    subprocess.run(command, capture_output=True, check=True)  # compiles what was never imported before
    found = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(runs)]
    seconds, size = zip(*found, strict=True)
    return {"seconds": statistics.median(seconds), "bytes": statistics.median(size)}
