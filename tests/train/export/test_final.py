"""What a run leaves is loaded by diffusers alone, and paints what the run painted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DiffusionPipeline
from safetensors import safe_open
from safetensors.torch import load_file

from jupyter_spaces import models
from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.train.export import write_final
from jupyter_spaces.train.export.adapters import FILE, read_adapters
from jupyter_spaces.train.personalised import personalised
from tests.train.export.runs import farthest, finished, latents, paint
from tests.train.small_trainers import stable_diffusion, stable_diffusion_xl

ADAPTERS: list[tuple[Callable[[], Any], dict[str, Any]]] = [
    (stable_diffusion, {"lora_alpha": 24.0}),
    (stable_diffusion, {"lora_targets": "all", "train_text_encoder": True, "lora_rank": 4, "lora_alpha": 2.5}),
    (stable_diffusion, {"use_dora": True, "lora_alpha": 4.0, "train_text_encoder": True}),
    (stable_diffusion_xl, {"train_text_encoder": True, "lora_alpha": 16.0}),
    (stable_diffusion_xl, {"use_dora": True, "lora_targets": "all", "train_text_encoder": True}),
]


@pytest.mark.parametrize(("make", "more"), ADAPTERS)
def test_adapters_paint_the_same_on_a_fresh_base(tmp_path: Path, make: Callable[[], Any], more: dict[str, Any]) -> None:
    """`load_lora_weights(folder)`, the same seed, and the picture of `run.pipeline`: alpha, DoRA, text and all."""
    run = finished(tmp_path / "checkpoints", make, method="lora", **more)
    folder = write_final(*run, tmp_path / "final")
    fresh = make()
    before = latents(fresh)
    with quiet():
        fresh.load_lora_weights(str(folder))
    wanted = personalised(*run)
    assert float((latents(wanted) - before).abs().max()) > 0.05
    assert torch.allclose(latents(fresh), latents(wanted), atol=1e-5)
    assert farthest(paint(fresh), paint(wanted)) <= 1


def test_alpha_is_in_the_header(tmp_path: Path) -> None:
    """The tensors do not show it: without the header diffusers takes it for the rank, and paints something else."""
    run = finished(tmp_path / "checkpoints", method="lora", lora_alpha=24.0)
    read = read_adapters(write_final(*run, tmp_path / "final"))
    assert read.settings["unet.lora_alpha"] == 24.0
    fresh = stable_diffusion()
    with quiet():
        fresh.load_lora_weights(read.layers)
    assert float((latents(fresh) - latents(personalised(*run))).abs().max()) > 0.01


def test_adapters_say_what_they_are(tmp_path: Path) -> None:
    """In the header, in plain texts: what they were trained on, for how long, with which rank, alpha and seed."""
    more = {"method": "lora", "lora_rank": 4, "lora_alpha": 6.0, "seed": 3, "model": str(tmp_path / "my-base")}
    folder = write_final(*finished(tmp_path / "checkpoints", **more), tmp_path / "final")
    with safe_open(folder / FILE, framework="pt") as file:
        header = file.metadata()
    told = {"base_model": "my-base", "instance_prompt": "a red boat", "rank": "4", "alpha": "6.0", "steps": "12"}
    assert {name: header[name] for name in told} == told
    assert header["seed"] == "3"
    assert "modelspec.architecture" not in header  # a model of these sizes has no name that others know
    assert str(tmp_path) not in json.dumps(header)
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_adapters_have_the_base_s_number_format(tmp_path: Path) -> None:
    """They are trained in float32; a base in bfloat16 would cast them as it loads them."""

    def half() -> Any:
        return stable_diffusion().to(torch.bfloat16)

    folder = write_final(*finished(tmp_path / "checkpoints", half, method="lora"), tmp_path / "final")
    assert {tensor.dtype for tensor in load_file(folder / FILE).values()} == {torch.bfloat16}


def test_a_whole_model_is_a_pipeline_s_folder(tmp_path: Path) -> None:
    """`from_pretrained(folder)` has every tensor of `run.pipeline`, bit for bit, the averaged ones where there are."""
    run = finished(tmp_path / "checkpoints", ema_decay=0.9, train_text_encoder=True)
    folder = write_final(*run, tmp_path / "final")
    with quiet():
        fresh = DiffusionPipeline.from_pretrained(str(folder))
    wanted = personalised(*run)
    for name in ("unet", "text_encoder", "vae"):
        mine, theirs = (getattr(pipeline, name).state_dict() for pipeline in (fresh, wanted))
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert farthest(paint(fresh), paint(wanted)) == 0
    assert not [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".bin", ".pt", ".ckpt")]


def test_a_whole_model_has_the_base_s_number_format_and_no_path(tmp_path: Path) -> None:
    """A base that came from a folder in bfloat16: diffusers notes that folder in every config, and it is taken out."""
    stable_diffusion().to(torch.bfloat16).save_pretrained(str(tmp_path / "secret-base"))

    def load() -> Any:
        with quiet():
            return DiffusionPipeline.from_pretrained(str(tmp_path / "secret-base"), dtype=torch.bfloat16)

    run = finished(tmp_path / "checkpoints", load)
    folder = write_final(*run, tmp_path / "final")
    for path in folder.rglob("*"):
        assert not path.is_file() or b"secret-base" not in path.read_bytes(), path
    weights = load_file(folder / "unet" / "diffusion_pytorch_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}
    with quiet():
        fresh = DiffusionPipeline.from_pretrained(str(folder), dtype=torch.bfloat16)
    assert farthest(paint(fresh), paint(personalised(*run))) == 0


def test_the_base_is_as_before_and_may_be_the_ledger_s(tmp_path: Path) -> None:
    """A `Pipeline` of `models.load` is taken as well, and paints on as it did."""
    base, config, checkpoint = finished(tmp_path / "checkpoints")
    before = paint(base)
    loaded = models.face.adopt("base", base, source="test")
    try:
        write_final(loaded, config, checkpoint, tmp_path / "final")
    finally:
        models.free("base")
    assert farthest(paint(base), before) == 0


def test_an_export_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """Whole: nothing of the old one is left in it, and nothing is left beside it."""
    write_final(*finished(tmp_path / "one"), tmp_path / "runs" / "final")
    write_final(*finished(tmp_path / "two", method="lora"), tmp_path / "runs" / "final")
    assert [path.name for path in (tmp_path / "runs").rglob("*")] == ["final", FILE]


def test_a_checkpoint_of_another_run_leaves_the_old_export(tmp_path: Path) -> None:
    """The sentence says what does not fit, and what was there is there."""
    run = finished(tmp_path / "one", method="lora")
    folder = write_final(*run, tmp_path / "final")
    held = (folder / FILE).read_bytes()
    with pytest.raises(CheckpointError, match="does not fit these settings"):
        write_final(run.base, run.config.replace(method="full"), run.checkpoint, folder)
    assert (folder / FILE).read_bytes() == held
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final", "one"]


def test_a_folder_without_adapters_is_named(tmp_path: Path) -> None:
    """The sentence says which folder is wanted."""
    with pytest.raises(CheckpointError, match=r"holds no adapters .* Name the folder that write_final wrote"):
        read_adapters(tmp_path)
