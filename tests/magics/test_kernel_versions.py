"""`%%space` in the kernels of two generations: defined, called, run headless, clicked.

ipykernel 6 and 7 route outputs, comms and the parent of a cell differently. Each version gets an environment of its own
with the package's dependencies, kept in pytest's cache.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from tests.magics.conftest import Kernel

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
VERSIONS = ["6.31.0", "7.3.0"]

GREETER = '''%%space greeter --examples hellos
def greet(name: str = "you") -> str:
    """Greet."""
    print("greeting")
    return f"Hello {name}"
'''


def _environment(folder: Path, version: str) -> Path:
    """Make an environment with this ipykernel and what the package needs, once, and return its Python."""
    python = folder / "bin" / "python"
    ready = folder / "ready"
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    packages = sorted([f"ipykernel=={version}", *(each for each in needed if not each.startswith("ipykernel"))])
    if not ready.exists() or ready.read_text() != repr(packages):
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
        ready.write_text(repr(packages))
    return python


class OneKernel(KernelSpecManager):
    """Knows one kernel: this package in that environment."""

    def __init__(self, python: Path) -> None:
        super().__init__()
        self.python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(
            argv=[str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name=kernel_name,
            language="python",
            env={"PYTHONPATH": str(ROOT)},
        )


@pytest.fixture(scope="module", params=VERSIONS)
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel of this version with the extension loaded."""
    version = request.param
    folder = Path(request.config.cache.mkdir(f"spaces-ipykernel-{version}-py{sys.version_info.minor}"))  # type: ignore[union-attr]
    manager = KernelManager(kernel_name="matrix", kernel_spec_manager=OneKernel(_environment(folder, version)))
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("notebook")))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        kernel = Kernel(manager, client)
        loaded = kernel.run("%load_ext jupyter_spaces\nimport ipykernel\nhellos = [{'name': 'Ada'}, {'name': 'Grace'}]")
        assert (loaded.status, loaded.text) == ("ok", ""), loaded.error
        assert kernel.value("ipykernel.__version__") == repr(version)
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def until_comm(kernel: Kernel, comm_id: str, wanted: Any) -> dict[str, Any]:
    """The first update of a widget that is wanted, as a page hears it."""
    deadline = time.monotonic() + 30
    while True:
        message = kernel.client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
        content = message["content"]
        if message["msg_type"] == "comm_msg" and content["comm_id"] == comm_id:
            state: dict[str, Any] = content["data"].get("state", {})
            if wanted(state):
                return state


def test_a_cell_is_an_app_and_space_call_presses_its_button(kernel: Kernel) -> None:
    ran = kernel.run(GREETER)
    assert ran.status == "ok", ran.error
    assert any("application/vnd.jupyter.widget-view+json" in data for data in ran.data)
    called = kernel.run("%space call greeter name='Ada'")
    assert (called.status, called.text) == ("ok", "greeting\n"), called.error
    assert called.data[-1]["text/plain"] == "'Hello Ada'"


def test_headless_the_examples_run_and_an_error_fails_the_cell(kernel: Kernel) -> None:
    ran = kernel.run(GREETER, interactive=False)
    assert ran.status == "ok", ran.error
    shown = str(ran.data)
    assert "Hello Ada" in shown
    assert "Hello Grace" in shown
    assert "application/vnd.jupyter.widget-view+json" not in shown
    broken = kernel.run("%%space broken\ndef divide(by: int = 0) -> float: return 1 / by", interactive=False)
    assert broken.status == "error"
    assert "divide(by=0) failed: ZeroDivisionError" in broken.error


def test_a_click_over_the_comm_runs_the_function(kernel: Kernel) -> None:
    """What the page sends when somebody presses Run, and what it hears back."""
    assert kernel.run(GREETER).status == "ok"
    kernel.run(
        "from jupyter_spaces.widgets.display import notebook_view\n"
        "form = notebook_view(spaces['greeter'])[0].forms['greet']"
    )
    strip, result = eval(kernel.value("(form.strip.model_id, form.results[0].model_id)"))
    click = {"comm_id": strip, "data": {"method": "custom", "content": {"do": "run"}}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", click))
    until_comm(kernel, result, lambda state: "Hello you" in str(state))  # whichever trait carries it
    over = until_comm(kernel, strip, lambda state: state.get("job", {}).get("status") == "done")
    assert not over.get("error")
    assert kernel.value("(form.results[0].value, form.strip.error)") == "('Hello you', {})"
