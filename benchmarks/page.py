"""What a person sees, timed inside the page by the page's own clock: clicks, pictures, and when a form is there.

The recorder runs in every frame before anything else does, so it sees a cell's output in JupyterLab and the content of
Gradio's iframe alike. Times are milliseconds since 1970, because frames do not share their time origins.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Frame

from benchmarks import cells
from tests.browser.notebook import PATIENCE, NotebookPage

RECORDER = r"""
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const bench = (window.bench = { clicks: [], pictures: [], drawn: [], runs: [], seen: {} });
  addEventListener("click", () => bench.clicks.push(now()), true);
  addEventListener("keydown", (event) => event.key === "Enter" && event.shiftKey && bench.runs.push(now()), true);
  document.addEventListener("load", (event) => event.target.tagName === "IMG" && bench.drawn.push(now()), true);
  const inside = window !== window.top;
  const look = () => {
    for (const place of inside ? [document.body] : document.querySelectorAll(".jp-Cell-outputArea")) {
      for (const name of place?.innerText.toLowerCase().match(/run\d+field\d+/g) ?? []) bench.seen[name] ??= now();
    }
  };
  let asked = false;
  new MutationObserver((records) => {
    for (const { target, attributeName, addedNodes } of records) {
      const images = attributeName ? [target] : [...addedNodes].filter((node) => node.tagName === "IMG");
      if (images.some((image) => image.tagName === "IMG" && image.getAttribute("src"))) bench.pictures.push(now());
    }
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => { asked = false; look(); });
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
})();
"""


def clicks(notebook: NotebookPage, *, gradio: bool, count: int) -> dict[str, list[float]]:
    """Press the button `count` times: ms from the click to the picture's change in the DOM, and to its load event."""
    notebook.run(0)
    notebook.run(1)
    frame = _frame(notebook, gradio=gradio)
    button = frame.get_by_role("button", name="Submit" if gradio else "Run", exact=True)
    button.wait_for(timeout=PATIENCE)
    button.scroll_into_view_if_needed()
    found: dict[str, list[float]] = {"dom": [], "drawn": []}
    for press in range(count + 5):  # the first five warm both sides up
        frame.evaluate("() => { bench.clicks = []; bench.pictures = []; bench.drawn = []; }")
        button.click()
        frame.wait_for_function("() => bench.drawn.length > 0", timeout=PATIENCE, polling=20)
        if press >= 5:
            times = frame.evaluate("() => bench")
            found["dom"].append(times["pictures"][0] - times["clicks"][0])
            found["drawn"].append(times["drawn"][0] - times["clicks"][0])
    return found


def visible(notebook: NotebookPage, *, runs: list[tuple[int, int]]) -> list[float]:
    """Press Shift+Enter in the cells 1, 2 ...; until all fields of each are visible, in ms. `runs`: (run, fields)."""
    notebook.run(0)
    notebook.wait_until_idle()
    notebook.wait_until_executed(0)
    found = []
    for index, (run, count) in enumerate(runs, start=1):
        names = cells.labels(run, count)
        notebook.cell(index).scroll_into_view_if_needed()
        notebook.run(index)
        pressed = notebook.page.evaluate("() => bench.runs.at(-1)")
        found.append(max(_seen(notebook, names)) - pressed)
        notebook.wait_until_idle()
    return found


def _seen(notebook: NotebookPage, names: list[str]) -> list[float]:
    for _ in range(PATIENCE // 20):
        seen: dict[str, Any] = {}
        for frame in notebook.page.frames:
            if re.match(r"http://127\.0\.0\.1", frame.url):
                seen |= frame.evaluate("() => window.bench?.seen ?? {}")
        if all(name in seen for name in names):
            return [float(seen[name]) for name in names]
        notebook.page.wait_for_timeout(20)
    raise AssertionError(f"these fields never came: {sorted(set(names) - set(seen))}")


def _frame(notebook: NotebookPage, *, gradio: bool) -> Frame:
    if not gradio:
        return notebook.page.main_frame
    for _ in range(PATIENCE // 100):
        for frame in notebook.page.frames:
            if frame != notebook.page.main_frame and "127.0.0.1" in frame.url:
                return frame
        notebook.page.wait_for_timeout(100)
    raise AssertionError("Gradio's iframe never came")
