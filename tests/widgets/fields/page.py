"""Fields in a real Chromium without a Jupyter server: real widgets, real comm messages, a page of forty lines.

The page holds a model per comm and gives it the interface that anywidget promises (get, set, save_changes, on, off,
send, and the manager, which finds other models). Messages go through Playwright instead of a websocket; everything else
is what a notebook would run. JupyterLab itself is driven in `tests/browser/`.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import comm
from comm.base_comm import BaseComm
from playwright.sync_api import Page

from jupyter_spaces.widgets.shelf import Shelf, shelf

HTML = """<!doctype html><meta charset="utf-8"><body><main></main><script type="module">
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const text = async (buffer) => btoa(Array.from(new Uint8Array(buffer), (c) => String.fromCharCode(c)).join(""));
const models = {};
window.put = (state, paths, buffers) => {
  paths.forEach((path, i) => {
    const last = path.pop();
    path.reduce((node, key) => node[key], state)[last] = bytes(buffers[i]);
  });
  return state;
};
window.opened = (id, state) => {
  const listeners = {};
  const dirty = {};
  const fire = (name, ...args) => (listeners[name] ?? []).slice().forEach((each) => each(...args));
  models[id] = {
    state, fire,
    api: {
      get: (name) => state[name],
      set: (name, value) => { state[name] = dirty[name] = value; fire("change:" + name); },
      save_changes: () => {
        window.toPython(id, { method: "update", state: { ...dirty } }, []);
        for (const name in dirty) delete dirty[name];
      },
      on: (name, listener) => (listeners[name] ??= []).push(listener),
      off: (name, listener) => (listeners[name] = (listeners[name] ?? []).filter((each) => each !== listener)),
      send: async (content, _, buffers) =>
        window.toPython(id, { method: "custom", content }, await Promise.all((buffers ?? []).map(text))),
      widget_manager: { get_model: async (other) => models[other].api },
    },
  };
};
window.updated = (id, state) => {
  Object.assign(models[id].state, state);
  for (const name in state) models[id].fire("change:" + name);
};
window.told = (id, content, buffers) => models[id].fire("msg:custom", content, buffers.map(bytes));
window.mount = async (id, width) => {
  const { state, api } = models[id];
  const url = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const el = document.createElement("div");
  el.style.width = width;
  document.querySelector("main").append(el);
  const controller = new AbortController();
  const cleanup = await widget.render({ model: api, el, signal: controller.signal });
  return () => { controller.abort(); cleanup?.(); el.remove(); };
};
window.ready = true;
</script>"""


class _PageComm(BaseComm):
    def __init__(self, send: Callable[..., None], **options: Any) -> None:
        self._send = send
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        self._send(self, msg_type, data or {}, list(buffers or []))


class FieldPage:
    """Widgets made while it is active appear in the page on `show`; `settle` carries the messages both ways."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.comms: dict[str, _PageComm] = {}
        self.lose: Callable[[dict[str, Any]], bool] = lambda message: False  # which messages from the page get lost
        self._outgoing: list[tuple[str, list[Any]]] = []
        page.expose_function("toPython", self._from_page)
        page.set_content(HTML)
        page.wait_for_function("window.ready")

    def show(self, widget: Any, width: str = "480px") -> None:
        """Render a widget at the end of the page."""
        self._flush()
        self.page.evaluate("([id, width]) => mount(id, width).then(() => null)", [widget.model_id, width])
        self.settle()

    def settle(self, until: Callable[[], object] = lambda: True, timeout: float = 10) -> None:
        """Carry messages until the condition holds and nothing waits. Raises AssertionError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            self._flush()
            self.page.wait_for_timeout(20)
            if not self._outgoing and until():
                return
            assert time.monotonic() < end, "the page and Python did not settle"

    def _flush(self) -> None:
        while self._outgoing:
            script, arguments = self._outgoing.pop(0)
            self.page.evaluate(script, arguments)

    def _from_page(self, key: str, data: dict[str, Any], buffers: list[str]) -> None:
        if not self.lose(data):
            content = {"comm_id": key, "data": data}
            self.comms[key].handle_msg({"content": content, "buffers": [base64.b64decode(each) for each in buffers]})

    def _from_python(self, sender: _PageComm, kind: str, data: dict[str, Any], buffers: list[Any]) -> None:
        key = sender.comm_id
        texts = [base64.b64encode(each).decode() for each in buffers]
        if kind == "comm_open":
            self.comms[key] = sender
        if kind == "comm_open" or data.get("method") in ("update", "echo_update"):
            call = "opened" if kind == "comm_open" else "updated"
            script = f"([id, state, paths, buffers]) => {call}(id, put(state, paths, buffers))"
            self._outgoing.append((script, [key, data["state"], data.get("buffer_paths", []), texts]))
        elif data.get("method") == "custom":
            self._outgoing.append(
                ("([id, content, buffers]) => told(id, content, buffers)", [key, data["content"], texts])
            )


@contextmanager
def field_page(page: Page) -> Iterator[FieldPage]:
    """Let new widgets talk to `page` instead of a kernel."""
    host = FieldPage(page)
    before, modules = comm.create_comm, shelf.set(Shelf())
    comm.create_comm = lambda **options: _PageComm(host._from_python, **options)
    try:
        yield host
    finally:
        comm.create_comm = before
        shelf.reset(modules)
