"""Run a notebook without a browser and keep what it showed: the executed notebook, and a page that opens offline.

`jupyter nbconvert --execute` does the same without the line per cell, and its page fetches scripts from public servers
before it shows a widget. Here the widgets' state is left out, so that every reader sees the results' static forms.

Usage: python scripts/execute_notebook.py NOTEBOOK FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

# nbconvert's own page, less the four places that load scripts from elsewhere.
OFFLINE_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


def execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Execute all cells in a new kernel that runs in `folder`, with a line of progress for each."""
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    started: dict[int, float] = {}

    def start(cell: Any, cell_index: int) -> None:
        started[cell_index] = time.perf_counter()
        title = next((line for line in cell.source.splitlines() if line.strip()), "")
        print(f"[{len(started)}/{total}] {title[:80]}", end="", flush=True)

    def end(cell: Any, cell_index: int, execute_reply: Any) -> None:
        print(f"   {time.perf_counter() - started[cell_index]:.1f} s", flush=True)

    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # ipykernel warns of plain TCP at every start
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=start,
        on_cell_executed=end,
    ).execute()


def offline_page(notebook: nbformat.NotebookNode, title: str) -> str:
    """The notebook as one HTML file that needs neither a network nor a kernel."""
    notebook = nbformat.from_dict({**notebook, "metadata": {**notebook.metadata, "title": title}})
    notebook.metadata.pop("widgets", None)
    page, _ = HTMLExporter(raw_template=OFFLINE_TEMPLATE).from_notebook_node(notebook)
    return str(page)


def main(source: Path, folder: Path) -> int:
    notebook = nbformat.read(source, as_version=4)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"running {source}", flush=True)
    try:
        execute(notebook, source.parent)
    except CellExecutionError as error:
        print(f"\n{error}\n{source} stopped at the cell above.", file=sys.stderr)
        return 1
    executed, page = folder / source.name, folder / f"{source.stem}.html"
    nbformat.write(notebook, executed)
    page.write_text(offline_page(notebook, source.stem), encoding="utf-8")
    print(f"\nThe executed notebook: {executed}\nThe same as a page:    {page.resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/execute_notebook.py NOTEBOOK FOLDER")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
