"""`%%space` in a real kernel: nothing listens, nothing leaks, and headless execution is the notebook's test."""

from __future__ import annotations

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.magics.conftest import Kernel

PAINTER = '''%%space painter --title "Painter" --examples examples
from typing import Annotated
from PIL import Image
from jupyter_spaces import Slider, Textbox

def paint(prompt: Annotated[str, Textbox(lines=2)],
          steps: Annotated[int, Slider(1, 50)] = 20,
          seed: int | None = None) -> Image.Image:
    """Paint a picture of the prompt."""
    return Image.new("RGB", (64, 64), prompt)
'''

COUNTS = """
import gc, threading, ipywidgets, psutil
def counts():
    gc.collect()
    me = psutil.Process()
    return {
        "threads": threading.active_count(), "sockets": len(me.net_connections()),
        "widgets": len(ipywidgets.widgets.widget._instances), "comms": len(get_ipython().kernel.comm_manager.comms),
        "files": me.num_fds(), "memory": me.memory_info().rss,
    }
"""


def listening(pid: int) -> set[int]:
    """The TCP ports on which a process listens."""
    connections = psutil.Process(pid).net_connections(kind="inet")
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}


def headless(*cells: str) -> nbformat.NotebookNode:
    """A notebook of these cells, executed as nbconvert executes it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return notebook


def test_a_live_space_opens_no_port(kernel: Kernel) -> None:
    kernel.run("%load_ext jupyter_spaces\nexamples = [{'prompt': 'red'}]")
    before = listening(kernel.pid)
    ran = kernel.run(PAINTER)
    assert ran.status == "ok", ran.error
    # A live view, for a person who can press its button ...
    assert any("application/vnd.jupyter.widget-view+json" in data for data in ran.data)
    kernel.run("%space call painter prompt='blue' steps=3")
    # ... and no socket beyond the kernel's own five.
    assert listening(kernel.pid) == before


def test_a_hundred_reruns_leave_everything_where_it_was(kernel: Kernel) -> None:
    kernel.run("%load_ext jupyter_spaces\nexamples = [{'prompt': 'red'}]")
    kernel.run(COUNTS)

    def run_and_call() -> None:
        ran = kernel.run(PAINTER)
        assert ran.status == "ok", ran.error
        called = kernel.run("%space call painter prompt='blue';")
        assert called.status == "ok", called.error

    for _ in range(10):  # caches of Python, IPython and PIL fill up
        run_and_call()
    before = eval(kernel.value("counts()"))
    for _ in range(100):
        run_and_call()
    after = eval(kernel.value("counts()"))
    grown = after.pop("memory") - before.pop("memory")
    # Fewer is no leak: a file of the setup may be closed late.
    assert {name: count for name, count in after.items() if count > before[name]} == {}
    # IPython keeps the source and the inputs of every cell that ever ran: a few kB each.
    assert grown < 3_000_000, f"{grown} bytes"


def run_in(kernel: Kernel, cell_id: str, code: str) -> str:
    """Run a cell as JupyterLab does, which sends the id of the cell; returns what it printed."""
    message = kernel.client.session.msg(
        "execute_request",
        {"code": code, "silent": False, "store_history": True, "allow_stdin": True, "stop_on_error": True},
        metadata={"cellId": cell_id},
    )
    kernel.client.shell_channel.send(message)
    text = ""
    while True:
        answer = kernel.client.get_iopub_msg(timeout=30)
        if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        if answer["msg_type"] == "stream":
            text += answer["content"]["text"]
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            kernel.client.get_shell_msg(timeout=30)
            return text


def test_a_space_of_another_cell_is_replaced_and_a_line_says_so(kernel: Kernel) -> None:
    """JupyterLab sends the id of the cell: two cells that use one name are told apart from one that runs again."""
    kernel.run("%load_ext jupyter_spaces")
    cell = "%%space twice\ndef greet(name: str = 'you') -> str: return name"
    assert run_in(kernel, "a", cell) == ""
    assert run_in(kernel, "a", cell) == ""
    assert "The Space 'twice' of another cell is now this one." in run_in(kernel, "b", cell)


def test_a_cell_of_a_layout_that_runs_again_replaces_its_rows(kernel: Kernel) -> None:
    """Edited or not: the id of the cell stays. Without ids, the same text is the same cell."""
    kernel.run(
        "%load_ext jupyter_spaces\nfrom jupyter_spaces import Space, Textbox\npage = Space('page')\n"
        "def labels(): return [slot.label for slot in page.layout.slots.values()]"
    )
    row = "with page.row():\n    page.place(Textbox(), label='{0}')\n    page.place(Textbox(), label='{0}, too')"
    run_in(kernel, "first", row.format("one"))
    run_in(kernel, "second", row.format("two"))
    run_in(kernel, "first", f"# edited\n{row.format('ONE')}")
    assert sorted(eval(kernel.value("labels()"))) == ["ONE", "ONE, too", "two", "two, too"]
    # Another front end sends no ids.
    for _ in range(3):
        kernel.run(row.format("three"))
    assert len(eval(kernel.value("labels()"))) == 6


def test_headless_the_results_are_in_the_notebook() -> None:
    notebook = headless(
        "%load_ext jupyter_spaces", "examples = [{'prompt': 'red'}, {'prompt': 'blue', 'steps': 3}]", PAINTER
    )
    outputs = notebook.cells[-1].outputs
    html = "".join(output.data.get("text/html", "") for output in outputs)
    assert html.count("data:image/png;base64,") == 2
    assert not any("application/vnd.jupyter.widget-view+json" in output.data for output in outputs)


def test_headless_an_error_fails_the_notebook() -> None:
    broken = "%%space painter\ndef paint(prompt: str = 'a red boat') -> str:\n    return prompt + 1"
    with pytest.raises(CellExecutionError, match=r"paint\(prompt='a red boat'\) failed: TypeError"):
        headless("%load_ext jupyter_spaces", broken)


def test_headless_a_misspelt_option_fails_the_notebook() -> None:
    with pytest.raises(CellExecutionError, match=r"UsageError: %%space: there is no option --tittle\. Did you mean"):
        headless(
            "%load_ext jupyter_spaces", "%%space painter --tittle x\ndef paint(prompt: str = '') -> str: return ''"
        )
