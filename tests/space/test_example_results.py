"""Results of examples that outlive the kernel: kept as JSON, found again only when nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import types
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jupyter_spaces import Space
from jupyter_spaces.jobs import assign_device, device_queue
from jupyter_spaces.space.example_results import fingerprint

PAINT = """
from PIL import Image

def paint(color: str, size: int = 4) -> tuple[Image.Image, str]:
    gate.wait(10)
    ran.append(color)
    return Image.new("RGB", (size, size), color), color.upper()
"""
EXAMPLES = [{"color": "red"}, {"color": "blue"}]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, as a notebook's is the one that it lies in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Notebook:
    """A kernel that ran one cell and made a Space of it."""

    def __init__(self, source: str = PAINT, *, examples: Any = EXAMPLES, cache_examples: Any = True, **names: Any):
        self.ran: deque[Any] = deque()
        self.gate = threading.Event()
        namespace: dict[str, Any] = {"__name__": "__main__", "ran": self.ran, "gate": self.gate, **names}
        exec(compile(source, "<cell>", "exec"), namespace)
        functions = [each for each in namespace.values() if isinstance(each, types.FunctionType)]
        self.space = Space.from_namespace(
            "painter", functions[-1:], examples=examples, cache_examples=cache_examples, register=False
        )

    def click(self, index: int = 0) -> Any:
        """The result of an example, once everything that follows its end is over."""
        ended = threading.Event()
        self.gate.clear()
        job = self.space.run_example(None, index)
        job.add_done_callback(lambda _: ended.set())  # behind the one that keeps the result
        self.gate.set()
        assert ended.wait(10)
        return job.result(10)


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_new_kernel_shows_the_result_and_runs_nothing(folder: Path) -> None:
    picture, word = Notebook().click()
    # The next kernel knows only the folder.
    notebook = Notebook()
    again, same_word = notebook.click()
    assert not notebook.ran
    assert (
        (again.tobytes(), same_word) == (picture.tobytes(), word) == (Image.new("RGB", (4, 4), "red").tobytes(), "RED")
    )
    # One file for the one example that ran, in its place, readable, and no other traces.
    (path,) = kept(folder)
    assert path.parent == folder / ".jupyter_spaces" / "examples" / "painter"
    image, text = json.loads(path.read_text())["results"]
    assert image.startswith("data:image/png;base64,")
    assert text == "RED"


def test_the_key_is_the_same_in_another_process(tmp_path: Path) -> None:
    """Where sets of strings have another order, and objects other addresses."""
    code = (
        "from jupyter_spaces.space.example_results import fingerprint\n"
        "COLORS = {'a': ['b', 1.5]}\n"
        "def helper(x): return x in {'red', 'green', 'blue', 'white', 'black'}\n"
        "def paint(x: str) -> str:\n"
        "    marks = [object() for _ in COLORS]\n"
        "    return str(helper(x))\n"
        "print(fingerprint(paint))"
    )

    def in_a_process(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
        ).stdout

    first = in_a_process("1")
    assert len(first.strip()) == 64
    assert in_a_process("2") == first


@pytest.mark.parametrize(
    ("change", "misses"),
    [
        ((".upper()", ".lower()"), True),
        (("size: int = 4", "size: int = 5"), True),
        (("import Image\n", "import Image\n# a comment moves the lines\n"), False),
        (("    ran", "    # a comment inside\n    ran"), False),
    ],
)
def test_a_changed_function_runs_again_and_its_old_result_goes(
    folder: Path, change: tuple[str, str], misses: bool
) -> None:
    Notebook().click(0)
    Notebook().click(1)
    before = kept(folder)
    notebook = Notebook(PAINT.replace(*change))
    notebook.click()
    assert bool(notebook.ran) is misses
    after = kept(folder)
    # The other example's result stays, and there is one of this one.
    assert len(before) == len(after) == 2
    assert len(set(before) & set(after)) == (1 if misses else 2)


HELPED = """
STYLE = "{} in oil"

class Brush:
    def draw(self, text: str) -> str:
        return STYLE.format(text)

def helper(text):
    return Brush().draw(text)

def paint(color: str) -> str:
    gate.wait(10)
    ran.append(color)
    return helper(color)
"""


@pytest.mark.parametrize(
    "change", [("in oil", "in ink"), ("Brush().draw(text)", "text"), ("STYLE.format(text)", "text")]
)
def test_what_the_function_mentions_in_its_module_counts_too(change: tuple[str, str]) -> None:
    """A helper, a constant, a class."""
    Notebook(HELPED).click()
    same, other = Notebook(HELPED), Notebook(HELPED.replace(*change))
    same.click()
    other.click()
    assert (len(same.ran), len(other.ran)) == (0, 1)


class Model:
    """A model that says what it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        assign_device(self, "cpu")

    def __repr__(self) -> str:
        return f"<Model {self.name}>"


