"""What the README promises about the checkout as a whole."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = ("components", "headless", "layout-and-events", "models", "training")
HEAVY = (
    "IPython",
    "PIL",
    "diffusers",
    "ipywidgets",
    "jupyterlab",
    "numpy",
    "pandas",
    "starlette",
    "torch",
    "transformers",
)


def python_cells(readme: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)\n```", readme.read_text(encoding="utf-8"), flags=re.DOTALL)


def in_a_new_process(code: str) -> dict[str, float | list[str]]:
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return dict(json.loads(answer.stdout))


def test_the_quickstart_is_the_readme(repository: Path) -> None:
    # What somebody copies from the README is what `scripts/demo` runs.
    notebook = nbformat.read(repository / "notebooks" / "quickstart.ipynb", as_version=4)
    assert [cell.source for cell in notebook.cells if cell.cell_type == "code"] == python_cells(
        repository / "README.md"
    )


def test_the_readmes_cells_run_as_written(repository: Path, tmp_path: Path) -> None:
    cells = python_cells(repository / "README.md")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])

    NotebookClient(notebook, timeout=150, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()

    # The app shows its examples, and the call from Python returns a picture.
    space, call = notebook.cells[-2:]
    assert "text/html" in str(space.outputs)
    assert any("image/png" in output.get("data", {}) for output in call.outputs)


def test_the_notebooks_are_committed_without_outputs(repository: Path) -> None:
    for path in (repository / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert "widgets" not in notebook.metadata
        assert all(
            not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code"
        )


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{name}.md" for name in DOCS)]
)
def test_links_between_the_pages_lead_somewhere(repository: Path, page: str) -> None:
    text = (repository / page).read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("http")]
    assert [target for target in targets if target and not ((repository / page).parent / target).exists()] == []


def test_the_readme_is_short(repository: Path) -> None:
    assert len((repository / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_importing_the_package_loads_nothing_heavy() -> None:
    found = in_a_new_process(
        "import sys, json, jupyter_spaces\n"
        "print(json.dumps({'loaded': sorted({name.partition('.')[0] for name in sys.modules})}))"
    )
    assert set(HEAVY) & set(found["loaded"]) == set()


def test_loading_the_extension_loads_no_torch() -> None:
    found = in_a_new_process(
        "import sys, json\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_line_magic('load_ext', 'jupyter_spaces')\n"
        "print(json.dumps({'loaded': sorted({name.partition('.')[0] for name in sys.modules})}))"
    )
    assert {"torch", "diffusers", "transformers", "jupyterlab"} & set(found["loaded"]) == set()


@pytest.mark.parametrize(
    ("statement", "limit"),
    [
        ("import jupyter_spaces", 0.25),
        # What it takes to define a Space: 0.18 s on a quiet machine, and twice that where other processes share a core.
        ("from jupyter_spaces import Slider, Space, spaces", 0.4),
    ],
)
def test_importing_the_package_is_quick_and_small(statement: str, limit: float) -> None:
    code = (
        f"import time; start = time.process_time(); {statement}; seconds = time.process_time() - start\n"
        "import json, psutil\n"
        "print(json.dumps({'seconds': seconds, 'bytes': psutil.Process().memory_info().rss}))"
    )
    in_a_new_process(code)  # compiles what was never imported before
    runs = [in_a_new_process(code) for _ in range(5)]

    # Seconds of the processor, and the best of five: the machine may be busy. The bytes are those of the whole process.
    assert min(float(str(run["seconds"])) for run in runs) <= limit
    assert statistics.median(float(str(run["bytes"])) for run in runs) <= 40 * 2**20


def test_the_scripts_run_where_they_are_called_from_elsewhere(repository: Path, tmp_path: Path) -> None:
    # An unknown argument is one clear sentence, from any folder.
    answer = subprocess.run(
        [repository / "scripts" / "demo", "--labb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ,
    )
    assert answer.returncode == 1
    assert answer.stderr == (
        "demo: unknown argument --labb: it is scripts/demo, or scripts/demo --lab [options of jupyter lab].\n"
    )


@pytest.mark.parametrize("page", DOCS)
def test_the_code_in_the_docs_runs(repository: Path, tmp_path: Path, page: str) -> None:
    cells = python_cells(repository / "docs" / f"{page}.md")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])

    NotebookClient(notebook, timeout=150, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
