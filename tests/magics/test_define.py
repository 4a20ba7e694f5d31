"""`%%space`: the functions of a cell become an app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from jupyter_spaces.errors import CallError
from jupyter_spaces.space import spaces

Run = Callable[[str], Any]

GREET = "def greet(name: str = 'you') -> str: return f'Hello {name}'"


def test_the_public_functions_of_the_cell_become_endpoints(run: Run) -> None:
    # A helper with an underscore and a nested function stay what they are.
    run(
        "%%space greeter --title 'The greeter'\n"
        "def greet(name: str = 'you') -> str: return _polite(name)\n"
        "async def wave(times: int = 2) -> str: return 'o/ ' * times\n"
        "def _polite(name):\n"
        "    def inner(): ...\n"
        "    return f'Dear {name}'\n"
    )
    space = spaces["greeter"]
    assert space.title == "The greeter"
    assert list(space.endpoints) == ["greet", "wave"]
    assert space.call("greet", name="Ada") == "Dear Ada"
    assert space.call("wave", times=1) == "o/ "


def test_all_limits_the_endpoints(run: Run) -> None:
    run(f"%%space greeter\n__all__ = ['greet']\n{GREET}\ndef helper(x: int = 1) -> int: return x")
    assert list(spaces["greeter"].endpoints) == ["greet"]


def test_all_that_names_no_function_is_an_error(run: Run) -> None:
    with pytest.raises(UsageError, match=r"__all__ names 'gret', which is no function.* Did you mean 'greet'\?"):
        run(f"%%space greeter\n__all__ = ['gret']\n{GREET}")


def test_the_cell_runs_where_the_notebook_runs(run: Run, shell: InteractiveShell) -> None:
    run("greeting = 'Moin'")
    # Names of other cells are visible, names of this one stay, and the last expression is displayed as ever.
    run("%%space greeter\ndef greet(name: str = 'you') -> str: return f'{greeting} {name}'\nanswer = 42")
    assert shell.user_ns["answer"] == 42
    assert spaces["greeter"].call(name="Ada") == "Moin Ada"
    # ... as they are when the call comes, so a later cell may change them.
    run("greeting = 'Hello'")
    assert spaces["greeter"].call(name="Ada") == "Hello Ada"


def test_the_last_expression_is_displayed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(f"%%space greeter\n{GREET}\n'seen by ' + 'IPython'")
    assert "'seen by IPython'" in capsys.readouterr().out
    run(f"%%space greeter\n{GREET}\n'hidden by ' + 'a semicolon';")
    assert "hidden" not in capsys.readouterr().out


def test_magics_work_inside_of_the_cell(run: Run, shell: InteractiveShell) -> None:
    run(f"%%space greeter\nwhere = %pwd\n{GREET}")
    assert Path(shell.user_ns["where"]) == Path.cwd()


def test_headless_each_example_runs_and_its_result_is_shown(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("hellos = [{'name': 'Ada'}, {'name': 'Grace'}]")
    run(f"%%space greeter --examples hellos\n{GREET}")
    shown = capsys.readouterr().out
    assert "Hello Ada" in shown
    assert "Hello Grace" in shown


def test_examples_may_be_defined_in_the_cell_itself(run: Run) -> None:
    run(f"%%space greeter --examples hellos\nhellos = [{{'name': 'Ada'}}]\n{GREET}")
    assert [dict(example.values) for example in spaces["greeter"].examples["greet"]] == [{"name": "Ada"}]


def test_examples_may_be_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "Ada"}')
    run(f'%%space greeter --examples "{tmp_path}"\n{GREET}')
    assert len(spaces["greeter"].examples["greet"]) == 1


def test_examples_of_no_variable_are_an_error_that_suggests_one(run: Run) -> None:
    run("hellos = []")
    with pytest.raises(UsageError, match=r"--examples helos: the notebook has no variable .* Did you mean 'hellos'\?"):
        run(f"%%space greeter --examples helos\n{GREET}")


def test_every_option_reaches_the_space(run: Run, tmp_path: Path) -> None:
    run("about = '# About\\nTwo lines, \"quoted\".'")
    flags = tmp_path / "flags.jsonl"
    run(
        f"%%space greeter --title Hi --description 'Says hello' --article $about --live --cache-examples "
        f"--css '.a {{color: red}}' --flagging '{flags}'  # and a comment\n{GREET}"
    )
    space = spaces["greeter"]
    assert (space.title, space.description, space.live, space.cache_examples) == ("Hi", "Says hello", True, True)
    assert space.article == '# About\nTwo lines, "quoted".'
    assert space.css == ".a {color: red}"
    assert space.flag(None, {"name": "Ada"}, "Hello Ada") == flags


def test_an_unknown_option_is_named_and_the_closest_is_suggested(run: Run) -> None:
    with pytest.raises(
        UsageError, match=r"there is no option --tittle\. Did you mean '--title'\? Options: .*--examples"
    ):
        run(f"%%space greeter --tittle Hi\n{GREET}")
    assert "greeter" not in spaces


def test_a_forgotten_quote_is_explained(run: Run) -> None:
    with pytest.raises(UsageError, match=r"'app' is one word too many\. Quote a value that has blanks"):
        run(f"%%space greeter --title My app\n{GREET}")
    with pytest.raises(UsageError, match="a quote is opened and not closed"):
        run(f'%%space greeter --title "My app\n{GREET}')


def test_a_missing_name_is_explained(run: Run) -> None:
    with pytest.raises(UsageError, match=r"%%space: the following arguments are required: NAME\. %%space\? shows"):
        run(f"%%space\n{GREET}")


def test_a_cell_without_a_public_function_is_an_error(run: Run) -> None:
    with pytest.raises(UsageError, match="defines no public function, so there is nothing to show"):
        run("%%space greeter\ndef _greet(): ...")


def test_a_function_without_type_hints_gets_a_sentence(run: Run) -> None:
    with pytest.raises(UsageError, match=r"greet\(\) does not say what 'name' is.* Write name: str"):
        run("%%space greeter\ndef greet(name): return name")


def test_a_default_out_of_its_own_range_gets_a_sentence(run: Run) -> None:
    with pytest.raises(UsageError, match=r"%%space painter: .*steps.*99"):
        run(
            "%%space painter\nfrom typing import Annotated\nfrom jupyter_spaces import Slider\n"
            "def paint(steps: Annotated[int, Slider(1, 50)] = 99) -> str: return ''"
        )
    assert "painter" not in spaces


def test_a_definition_that_fails_leaves_the_space_as_it_was(run: Run) -> None:
    run(f"%%space greeter\n{GREET}")
    before = spaces["greeter"]
    with pytest.raises(UsageError):
        run("%%space greeter\ndef greet(name): return name")
    assert spaces["greeter"] is before
    assert before.call(name="Ada") == "Hello Ada"


def test_running_again_updates_the_same_space(run: Run) -> None:
    run(f"%%space greeter\n{GREET}")
    before = spaces["greeter"]
    run("%%space greeter --title Other\ndef shout(name: str = 'you') -> str: return name.upper()")
    assert spaces["greeter"] is before
    assert before.title == "Other"
    assert list(before.endpoints) == ["shout"]


def test_a_name_that_an_imported_module_uses_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_app.py").write_text("from jupyter_spaces import Space\nspace = Space('greeter')\n")
    monkeypatch.syspath_prepend(tmp_path)
    run("import some_app")
    with pytest.raises(UsageError, match=r"there is a Space 'greeter' already, made in some_app, line 2"):
        run(f"%%space greeter\n{GREET}")


def test_a_name_that_cannot_name_a_space_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match=r"'my app!' cannot name a Space"):
        run(f"%%space 'my app!'\n{GREET}")


def test_an_error_of_the_cell_is_shown_as_in_any_cell(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        run(f"%%space greeter\n{GREET}\nfine = 1\nbroken = 1 / 0")
    shown = capsys.readouterr().out
    # The traceback begins in the cell, at the cell's own line number, without the machinery of the magic.
    assert "line 4" in shown
    assert "broken = 1 / 0" in shown
    assert "run_cell_magic" not in shown
    assert "greeter" not in spaces


def test_a_syntax_error_shows_its_place_only(run: Run) -> None:
    with pytest.raises(
        UsageError, match=r"line 2 of the cell:\n +def greet\(name: str -> str: pass\n +\^+\nSyntaxError"
    ):
        run("%%space greeter\ndef greet(name: str -> str: pass")


def test_a_top_level_await_is_explained(run: Run) -> None:
    with pytest.raises(UsageError, match=r"a magic cannot be awaited\. Move the await into a cell of its own"):
        run(f"%%space greeter\nimport asyncio\nawait asyncio.sleep(0)\n{GREET}")


def test_headless_an_error_fails_the_cell_with_endpoint_input_and_message(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CallError, match=r"greet\(name='Ada'\) failed: ValueError: not her"):
        run("%%space greeter\ndef greet(name: str = 'Ada') -> str:\n    raise ValueError('not her')")
    shown = capsys.readouterr().out
    assert "raise ValueError('not her')" in shown
    assert "jupyter_spaces" not in shown  # nobody needs the frames between the button and the function


def test_a_question_mark_shows_the_help(shell: InteractiveShell) -> None:
    text = shell.inspector._get_info(shell.find_cell_magic("space"))["text/plain"]
    for word in ("--title", "--examples", "--flagging", "--cache-examples", "__all__"):
        assert word in text
    assert "%space call NAME" in shell.inspector._get_info(shell.find_line_magic("space"))["text/plain"]
    assert "%models free NAME" in shell.inspector._get_info(shell.find_line_magic("models"))["text/plain"]
