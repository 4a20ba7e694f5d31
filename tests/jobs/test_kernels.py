"""Jobs in real kernels of each generation: prints stay in the cell that started the job, and `await job` works.

ipykernel 6, 7.0-7.3 and 7.4 route the output of threads differently. Each version gets an environment of its own, kept
in pytest's cache.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
VERSIONS = ["6.31.0", "7.3.0", "7.4.0"]
# Seen on 7.3.0 alone, in one of some twenty rounds of a hundred cells that await: the kernel stops answering, with all
# of its threads waiting. Cells that await nothing but `asyncio.to_thread` do it too, so the jobs are not the cause.
STOPS_ANSWERING = "ipykernel-7.3.0"


def _environment(folder: Path, version: str) -> Path:
    """Make an environment with this ipykernel, once, and return its Python."""
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        packages = [f"ipykernel=={version}", "ipywidgets", "tqdm"]
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
        ready.touch()
    return python


@pytest.fixture(scope="module", params=VERSIONS)
def kernel_name(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Install a kernel spec of this ipykernel version and return its name."""
    version = request.param
    folder = Path(request.config.cache.mkdir(f"ipykernel-{version}-py{sys.version_info.minor}"))  # type: ignore[union-attr]
    python = _environment(folder, version)
    data = tmp_path_factory.mktemp("jupyter")
    spec = data / "kernels" / f"ipykernel-{version}"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps(
            {
                "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": f"ipykernel {version}",
                "language": "python",
                "env": {"PYTHONPATH": str(ROOT), "EXPECTED_IPYKERNEL": version},
            }
        )
    )
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(data)
    yield spec.name
    if before is None:
        del os.environ["JUPYTER_PATH"]
    else:
        os.environ["JUPYTER_PATH"] = before


@pytest.fixture(scope="module")
def client(kernel_name: str) -> Iterator[BlockingKernelClient]:
    assert kernel_name in KernelSpecManager().find_kernel_specs()
    manager = KernelManager(kernel_name=kernel_name)
    manager.start_kernel()
    client = manager.blocking_client()
    client.spec_name = kernel_name
    client.start_channels()
    client.wait_for_ready(timeout=60)
    _run(client, "import os, ipykernel; assert ipykernel.__version__ == os.environ['EXPECTED_IPYKERNEL']")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def _run(client: BlockingKernelClient, *cells: str) -> list[dict[str, Any]]:
    """Execute cells one after the other; return for each what reached it until the last one ended.

    Each entry has "stdout", "stderr", "display" (mime bundles), "error" (or None).
    """
    ids = [client.execute(cell) for cell in cells]
    got: list[dict[str, Any]] = [{"stdout": "", "stderr": "", "display": [], "error": None} for _ in ids]
    idle: set[str] = set()
    deadline = time.monotonic() + 60
    while idle != set(ids):
        try:
            message = client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            if client.spec_name == STOPS_ANSWERING:
                pytest.xfail("ipykernel 7.3.0 now and then stops answering; see STOPS_ANSWERING")
            raise
        parent = message["parent_header"].get("msg_id")
        if parent not in ids:
            continue
        mine, content = got[ids.index(parent)], message["content"]
        match message["msg_type"]:
            case "stream":
                mine[content["name"]] += content["text"]
            case "display_data" | "execute_result":
                mine["display"].append(content["data"])
            case "error":
                mine["error"] = f"{content['ename']}: {content['evalue']}"
            case "status" if content["execution_state"] == "idle":
                idle.add(parent)
    return got


SETUP = """
import asyncio, threading, time, warnings
from jupyter_spaces.jobs import current_job, device_queue, light_pool
queue, pool = device_queue("cpu"), light_pool()
"""


def test_prints_of_a_job_stay_in_the_cell_that_started_it(client: BlockingKernelClient):
    starts = SETUP + (
        "def work():\n"
        "    time.sleep(0.5)\n"
        "    print('from the job')\n"
        "    warnings.warn('a warning of the job')\n"
        "    time.sleep(0.5)\n"
        "    print('late, from the job')\n"
        "job = queue.submit(work)\n"
        "print('started')"
    )
    first, second, _ = _run(client, starts, "print('second'); time.sleep(0.8); print('second ends')", "job.result(10)")
    assert first["stdout"] == "started\nfrom the job\nlate, from the job\n"
    assert "a warning of the job" in first["stderr"]
    assert second["stdout"] == "second\nsecond ends\n"


def test_the_same_worker_thread_serves_each_cell_separately(client: BlockingKernelClient):
    cells = [f"j{n} = queue.submit(lambda: (time.sleep(0.2), print({n})))" for n in range(3)]
    *outputs, _ = _run(client, SETUP, *cells, "[j.result(10) for j in (j0, j1, j2)];")
    assert [output["stdout"] for output in outputs[1:]] == ["0\n", "1\n", "2\n"]


