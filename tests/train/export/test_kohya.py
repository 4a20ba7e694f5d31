"""Adapters by kohya's names are the same adapters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from jupyter_spaces.errors import CheckpointError, ConfigError
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.train.checkpoint import read_weights
from jupyter_spaces.train.export import to_kohya, write_final, write_kohya
from jupyter_spaces.train.export.adapters import Adapters, read_adapters
from jupyter_spaces.train.export.kohya import _training
from jupyter_spaces.train.personalised import personalised
from tests.train.export.runs import farthest, finished, paint
from tests.train.small_trainers import stable_diffusion, stable_diffusion_xl

KINDS: list[tuple[Callable[[], Any], dict[str, Any]]] = [
    (stable_diffusion, {"lora_targets": "all", "train_text_encoder": True, "lora_alpha": 3.0}),
    (stable_diffusion_xl, {"train_text_encoder": True, "lora_alpha": 16.0}),
]


@pytest.mark.parametrize(("make", "more"), KINDS)
def test_diffusers_reads_the_same_tensors(tmp_path: Path, make: Callable[[], Any], more: dict[str, Any]) -> None:
    """Every tensor of the checkpoint is in the pipeline that loaded the file, bit for bit, and so is the picture."""
    run = finished(tmp_path / "checkpoints", make, method="lora", **more)
    path = write_kohya(write_final(*run, tmp_path / "final"), tmp_path / "my-boat.safetensors")
    fresh = make()
    with quiet():
        fresh.load_lora_weights(str(path), adapter_name="default")
    loaded = {
        f"{component}.{name}": tensor
        for component in ("unet", "text_encoder", "text_encoder_2")
        if hasattr(fresh, component)
        for name, tensor in getattr(fresh, component).state_dict().items()
        if ".lora_" in name
    }
    wanted = read_weights(run.checkpoint.folder)
    assert loaded.keys() == wanted.keys()
    assert all(torch.equal(loaded[name], wanted[name]) for name in wanted)
    assert farthest(paint(fresh), paint(personalised(*run))) <= 1


def test_names_are_those_of_sd_scripts(tmp_path: Path) -> None:
    """A UNet's layer, the one text encoder, and of two encoders the first and the second; alpha by layer."""
    one = write_final(
        *finished(tmp_path / "one", method="lora", train_text_encoder=True, lora_rank=4, lora_alpha=2.0),
        tmp_path / "final",
    )
    layers = to_kohya(one)
    query = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q"
    assert layers[f"{query}.lora_down.weight"].shape == (4, 16)
    assert layers[f"{query}.lora_up.weight"].shape == (16, 4)
    assert layers[f"{query}.alpha"] == 2.0
    assert "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight" in layers
    assert len(layers) % 3 == 0
    two = write_final(
        *finished(tmp_path / "two", stable_diffusion_xl, method="lora", train_text_encoder=True), tmp_path / "final-xl"
    )
    names = {name.split("_text_model")[0] for name in to_kohya(two) if name.startswith("lora_te")}
    assert names == {"lora_te1", "lora_te2"}


def test_the_header_is_what_web_interfaces_read(tmp_path: Path) -> None:
    """Rank, alpha, base and name as texts; the version of the base only where the sizes say it."""
    folder = write_final(*finished(tmp_path / "one", method="lora", lora_alpha=2.0), tmp_path / "final")
    path = write_kohya(folder, tmp_path / "my-boat.safetensors")
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    told = {"ss_network_dim": "8", "ss_network_alpha": "2.0", "ss_output_name": "my-boat", "ss_sd_model_name": "tiny"}
    assert {name: header[name] for name in told} == told
    assert "ss_v2" not in header
    assert load_file(path).keys() == to_kohya(folder).keys()


@pytest.mark.parametrize(
    ("architecture", "version", "two"),
    [
        ("stable-diffusion-v1/lora", "sd_v1", "False"),
        ("stable-diffusion-v2-768-v/lora", "sd_v2", "True"),
        ("stable-diffusion-xl-v1-base/lora", "sdxl_base_v1-0", "False"),
    ],
)
def test_the_version_of_the_base_is_told(tmp_path: Path, architecture: str, version: str, two: str) -> None:
    """AUTOMATIC1111's interface sorts adapters by these two."""
    read = read_adapters(write_final(*finished(tmp_path / "one", method="lora"), tmp_path / "final"))
    told = _training(Adapters(read.layers, read.settings, {**read.about, "modelspec.architecture": architecture}), "x")
    assert (told["ss_base_model_version"], told["ss_v2"]) == (version, two)


def test_dora_is_refused(tmp_path: Path) -> None:
    """Its readers would paint something else, and say nothing."""
    folder = write_final(*finished(tmp_path / "one", method="lora", use_dora=True), tmp_path / "final")
    with pytest.raises(ConfigError, match=r"use_dora: true cannot be written by kohya's names.*train without use_dora"):
        to_kohya(folder)
    assert not (tmp_path / "x.safetensors").exists()


def test_a_whole_model_has_no_adapters(tmp_path: Path) -> None:
    """The folder of a full training is not one of adapters, and the sentence says which one is wanted."""
    folder = write_final(*finished(tmp_path / "one"), tmp_path / "final")
    with pytest.raises(CheckpointError, match="for a run of method: lora"):
        write_kohya(folder, tmp_path / "x.safetensors")