def test_another_model_is_another_result() -> None:
    source = "def paint(color: str) -> str:\n    gate.wait(10)\n    ran.append(color)\n    return pipe.name"
    assert Notebook(source, pipe=Model("tiny")).click() == "tiny"
    same = Notebook(source, pipe=Model("tiny"))
    assert same.click() == "tiny"
    assert not same.ran
    assert Notebook(source, pipe=Model("large")).click() == "large"
    assert device_queue("cpu") is not None


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        "\udcff",
        '{"key": "x", "results": []}',
        '{"key": KEY}',
        '{"key": KEY, "results": 3}',
        '{"key": KEY, "results": ["data:image/png;base64,AAAA", "RED"]}',
    ],
)
def test_what_cannot_be_read_is_ignored_and_made_again(folder: Path, damage: str) -> None:
    Notebook().click()
    (path,) = kept(folder)
    good = path.read_bytes()
    key = json.dumps(json.loads(good)["key"])
    path.write_bytes(damage.replace("KEY", key).encode(errors="surrogateescape"))
    notebook = Notebook()
    assert notebook.click()[1] == "RED"
    assert list(notebook.ran) == ["red"]
    assert path.read_bytes() == good


def test_a_folder_that_cannot_be_written_costs_only_the_keeping(folder: Path) -> None:
    (folder / ".jupyter_spaces").write_text("a file is in the way")
    notebook = Notebook()
    assert notebook.click()[1] == "RED"
    assert notebook.click()[1] == "RED"
    assert list(notebook.ran) == ["red"]  # the memory keeps it


def test_a_write_that_fails_leaves_nothing_behind(folder: Path) -> None:
    notebook = Notebook()
    notebook.click()
    (path,) = kept(folder)
    # A folder of the result's own name: the rename of the temporary file fails.
    path.unlink()
    path.mkdir()
    notebook = Notebook()
    assert notebook.click()[1] == "RED"
    assert kept(folder) == []


def test_another_folder_may_be_named(folder: Path) -> None:
    Notebook(cache_examples=folder / "results").click()
    assert [path.parent for path in kept(folder)] == [folder / "results" / "painter"]


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        ("Image.Image", "Image.new('RGBA', (2, 2), (1, 2, 3, 4))"),  # an image is read as RGB
        ("Annotated[Any, Gallery()]", "[Image.new('RGBA', (2, 2))]"),
        ("str", "Word('x')"),
        ("Pair", "Pair('a', 'b')"),
        ("list[int]", "(1, 2)"),
        ("Annotated[Any, Plot()]", "figure()"),
        ("None", "None"),
    ],
)
def test_a_result_that_does_not_come_back_exactly_stays_in_memory(folder: Path, hint: str, value: str) -> None:
    """Nobody hears of it."""
    source = f"""
from typing import Annotated, Any, NamedTuple
from PIL import Image
from jupyter_spaces import Gallery, Plot

class Word(str): ...

class Pair(NamedTuple):
    a: str
    b: str

def figure():
    from matplotlib.figure import Figure
    return Figure()

def paint(color: str) -> {hint}:
    gate.wait(10)
    ran.append(color)
    return {value}
"""
    notebook = Notebook(source)
    first = notebook.click()
    assert notebook.click() is first
    assert list(notebook.ran) == ["red"]
    assert kept(folder) == []


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        ("str", "'é\\n'"),
        ("float", "0.1"),
        ("dict", "{'a': [1, 2.0, None]}"),
        ("Annotated[Any, Label()]", "{'cat': 0.25}"),
        ("Annotated[Any, Gallery()]", "[Image.new('RGB', (2, 2)), (Image.new('RGB', (2, 2), 'red'), 'Red')]"),
        ("bytes", "bytes(range(256))"),
        ("str | None", "None"),
        ("tuple[str, int]", "('a', 3)"),
        ("Size", "Size(3)"),
        ("pd.DataFrame", "pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})"),
    ],
)
def test_a_result_of_each_kind_comes_back(hint: str, value: str) -> None:
    source = f"""
import dataclasses
from typing import Annotated, Any
import pandas as pd
from PIL import Image
from jupyter_spaces import Gallery, Label

@dataclasses.dataclass
class Size:
    width: int

def paint(color: str) -> {hint}:
    gate.wait(10)
    ran.append(color)
    return {value}
"""
    first = Notebook(source).click()
    notebook = Notebook(source)
    again = notebook.click()
    assert not notebook.ran
    assert repr(again).split(" at 0x")[0] == repr(first).split(" at 0x")[0]


def test_what_hides_its_values_is_not_looked_up() -> None:
    """A closure, a partial, a bound method: the same code may give another result."""
    import functools

    class Painter:
        def paint(self) -> str:
            return ""

    def closure(n: int) -> Any:
        return lambda: n

    assert [fingerprint(each) for each in (closure(1), functools.partial(kept, 1), Painter().paint, len)] == [None] * 4
    # A decorator that says what it wraps is looked through.
    assert fingerprint(functools.wraps(kept)(lambda: closure)) == fingerprint(kept)


def test_a_failure_is_not_kept(folder: Path) -> None:
    from jupyter_spaces.errors import CallError

    notebook = Notebook("def paint(color: str) -> str:\n    raise ValueError(color)")
    with pytest.raises(CallError):
        notebook.click()
    assert kept(folder) == []
