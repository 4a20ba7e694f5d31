"""One file of the original layout: the very tensors, under names that the original code and diffusers know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.train.export import architecture as sizes
from jupyter_spaces.train.export import write_single_file
from jupyter_spaces.train.export.architecture import V1, V2, architecture, standard_name
from jupyter_spaces.train.export.original_layout import original_layout
from jupyter_spaces.train.personalised import personalised
from tests.train.export.runs import farthest, finished, four_levels, paint
from tests.train.small_trainers import stable_diffusion, stable_diffusion_xl

PARTS = ("unet", "vae", "text_encoder")


def read(path: Path, folder: Path) -> Any:
    """What diffusers makes of the file; the sizes and the tokenizer are those of a pipeline's folder."""
    with quiet():
        return StableDiffusionPipeline.from_single_file(
            str(path), config=str(folder), local_files_only=True, safety_checker=None
        )


def assert_same(one: Any, other: Any) -> None:
    for name in PARTS:
        mine, theirs = (getattr(pipeline, name).state_dict() for pipeline in (one, other))
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[key], theirs[key]) for key in mine), name


@pytest.mark.parametrize("open_clip", [False, True])
def test_diffusers_reads_the_same_tensors(tmp_path: Path, open_clip: bool) -> None:
    """All three models, bit for bit, with either text encoder's names."""
    pipeline = four_levels()
    pipeline.save_pretrained(str(tmp_path / "folder"))
    layout = original_layout(pipeline, open_clip=open_clip)
    save_file({name: tensor.contiguous() for name, tensor in layout.items()}, tmp_path / "model.safetensors")
    assert_same(read(tmp_path / "model.safetensors", tmp_path / "folder"), pipeline)


def test_a_run_of_a_model_of_these_sizes_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's weights, loaded back by diffusers, paint the run's picture; the header says what it is. A narrow model
    counts as Stable Diffusion 1.x here."""
    monkeypatch.setitem(sizes._SIZES, ((4, 8, 12, 12), 16, (4, 8, 8, 8)), V1)
    run = finished(tmp_path / "checkpoints", four_levels)
    run.base.save_pretrained(str(tmp_path / "folder"))
    path = write_single_file(*run, tmp_path / "my-boat.safetensors")
    fresh = read(path, tmp_path / "folder")
    assert_same(fresh, personalised(*run))
    assert farthest(paint(fresh, 64), paint(personalised(*run), 64)) == 0
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    assert header["modelspec.architecture"] == "stable-diffusion-v1"
    assert header["modelspec.title"] == "my-boat"
    assert header["modelspec.prediction_type"] == "epsilon"
    assert header["steps"] == "12"


@pytest.mark.parametrize(("width", "kind", "layers"), [(768, V1, 12), (1024, V2, 23)])
def test_the_published_sizes(width: int, kind: str, layers: int) -> None:
    """Of the real Stable Diffusion, without its values: known, with as many tensors as the published files have, and
    diffusers' own converters find every tensor of every shape again."""
    pipeline = published(width, layers)
    assert architecture(pipeline) == kind
    layout = original_layout(pipeline, open_clip=kind == V2)
    counts = {start: sum(name.startswith(start) for name in layout) for start in ("model.", "first_", "cond_")}
    text = 16 * layers + 4 if kind == V1 else 12 * layers + 4
    assert counts == {"model.": 686, "first_": 248, "cond_": text}
    unet = convert_ldm_unet_checkpoint(dict(layout), dict(pipeline.unet.config))
    vae = convert_ldm_vae_checkpoint(dict(layout), dict(pipeline.vae.config))
    assert shapes(unet) == shapes(pipeline.unet.state_dict())
    assert shapes(vae) == shapes(pipeline.vae.state_dict())
    if kind == V1:
        text_encoder = convert_ldm_clip_checkpoint(layout)
        names = {f"text_model.{name}": shape for name, shape in shapes(pipeline.text_encoder.state_dict()).items()}
        assert shapes(text_encoder) == names
    assert layout["model.diffusion_model.input_blocks.1.1.proj_in.weight"].shape[:2] == (320, 320)
    assert layout["model.diffusion_model.output_blocks.2.1.conv.weight"].shape == (1280, 1280, 3, 3)
    assert layout["first_stage_model.decoder.mid.attn_1.q.weight"].shape == (512, 512, 1, 1)


@pytest.mark.parametrize("make", [stable_diffusion, stable_diffusion_xl])
def test_other_sizes_are_refused(tmp_path: Path, make: Any) -> None:
    """A file that nobody can read is no export; the sentence names what is."""
    run = finished(tmp_path / "one", make)
    with pytest.raises(ConfigError, match=r"tiny is not Stable Diffusion 1\.x or 2\.x by its sizes.*write_final"):
        write_single_file(*run, tmp_path / "model.safetensors")
    assert standard_name(run.base) is None
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_adapters_are_refused(tmp_path: Path) -> None:
    """There is no whole model to write; kohya's file is what the same programs read."""
    run = finished(tmp_path / "one", method="lora")
    with pytest.raises(ConfigError, match=r"method: lora has no whole model to write.*write_kohya"):
        write_single_file(*run, tmp_path / "model.safetensors")


def test_a_tensor_that_the_original_lacks_is_named() -> None:
    """Stable Diffusion XL's embedding of sizes, say."""
    with pytest.raises(ConfigError, match=r"its tensor add_embedding\.\S+ has no place in the original layout"):
        original_layout(stable_diffusion_xl(), open_clip=False)


def shapes(state: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in state.items()}


def published(width: int, layers: int) -> Any:
    """Stable Diffusion's modules in their published sizes, on the device that holds no values."""
    linear = width == 1024
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            sample_size=64, cross_attention_dim=width, attention_head_dim=[5, 10, 20, 20] if linear else 8,
            use_linear_projection=linear,
        )  # fmt: skip
        vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4,
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        )  # fmt: skip
        text = CLIPTextModel(
            CLIPTextConfig(hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
                           num_attention_heads=width // 64, projection_dim=width)
        )  # fmt: skip
    pipeline = stable_diffusion()
    pipeline.register_modules(unet=unet, vae=vae, text_encoder=text)
    return pipeline
