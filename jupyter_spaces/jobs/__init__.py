"""Jobs: anything that takes time, and the queues they wait in. Knows no Jupyter, no HTTP and no torch.

`device_queue("cpu").submit(function, ...)` returns a `Job`: await it, follow its events, stop it. The function finds
its job with `current_job()`.
"""

from jupyter_spaces.jobs.current import current_job
from jupyter_spaces.jobs.devices import assign_device, device_of, device_queue, device_queues
from jupyter_spaces.jobs.event import Event, JobStatus, Printed, QueueState
from jupyter_spaces.jobs.event_log import EventLog
from jupyter_spaces.jobs.job import Job
from jupyter_spaces.jobs.job_context import register_job_context
from jupyter_spaces.jobs.light_pool import LightPool, light_pool
from jupyter_spaces.jobs.progress import Progress, ProgressState
from jupyter_spaces.jobs.queue import DeviceQueue
from jupyter_spaces.jobs.stats import QueueStats
from jupyter_spaces.jobs.stopping import Patience

__all__ = [
    "DeviceQueue",
    "Event",
    "EventLog",
    "Job",
    "JobStatus",
    "LightPool",
    "Patience",
    "Printed",
    "Progress",
    "ProgressState",
    "QueueState",
    "QueueStats",
    "assign_device",
    "current_job",
    "device_of",
    "device_queue",
    "device_queues",
    "light_pool",
    "register_job_context",
]
