"""How many trivial jobs a second go through a device queue, from submit to done, events included.

Run it with `python -m benchmarks.queue_throughput`, or call `measure()`. The goal is 5,000 a second.
"""

from __future__ import annotations

import time

from jupyter_spaces.jobs import DeviceQueue


def measure(jobs: int = 20_000) -> dict[str, float]:
    """Return jobs per second: "queue_jobs_per_s" submitted in one go, "queue_round_trips_per_s" one after the other."""
    queue = DeviceQueue("benchmark", capacity=jobs)
    try:
        queue.submit(int).result()  # starts the thread, which is not what is measured
        began = time.perf_counter()
        submitted = [queue.submit(int) for _ in range(jobs)]
        for job in submitted:
            job.result()
        in_one_go = jobs / (time.perf_counter() - began)

        began = time.perf_counter()
        for _ in range(jobs // 4):
            queue.submit(int).result()
        one_by_one = (jobs // 4) / (time.perf_counter() - began)
    finally:
        queue.close()
    return {"queue_jobs_per_s": in_one_go, "queue_round_trips_per_s": one_by_one}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28}{value:12,.0f}")
