"""Flags are appended line by line, whole, by many at once."""

import json
import threading
from pathlib import Path
from typing import Annotated

import pytest
from PIL import Image

from jupyter_spaces import Space, Textbox
from jupyter_spaces.errors import DefinitionError, InputError


def paint(prompt: str, secret: Annotated[str, Textbox(password=True)] = "") -> Image.Image:
    return Image.new("RGB", (2, 2), "red")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_flag_is_one_line_with_the_picture_beside_it(tmp_path: Path) -> None:
    space = Space.from_function(paint, flagging=tmp_path / "flags" / "log.jsonl")
    picture = space.call(prompt="a boat")
    path = space.flag(None, {"prompt": "a boat", "secret": "hunter2"}, picture, comment="nice")
    space.flag("paint", {"prompt": "no result yet"})
    first, second = lines(path)
    assert (first["endpoint"], first["inputs"], first["comment"]) == ("paint", {"prompt": "a boat"}, "nice")
    assert first["schema"] == space["paint"].schema_hash
    with Image.open(path.parent / first["result"]) as kept:
        assert kept.size == (2, 2)
    assert second["result"] is None
    assert "hunter2" not in path.read_text()


def test_a_space_that_collects_no_flags_says_how() -> None:
    with pytest.raises(DefinitionError, match=r"collects no flags. Write Space\('paint', flagging=\"flags.jsonl\"\)"):
        Space.from_function(paint).flag(None, {"prompt": "a"})


def test_values_that_do_not_fit_are_not_written(tmp_path: Path) -> None:
    space = Space.from_function(paint, flagging=tmp_path / "log.jsonl")
    with pytest.raises(InputError):
        space.flag(None, {"prompt": 3})
    assert not (tmp_path / "log.jsonl").exists()


def test_many_writers_never_mix_their_lines(tmp_path: Path) -> None:
    space = Space.from_function(paint, flagging=tmp_path / "log.jsonl")
    other = Space.from_function(paint, flagging=tmp_path / "log.jsonl")  # as another process would

    def flag(which, number):
        for index in range(20):
            which.flag(None, {"prompt": f"{number} {index} " + "x" * 5000})

    threads = [threading.Thread(target=flag, args=(which, n)) for n, which in enumerate([space, other] * 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(tmp_path / "log.jsonl")) == 120


def test_a_line_that_was_cut_short_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"half a li')
    Space.from_function(paint, flagging=path).flag(None, {"prompt": "a"})
    first, second = path.read_text().splitlines()
    assert first == '{"half a li'
    assert json.loads(second)["inputs"] == {"prompt": "a"}
