"""`%models`: what is loaded, and its memory back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_spaces import models

Run = Callable[[str], Any]


@pytest.fixture(autouse=True)
def two_models() -> Iterator[None]:
    """Two small modules in the ledger."""
    torch = pytest.importorskip("torch")
    models.register("reader", torch.nn.Linear(1000, 250, bias=False))
    models.register("writer", torch.nn.Linear(1000, 500, bias=False))
    yield
    for entry in models.list():
        models.free(entry.name)


def test_alone_it_shows_the_table(run: Run) -> None:
    table = run("%models")
    assert "reader  Linear  cpu     float32  1.0 MB" in repr(table)
    assert "Together: 3.0 MB on cpu" in repr(table)
    assert table._repr_html_().startswith("<table>")


def test_free_gives_memory_back_and_says_so(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%models free reader")
    assert "Freed 'reader': 1.0 MB on cpu." in capsys.readouterr().out
    assert list(models) == ["writer"]
    run("%models free --all")
    assert list(models) == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("free raeder", r"No model is named 'raeder'\. Loaded: 'reader', 'writer'\. Did you mean 'reader'\?"),
        ("free", r"%models free: which one\? Loaded: reader, writer\."),
        ("fre reader", r"there is no command 'fre'\. Did you mean 'free'\?"),
    ],
)
def test_a_mistake_gets_one_line(run: Run, line: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        run(f"%models {line}")


def test_help_lists_the_commands(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%models help")
    assert "%models free NAME" in capsys.readouterr().out
