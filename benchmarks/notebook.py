"""`scripts/bench notebook`: what the notebook route costs, beside Gradio's own (`launch()` and its iframe).

Both run on this machine, in the same JupyterLab and Chromium, one after the other; the numbers are a table for people
and JSON for machines in output/.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks import cells, importing, page, queue_throughput, round_trip
from tests.browser.lab import Lab, running_lab
from tests.browser.notebook import NotebookPage, notebook_of
from tests.conftest import CHROMIUM_ARGUMENTS

OUTPUT = Path("output")
GRADIO_PYTHON = Path(".venv-gradio/bin/python").absolute()
ROW = "| {what} | {ours} | {gradio} | {goal} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench notebook")
    parser.add_argument("--quick", action="store_true", help="few repetitions: does it run at all?")
    clicks, calls = (5, 40) if parser.parse_args().quick else (100, 400)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    found: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        os.environ["JUPYTER_DATA_DIR"] = str(data)
        os.environ["JUPYTER_RUNTIME_DIR"] = str(Path(folder) / "runtime")
        kernel = round_trip.kernel_spec(data, GRADIO_PYTHON)
        _say("import")
        found["import"] = [
            importing.measure(sys.executable, "from jupyter_spaces import Slider, Space, spaces"),
            importing.measure(GRADIO_PYTHON, "import gradio"),
        ]
        _say("kernel round trip")
        times, rate = round_trip.measure_gradio(calls, kernel)
        found["round trip"] = [summary(round_trip.measure_space(calls)), summary(times)]
        _say("queue")
        found["queue"] = [queue_throughput.measure()["queue_jobs_per_s"], rate]
        with running_lab(Path(folder)) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM_ARGUMENTS)
            _say("click to picture")
            found["click"] = [_clicks(browser, lab, kernel, gradio=side, count=clicks) for side in (False, True)]
            _say("cell to visible")
            found["visible"] = [_visible(browser, lab, kernel, gradio=side) for side in (False, True)]
            browser.close()
    found["load"] = os.getloadavg()
    OUTPUT.mkdir(exist_ok=True)
    text = table(found)
    (OUTPUT / "bench-notebook.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
    (OUTPUT / "bench-notebook.md").write_text(text, encoding="utf-8")
    print(f"\n{text}\nwritten to {OUTPUT}/bench-notebook.md and .json")


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    gradio = next(GRADIO_PYTHON.parent.parent.glob("lib/python*/site-packages/gradio-*.dist-info")).name
    return {
        "date": time.strftime("%Y-%m-%d"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "load_before": os.getloadavg(),
        "jupyter_spaces": version("jupyter-spaces-ml"),
        "gradio": gradio.removeprefix("gradio-").removesuffix(".dist-info"),
        "jupyterlab": version("jupyterlab"),
        "ipykernel": version("ipykernel"),
    }


def summary(times: list[float]) -> dict[str, float]:
    """p50 and p95 of some milliseconds."""
    ordered = sorted(times)
    return {"p50": statistics.median(ordered), "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]}


def table(found: dict[str, Any]) -> str:
    """The numbers as people read them."""
    facts = found["machine"]
    rows: list[tuple[str, str, str, str]] = []
    ours, gradio = found["import"]
    rows.append(("import, s", f"{ours['seconds']:.3f}", f"{gradio['seconds']:.3f}", "≤ 0.25"))
    rows.append(("import, MB resident", f"{ours['bytes'] / 2**20:.0f}", f"{gradio['bytes'] / 2**20:.0f}", "≤ 40"))
    for name, index in (("one field", 0), ("15 fields", 1)):
        left, right = (side[index] for side in found["visible"])
        goal = "≤ 300" if index else ""
        rows.append((f"cell to visible, {name}, ms", f"{left:.0f}", f"{right:.0f}", goal))
    for kind, words in (("dom", "in the DOM"), ("drawn", "loaded")):
        left, right = (side[kind] for side in found["click"])
        for part in ("p50", "p95"):
            rows.append(
                (f"click to picture {words}, {part}, ms", f"{left[part]:.1f}", f"{right[part]:.1f}", "≤ Gradio")
            )
    left, right = found["round trip"]
    rows.append(("round trip without a browser, p50, ms", f"{left['p50']:.1f}", f"{right['p50']:.1f}", "≤ 5"))
    rows.append(("round trip without a browser, p95, ms", f"{left['p95']:.1f}", f"{right['p95']:.1f}", ""))
    left, right = found["queue"]
    rows.append(
        ("trivial jobs through the queue, per s", f"{left:,.0f}", f"{right:,.0f} (calls, 10 callers)", "≥ 5,000")
    )
    lines = [ROW.format(what=what, ours=a, gradio=b, goal=goal) for what, a, b, goal in rows]
    return "\n".join([
        "jupyter_spaces {jupyter_spaces} beside Gradio {gradio}, {date}: {cores} cores, {memory_gib} GiB, {system}, "
        "Python {python}, JupyterLab {jupyterlab}, ipykernel {ipykernel}.".format_map(facts)
        + f" Load {facts['load_before'][0]:.1f} before and {found['load'][0]:.1f} after.",
        "",
        ROW.format(what="what", ours="jupyter_spaces", gradio="Gradio in the notebook", goal="goal"),
        ROW.format(what="---", ours="---:", gradio="---:", goal="---"),
        *lines,
        "",
    ])  # fmt: skip


def _clicks(browser: Browser, lab: Lab, kernel: str, *, gradio: bool, count: int) -> dict[str, dict[str, float]]:
    source = [cells.GRADIO_LOAD, cells.GRADIO] if gradio else [cells.LOAD, cells.SPACE]
    with _open(browser, lab, source, kernel if gradio else "python3") as notebook:
        times = page.clicks(notebook, gradio=gradio, count=count)
    return {kind: summary(values) for kind, values in times.items()}


def _visible(browser: Browser, lab: Lab, kernel: str, *, gradio: bool) -> list[float]:
    """The median of five cells each, with one field and with fifteen, after one that warms up."""
    runs = [(0, 1), *((run, 1) for run in range(1, 6)), *((run, 15) for run in range(6, 11))]
    form = cells.gradio_form if gradio else cells.space_form
    source = [cells.GRADIO_LOAD if gradio else cells.LOAD, *(form(run, count) for run, count in runs)]
    with _open(browser, lab, source, kernel if gradio else "python3") as notebook:
        times = page.visible(notebook, runs=runs)
    return [statistics.median(times[1:6]), statistics.median(times[6:])]


class _open:  # noqa: N801  # reads as the verb it is
    """A notebook open in a fresh page, and its kernel gone afterwards."""

    def __init__(self, browser: Browser, lab: Lab, source: list[str], kernel: str) -> None:
        self._context = browser.new_context(viewport={"width": 1280, "height": 1000})
        self._context.add_init_script(page.RECORDER)
        path = lab.folder / f"bench-{time.time_ns()}.ipynb"
        notebook = notebook_of(source)
        notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(notebook, path)
        self._lab = lab
        self._notebook = NotebookPage(lab, self._context.new_page(), path)

    def __enter__(self) -> NotebookPage:
        self._notebook.open()
        return self._notebook

    def __exit__(self, *_: object) -> None:
        self._context.close()
        self._lab.shut_kernels_down()


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("Chromium is needed: scripts/test installs it.")
    return found


def _say(what: str) -> None:
    print(f"measuring: {what}", flush=True)


if __name__ == "__main__":
    main()
