"""Whoever looks finds the old export or the new one, and never a part."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_spaces.errors import TrainError
from jupyter_spaces.train.export.replacement import replacing


def test_a_folder_is_replaced_at_the_end_of_the_block(tmp_path: Path) -> None:
    """Inside the block the old one is there; afterwards only the new one is, without the old one's files."""
    final = tmp_path / "final"
    final.mkdir()
    (final / "old").write_text("old")
    with replacing(final) as part:
        part.mkdir()
        (part / "new").write_text("new")
        assert (final / "old").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["final"]
    assert [path.name for path in final.iterdir()] == ["new"]


def test_a_file_keeps_its_ending_while_it_is_written(tmp_path: Path) -> None:
    """Some libraries choose the format by it; and the folder is made."""
    path = tmp_path / "there" / "model.safetensors"
    with replacing(path) as part:
        assert part.suffix == ".safetensors"
        part.write_text("new")
    assert [each.name for each in path.parent.iterdir()] == ["model.safetensors"]


def test_a_block_that_fails_changes_nothing(tmp_path: Path) -> None:
    """What it wrote is gone, and its own error comes through."""
    (tmp_path / "final").mkdir()

    def fail() -> None:
        with replacing(tmp_path / "final") as part:
            part.mkdir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def test_a_disk_that_refuses_is_a_sentence(tmp_path: Path) -> None:
    """It says what could not be written, where, why, and that the old one is as before."""
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    path = tmp_path / "taken" / "model.safetensors"
    sentence = r"model\.safetensors could not be written into .*taken: .* is as before"
    with pytest.raises(TrainError, match=sentence), replacing(path):
        pass
