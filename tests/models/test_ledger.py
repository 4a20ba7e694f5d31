"""The ledger: what is loaded, how much it takes, and getting it back."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from jupyter_spaces import models
from jupyter_spaces.errors import DuplicateNameError, ModelError, NameNotFoundError
from jupyter_spaces.jobs import device_of


def linear(width: int = 1000) -> torch.nn.Linear:
    return torch.nn.Linear(width, width, bias=False)


def notebook() -> dict[str, Any]:
    """The namespace that a notebook's cells run in."""
    return vars(sys.modules["__main__"])


def test_the_table_says_what_where_and_how_much(pipeline_folder: Path) -> None:
    models.load(pipeline_folder)
    models.register("classifier", linear())
    text = repr(models.list())
    assert "painter-model  StableDiffusionPipeline  cpu     float32  370 kB" in text
    assert "classifier     Linear                   cpu     float32  4.0 MB" in text
    assert "Together: 4.4 MB on cpu" in text
    assert repr(models) == text
    assert models._repr_html_().count("<tr>") == 3


def test_the_html_of_the_table_is_escaped() -> None:
    models.register("<script>", linear(10))
    assert "<script>" not in models._repr_html_()


def test_an_empty_table_says_how_to_load() -> None:
    assert repr(models.list()) == "No model is loaded. models.load('tiny') loads the built-in one."


def test_the_module_reads_as_a_mapping(pipeline_folder: Path) -> None:
    pipe = models.load(pipeline_folder)
    assert models["painter-model"] is pipe
    assert "painter-model" in models
    assert list(models) == ["painter-model"]
    assert len(models) == 1
    with pytest.raises(
        NameNotFoundError, match=r"No model is named 'painter'\. Loaded: 'painter-model'\. Did you mean"
    ):
        models["painter"]


def test_weights_that_are_shared_count_once() -> None:
    one = linear()
    models.register("one", one)
    models.register("both", torch.nn.Sequential(one, one))
    assert [entry.nbytes for entry in models.list()] == [4_000_000, 4_000_000]
    assert models.list().totals() == {"cpu": 4_000_000}


def test_freeing_gives_the_memory_back_although_names_still_point_to_it(
    pipeline_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(notebook(), "pipe", models.load(pipeline_folder))
    unet = weakref.ref(notebook()["pipe"].unet)
    freed = models.free("painter-model")
    assert unet() is None
    assert freed.kept == 0
    assert repr(freed) == (
        "Freed 'painter-model': 370 kB on cpu. pipe in the notebook still names it; a call says how to load it again."
    )
    assert len(models) == 0


def test_freeing_names_what_keeps_weights_in_memory(pipeline_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notebook(), "vae", models.load(pipeline_folder).vae)
    freed = models.free("painter-model")
    assert freed.held_by == ("vae",)
    assert 0 < freed.kept < freed.kept + freed.nbytes
    assert "stay in memory, because the notebook still holds them as vae: del vae." in repr(freed)


def test_freeing_finds_the_outputs_of_cells(pipeline_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notebook(), "Out", {3: models.load(pipeline_folder).unet})
    assert models.free("painter-model").held_by == ("Out[3]",)


def test_freeing_a_name_that_does_not_exist_suggests_one(pipeline_folder: Path) -> None:
    with pytest.raises(NameNotFoundError, match=r"No model is named 'tiny'\. None is loaded; models\.load\('tiny'\)"):
        models.free("tiny")
    models.load(pipeline_folder)
    with pytest.raises(NameNotFoundError, match=r"Did you mean 'painter-model'\?"):
        models.free("painter-modl")


def test_a_model_of_ones_own_is_registered_for_its_device() -> None:
    model = models.register("classifier", linear(10))
    assert device_of(model) == "cpu"
    assert models.register("classifier", model) is model
    with pytest.raises(DuplicateNameError, match=r"Another model is named 'classifier'\. Free it first"):
        models.register("classifier", linear(10))
    held: Any = weakref.ref(model)
    freed = models.free("classifier")
    assert freed.kept == 400  # the test's own name
    del model
    gc.collect()
    assert held() is None


def test_something_without_weights_is_not_a_model() -> None:
    with pytest.raises(ModelError, match=r"'text' is neither a torch module nor a diffusers pipeline but str"):
        models.register("text", "a string")
