"""Others learn the name of a model, and nothing of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_spaces.train.export.origin import forget_paths, is_repository, origin


def test_a_folder_is_known_by_its_name(tmp_path: Path) -> None:
    """Absolute, relative to the working folder (which is the test's own), or from the home folder."""
    (tmp_path / "models" / "mine").mkdir(parents=True)
    for source in (str(tmp_path / "models" / "mine"), "models/mine", "./models/mine", "/not/there/mine"):
        assert origin(source) == "mine"
        assert not is_repository(source)


@pytest.mark.parametrize("source", ["stabilityai/stable-diffusion-2-1", "tiny", "my-loaded-model"])
def test_other_names_stay(source: str) -> None:
    """A repository's id, and the name of a loaded model."""
    assert origin(source) == source
    assert is_repository(source) == ("/" in source)


def test_configs_forget_where_they_came_from(tmp_path: Path) -> None:
    """At every depth; what else they say stays, also words that look like a path to nobody."""
    held = {
        "_name_or_path": "/home/me/base",
        "tokenizer_file": "/home/me/base/tokenizer.json",
        "vision_config": {"_name_or_path": "", "layers": 2},
        "blocks": [{"name_or_path": "x", "kind": "Down"}],
        "unk_token": "/",
        "vocab_file": "vocab.json",
    }
    (tmp_path / "unet").mkdir()
    for name in ("model_index.json", "unet/config.json", "unet/tokenizer_config.json", "unet/vocab.json"):
        (tmp_path / name).write_text(json.dumps(held))
    forget_paths(tmp_path)
    kept = {"vision_config": {"layers": 2}, "blocks": [{"kind": "Down"}], "unk_token": "/", "vocab_file": "vocab.json"}
    assert json.loads((tmp_path / "unet" / "config.json").read_text()) == kept
    assert json.loads((tmp_path / "unet" / "tokenizer_config.json").read_text()) == kept
    assert json.loads((tmp_path / "model_index.json").read_text()) == kept
    assert json.loads((tmp_path / "unet" / "vocab.json").read_text()) == held
