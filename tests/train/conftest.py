"""A random model in the ledger, photos on disk, and a cache of class images that belongs to the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_spaces import models, runs
from jupyter_spaces.train.prior.cache import VARIABLE
from tests.models.random_pipeline import random_pipeline
from tests.train.subject import write_photos


@pytest.fixture
def own_models() -> Iterator[None]:
    """What the test loads and trains is gone afterwards; what was loaded before stays."""
    before = set(models)
    yield
    runs._runs.clear()
    for name in set(models) - before:
        models.free(name)


@pytest.fixture
def random_model(own_models: None) -> None:
    """The random pipeline, loaded under the name "random"."""
    models.register("random", random_pipeline())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of five photos."""
    return write_photos(tmp_path / "photos")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of class images, and the working folder, in the test's own folder."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"