def test_coroutines_and_nested_jobs_print_there_too(client: BlockingKernelClient):
    starts = SETUP + (
        "async def inner():\n"
        "    await asyncio.sleep(0.3)\n"
        "    print('inner')\n"
        "async def outer():\n"
        "    await queue.submit(inner)\n"
        "    await pool.submit(inner)\n"
        "    print('outer')\n"
        "job = queue.submit(outer)"
    )
    first, second, _ = _run(client, starts, "print('second'); time.sleep(0.8)", "await job")
    assert first["stdout"] == "inner\ninner\nouter\n"
    assert second["stdout"] == "second\n"


def test_what_is_printed_is_in_the_log_as_well(client: BlockingKernelClient):
    *_, last = _run(
        client,
        SETUP,
        "job = queue.submit(print, 'hello')",
        "job.result(10); print([e.data.text for e in job.events.since() if e.kind == 'print'])",
    )
    assert last["stdout"] == "['hello\\n']\n"


def test_await_works_in_a_cell_while_its_prints_arrive(client: BlockingKernelClient):
    cell = (
        "def work():\n    print('one')\n    time.sleep(0.1)\n    print('two')\n    return 42\nawait queue.submit(work)"
    )
    *_, last = _run(client, SETUP, cell)
    assert last["stdout"] == "one\ntwo\n"
    assert last["display"][-1]["text/plain"] == "42"


def test_await_raises_the_jobs_exception_in_the_cell(client: BlockingKernelClient):
    *_, last = _run(client, SETUP, "await queue.submit(lambda: 1 / 0)")
    assert last["error"] == "ZeroDivisionError: division by zero"


def test_several_jobs_can_be_gathered_and_followed(client: BlockingKernelClient):
    cell = (
        "job = queue.submit(lambda: [current_job().emit('partial', n, series='partial') for n in range(3)])\n"
        "print([e.data async for e in job.afollow() if e.kind == 'partial'])\n"
        "async def wait(job): return await job\n"
        "await asyncio.gather(*(wait(queue.submit(int, str(n))) for n in range(5)))"
    )
    *_, last = _run(client, SETUP, cell)
    assert last["error"] is None
    assert last["stdout"] == "[0, 1, 2]\n"
    assert last["display"][-1]["text/plain"] == "[0, 1, 2, 3, 4]"


def test_a_notebook_bar_inside_a_job_makes_no_widget(client: BlockingKernelClient):
    cell = (
        "import tqdm.auto, ipywidgets\n"
        "widgets = getattr(ipywidgets.widgets.widget, '_instances')\n"
        "before = len(widgets)\n"
        "job = queue.submit(lambda: list(tqdm.auto.tqdm(range(3), desc='steps')))\n"
        "await job\n"
        "print(len(widgets) - before, job.progress.fraction, job.progress.text, tqdm.auto.tqdm.__mro__[1].__name__)"
    )
    *_, last = _run(client, SETUP, cell)
    assert last["stdout"] == "0 1.0 steps tqdm_notebook\n"
    assert last["display"] == []


def test_a_hundred_reruns_of_a_cell_leave_the_threads_as_they_were(client: BlockingKernelClient):
    cell = "jobs = [queue.submit(int) for _ in range(3)] + [pool.submit(int)]; [await job for job in jobs];"
    count = "time.sleep(0.1); print(threading.active_count())"
    outputs = _run(client, SETUP, cell, count, *[cell] * 100, count)
    assert int(outputs[-1]["stdout"]) <= int(outputs[2]["stdout"]) + 2


def test_nbclient_records_awaited_jobs_and_fails_on_their_exceptions(kernel_name: str):
    cells = [
        SETUP,
        "job = queue.submit(lambda: print('painting') or 'a picture')\nawait job",
        "await queue.submit(lambda: 1 / 0)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        NotebookClient(notebook, kernel_name=kernel_name, timeout=60).execute()
    outputs = notebook.cells[1].outputs
    assert [output.output_type for output in outputs] == ["stream", "execute_result"]
    assert outputs[0].text == "painting\n"
    assert outputs[1].data["text/plain"] == "'a picture'"


def test_displays_of_a_job_stay_in_its_cell_too_from_ipykernel_7_on(client: BlockingKernelClient):
    starts = SETUP + "job = queue.submit(lambda: (time.sleep(0.4), display({'text/plain': 'shown'}, raw=True)))"
    first, second, last = _run(client, starts, "time.sleep(0.8)", "job.result(10); print(ipykernel.__version__)")
    # ipykernel 6 keeps the parent of displays in an attribute of the process: there they go to the cell that runs.
    shown_in = second if last["stdout"].startswith("6.") else first
    assert [data["text/plain"] for data in first["display"] + second["display"]] == ["shown"]
    assert shown_in["display"]
