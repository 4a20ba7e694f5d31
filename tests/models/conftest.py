"""A pipeline's folder on disk, made once; and a ledger that is empty before and after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_spaces import models
from tests.models.random_pipeline import save_random_pipeline


@pytest.fixture(scope="session")
def pipeline_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Stable Diffusion pipeline of 0.4 MB, written by `save_pretrained`. Not to be changed."""
    return save_random_pipeline(tmp_path_factory.mktemp("pipelines") / "painter-model")


@pytest.fixture(autouse=True)
def empty_ledger() -> Iterator[None]:
    """No model is left behind."""
    yield
    for entry in models.list():
        models.free(entry.name)
