"""`%space`: the commands around the Spaces of a notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_spaces.errors import CallError
from jupyter_spaces.magics.commands import split_values
from jupyter_spaces.magics.options import without_comment
from jupyter_spaces.space import spaces

Run = Callable[[str], Any]


@pytest.fixture
def two(run: Run) -> None:
    """Two Spaces: one with one endpoint, one with two."""
    run("%%space greeter\ndef greet(name: str = 'you', times: int = 1) -> str: return f'Hello {name} ' * times")
    run(
        "%%space sums\ndef plus(a: int, b: int = 1) -> int: return a + b\n"
        "def minus(a: int, b: int = 1) -> int: return a - b"
    )


@pytest.mark.usefixtures("two")
def test_list_shows_names_and_endpoints(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%space list            # a comment, as the README has it")
    text = capsys.readouterr().out
    assert "greeter  greet()" in text
    assert "sums     plus(), minus()" in text


@pytest.mark.usefixtures("two")
def test_show_shows_the_space_here(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    run("%space show greeter")
    assert "Hello you" in capsys.readouterr().out  # headless: its default call


@pytest.mark.usefixtures("two")
def test_call_does_what_the_button_does(run: Run) -> None:
    assert run('%space call greeter name="a red boat" times=2') == "Hello a red boat Hello a red boat "
    assert run("%space call sums minus a=5") == 4
    assert run("%space call sums minus a=5;") is None


@pytest.mark.usefixtures("two")
def test_call_takes_names_of_the_notebook(run: Run) -> None:
    run("count = 3")
    assert run("%space call sums plus a=count b=count * 2") == 9
    assert run("%space call greeter name=f'{count} {{x}} $count'") == "Hello 3 {x} $count "


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("call greeter name=boat", r"'boat' is no name of this notebook\. Quote it if it is a text: name=\"boat\""),
        ("call greeter boat", r"the Space 'greeter' has no endpoint 'boat'\."),
        ("call greeter greet boat", r"'boat' is not of the form name=value"),
        ("call greeter name=a boat", r"name=a boat is no Python value\. Quote a text: name"),
        ("call greeter name='a", r"name='a is no Python value\. Quote a text"),
        ("call greeter nam='a'", r"greet\(\) has no parameter 'nam'\. Did you mean 'name'\?"),
        ("call greeter times='a'", r"greet\(\), times: .*'a'"),
        ("call greeter times=1/0", r"times=1/0: ZeroDivisionError: division by zero"),
        ("call sums a=1", r"the Space 'sums' has several endpoints, so say which"),
        ("call greter", r"no Space is named 'greter'\. Did you mean 'greeter'\?"),
        ("call", r"%space call: which Space\? Write %space call NAME\. Spaces: greeter, sums\."),
        ("shwo greeter", r"there is no command 'shwo'\. Did you mean 'show'\? Commands: list, show, call, test, stop"),
        ("test greeter sums", r"%space test takes one name, got 'greeter sums'"),
        ("list greeter", r"%space list takes nothing more.* %space show greeter shows one Space"),
    ],
)
def test_a_mistake_gets_one_line(run: Run, line: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        run(f"%space {line}")


@pytest.mark.usefixtures("two")
def test_an_error_of_the_function_keeps_its_own_traceback(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%%space picky\ndef half(a: int = 4) -> float:\n    return 2 / (a % 2 - 1)")
    capsys.readouterr()
    with pytest.raises(CallError, match=r"half\(a=3\) failed: ZeroDivisionError"):
        run("%space call picky a=3")
    shown = capsys.readouterr().out
    assert "return 2 / (a % 2 - 1)" in shown
    assert "site-packages" not in shown


@pytest.mark.usefixtures("two")
def test_test_reports_every_case_and_fails_when_one_fails(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%space test greeter")
    assert "1 of 1 calls went well" in capsys.readouterr().out
    run("%%space picky\ndef half(a: int = 4) -> float:\n    return 2 / (a % 2 - limit)\nlimit = 3")
    run("limit = 0")
    with pytest.raises(CallError, match=r"half\(a=4\) failed"):
        run("%space test picky")
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.usefixtures("two")
def test_stop_forgets_the_space(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%space stop greeter")
    assert "Stopped 'greeter'" in capsys.readouterr().out
    assert list(spaces) == ["sums"]


def test_without_a_command_the_help_is_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("%space")
    text = capsys.readouterr().out
    for command in ("list", "show", "call", "test", "stop"):
        assert f"%space {command}" in text


def test_values_end_where_python_says() -> None:
    # Quotes and brackets hold blanks; what follows a complete value is the next one.
    values = split_values("""a="x y"  b=[1, 2, {"k": (3, 4)}] c='it''s' d=-1.5 e=None""", {})
    assert values == {"a": "x y", "b": [1, 2, {"k": (3, 4)}], "c": "its", "d": -1.5, "e": None}


def test_a_comment_begins_outside_of_quotes_only() -> None:
    assert without_comment("list  # it's all") == "list"
    assert without_comment("call p prompt='#1 of \"2\"' css=#abc") == "call p prompt='#1 of \"2\"' css=#abc"
    assert without_comment("# nothing") == ""
