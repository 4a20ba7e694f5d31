"""The way to Python and back without a browser: from the message that a click sends to the result that comes back.

Ours goes over the kernel's connection, with a real client of the kernel; Gradio's goes over HTTP to its queue and the
event stream that answers, which is what its page does.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from jupyter_client import BlockingKernelClient, KernelManager

SPACE = """
from jupyter_spaces import Space
from jupyter_spaces.widgets.view.space_view import SpaceView
space = Space("round-trip")

@space.endpoint
def double(number: int = 1) -> int:
    return 2 * number

form = SpaceView(space).forms["double"]
"""

GRADIO = """
import gradio as gr
demo = gr.Interface(lambda number: 2 * number, gr.Number(value=1), gr.Number(), flagging_mode="never")
_, address, _ = demo.launch(quiet=True, inline=False)
"""


def measure_space(count: int) -> list[float]:
    """Milliseconds from the message of a click on Run to the message that says that the job is done."""
    manager, client = _kernel("python3")
    try:
        strip = _value(client, SPACE, "form.strip.model_id")
        return [_press(client, strip) for _ in range(count + 20)][20:]
    finally:
        _stop(manager, client)


def measure_gradio(count: int, kernel: str) -> tuple[list[float], float]:
    """Milliseconds from joining Gradio's queue to the end of the call, and calls a second by ten callers at once."""
    manager, client = _kernel(kernel)
    try:
        address = str(_value(client, GRADIO, "address")).rstrip("/")
        with requests.Session() as session:
            times = [_gradio_call(session, address, f"one{press}") for press in range(count + 20)][20:]

        def several(caller: int) -> None:
            with requests.Session() as session:
                for press in range(count // 4):
                    _gradio_call(session, address, f"many{caller}-{press}")

        began = time.perf_counter()
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(several, range(10)))
        return times, 10 * (count // 4) / (time.perf_counter() - began)
    finally:
        _stop(manager, client)


def _press(client: BlockingKernelClient, strip: str) -> float:
    """Milliseconds until the strip says that the job is done; returns when the kernel rests, as a person finds it."""
    content = {"comm_id": strip, "data": {"method": "custom", "content": {"do": "run"}}}
    click = client.session.msg("comm_msg", content)
    taken, idle = 0.0, False
    began = time.perf_counter()
    client.shell_channel.send(click)
    while not (taken and idle):
        message = client.get_iopub_msg(timeout=30)
        said = message["content"]
        state = said.get("data", {}).get("state", {}) if said.get("comm_id") == strip else {}
        if state.get("job", {}).get("status") == "done":
            taken = 1000 * (time.perf_counter() - began)
        if message["parent_header"].get("msg_id") == click["header"]["msg_id"]:
            idle = idle or said.get("execution_state") == "idle"
    return taken


def _gradio_call(session: requests.Session, address: str, visitor: str) -> float:
    began = time.perf_counter()
    body = {"data": [1], "fn_index": 0, "session_hash": visitor}
    session.post(f"{address}/gradio_api/queue/join", json=body, timeout=30).raise_for_status()
    stream = session.get(f"{address}/gradio_api/queue/data", params={"session_hash": visitor}, stream=True, timeout=30)
    with stream:
        for line in stream.iter_lines():
            if line.startswith(b"data:") and json.loads(line[5:])["msg"] == "process_completed":
                break
    return 1000 * (time.perf_counter() - began)


def _kernel(name: str) -> tuple[KernelManager, BlockingKernelClient]:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=ERROR"])
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    return manager, client


def _stop(manager: KernelManager, client: BlockingKernelClient) -> None:
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def _value(client: BlockingKernelClient, code: str, expression: str) -> Any:
    reply = client.execute_interactive(code, user_expressions={"value": expression}, timeout=120, output_hook=_ignore)
    answer = reply["content"].get("user_expressions", {}).get("value")
    if answer is None or answer["status"] != "ok":
        raise RuntimeError(f"the kernel said: {reply['content']}")
    return str(answer["data"]["text/plain"]).strip("'")


def _ignore(_message: Any) -> None:
    """Outputs of the set-up are not what is measured."""


def kernel_spec(folder: Path, python: Path) -> str:
    """Write a kernel spec for Gradio's environment below `folder`, and return its name."""
    spec = folder / "kernels" / "gradio" / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_text(
        json.dumps(
            {
                "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": "Gradio",
                "language": "python",
                "env": {"GRADIO_ANALYTICS_ENABLED": "False"},
            }
        )
    )
    return "gradio"
