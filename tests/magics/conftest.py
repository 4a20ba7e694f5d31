"""A real IPython shell in this process, and a real kernel in another one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_spaces.space import spaces


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A fresh shell with the extension loaded. There is no kernel, so nobody can press a button: it is headless."""
    InteractiveShell.clear_instance()
    main = sys.modules["__main__"]
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "jupyter_spaces")
    yield shell
    spaces.clear()
    shell.run_line_magic("unload_ext", "jupyter_spaces")
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = main  # IPython puts the notebook's namespace there


@pytest.fixture
def run(shell: InteractiveShell) -> Callable[[str], Any]:
    """Run a cell; returns its value and raises what failed it."""

    def run(cell: str) -> Any:
        result = shell.run_cell(cell)
        result.raise_error()
        return result.result

    return run


@dataclass
class Ran:
    """What a cell did in a real kernel."""

    status: str
    text: str = ""  # printed
    data: list[dict[str, Any]] = field(default_factory=list)  # mime bundles
    error: str = ""


class Kernel:
    """A kernel driven as a front end drives it. `interactive` says that a person could answer an input()."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager = manager
        self.client = client

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)

    def run(self, code: str, *, interactive: bool = True, timeout: float = 60) -> Ran:
        """Execute one cell and collect its outputs."""
        ran = Ran("")

        def hook(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                ran.text += content["text"]
            elif kind in ("display_data", "execute_result"):
                ran.data.append(content["data"])
            elif kind == "error":
                ran.error = f"{content['ename']}: {content['evalue']}"

        reply = self.client.execute_interactive(
            code,
            allow_stdin=interactive,
            timeout=timeout,
            output_hook=hook,
            store_history=True,
            stdin_hook=lambda _: None,
        )
        ran.status = reply["content"]["status"]
        if ran.status == "error" and not ran.error:
            ran.error = f"{reply['content']['ename']}: {reply['content']['evalue']}"
        return ran

    def value(self, expression: str) -> str:
        """repr of an expression in the kernel."""
        ran = self.run(f"print(repr({expression}))")
        assert ran.status == "ok", ran.error
        return ran.text.strip()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One kernel for the tests of a module."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
