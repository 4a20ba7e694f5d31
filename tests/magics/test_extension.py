"""`%load_ext jupyter_spaces` and `%unload_ext`, completion, and the other package of this import name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import jupyter_spaces
from jupyter_spaces import models, spaces

Run = Callable[[str], Any]


def complete(shell: InteractiveShell, text: str) -> list[str]:
    """What Tab offers at the end of the text, as JupyterLab asks for it."""
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        return [completion.text for completion in shell.Completer.completions(text, len(text))]


def test_loading_puts_the_names_into_the_notebook(shell: InteractiveShell) -> None:
    assert shell.user_ns["spaces"] is spaces
    assert shell.user_ns["models"] is models


def test_a_name_that_is_taken_stays_and_is_reported(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("unload_ext", "jupyter_spaces")
    shell.user_ns["models"] = mine = ["my own"]
    shell.run_line_magic("load_ext", "jupyter_spaces")
    assert shell.user_ns["models"] is mine
    assert shell.user_ns["spaces"] is spaces
    assert "The name 'models' is taken in this notebook" in capsys.readouterr().out


def test_unloading_takes_everything_back(shell: InteractiveShell) -> None:
    matchers = len(shell.Completer.custom_matchers)
    shell.run_line_magic("unload_ext", "jupyter_spaces")
    assert "spaces" not in shell.user_ns
    assert "models" not in shell.user_ns
    assert shell.find_cell_magic("space") is None
    assert shell.find_line_magic("space") is None
    assert shell.find_line_magic("models") is None
    assert len(shell.Completer.custom_matchers) == matchers - 1
    # A name that the user has rebound since is the user's.
    shell.run_line_magic("load_ext", "jupyter_spaces")
    shell.user_ns["spaces"] = "mine"
    shell.run_line_magic("unload_ext", "jupyter_spaces")
    assert shell.user_ns["spaces"] == "mine"


def test_loading_twice_registers_once(shell: InteractiveShell) -> None:
    matchers = len(shell.Completer.custom_matchers)
    shell.run_line_magic("reload_ext", "jupyter_spaces")
    shell.run_line_magic("reload_ext", "jupyter_spaces")
    assert len(shell.Completer.custom_matchers) == matchers


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "from IPython.core.interactiveshell import InteractiveShell; import sys\n"
        "shell = InteractiveShell.instance(); shell.run_line_magic('load_ext', 'jupyter_spaces')\n"
        "heavy = ('torch', 'diffusers', 'transformers', 'ipywidgets', 'pandas')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_options_are_completed(shell: InteractiveShell) -> None:
    assert complete(shell, "%%space painter --ti") == ["--title"]
    # An option that is there is not offered again.
    offered = complete(shell, "%%space painter --live --")
    assert "--examples" in offered
    assert "--live" not in offered


def test_commands_names_and_parameters_are_completed(shell: InteractiveShell, run: Run) -> None:
    run(
        "%%space sums\ndef plus(first: int, second: int = 1) -> int: return first + second\n"
        "def minus(a: int) -> int: return -a"
    )
    run("%%space greeter\ndef greet(name: str = 'you') -> str: return name")
    assert complete(shell, "%space s") == ["show", "stop"]
    assert complete(shell, "%space show ") == ["greeter", "sums"]
    assert complete(shell, "%space call su") == ["sums"]
    assert complete(shell, "%space call sums ") == ["minus", "plus"]
    assert complete(shell, "%space call sums plus first=1 ") == ["second="]
    assert complete(shell, "%space call greeter na") == ["name="]
    assert complete(shell, "%models ") == ["free", "help", "list"]


def test_other_lines_are_completed_as_ever(shell: InteractiveShell) -> None:
    shell.user_ns["spacious_name"] = 1
    assert "spacious_name" in complete(shell, "spaciou")


def test_the_other_package_of_this_name_is_recognised(tmp_path: Path) -> None:
    """`jupyter-spaces` (namespaces for notebooks) installs files into the folder `jupyter_spaces`, too."""
    # An environment in which the other one was installed first and its files are mixed with ours.
    folder = tmp_path / "jupyter_spaces"
    shutil.copytree(
        Path(jupyter_spaces.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "static", "tiny")
    )
    (folder / "magics.py").write_text("")
    info = tmp_path / "jupyter_spaces-0.3.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jupyter-spaces\nVersion: 0.3.0\n")
    (info / "RECORD").write_text("jupyter_spaces/__init__.py,,\njupyter_spaces/magics.py,,\n")
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "result = InteractiveShell.instance().run_cell('%load_ext jupyter_spaces')\n"
        "print(repr(result.error_in_exec))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert "UsageError" in done.stdout
    assert "The unrelated package jupyter-spaces 0.3.0 is installed" in done.stdout
    assert "(its files: __init__.py, magics.py)" in done.stdout
    assert "pip uninstall -y jupyter-spaces jupyter-spaces-ml" in done.stdout
