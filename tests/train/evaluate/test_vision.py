"""DINO-like and CLIP models on this machine: the same vectors as transformers gives, without torchvision or network."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer, Dinov2Config, Dinov2Model, ViTConfig, ViTModel

from jupyter_spaces.errors import ModelFormatError, ModelNotFound
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.train.evaluate import TextEmbedder, load_embedder
from jupyter_spaces.train.evaluate.preprocessing import Preprocessing, read_preprocessing
from tests.models.random_pipeline import vocabulary

SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 16,
    "patch_size": 8,
}
NORMAL = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
DINO = {"do_resize": True, "size": 16, "resample": 2, "do_normalize": True, **NORMAL}  # as facebook/dino-vits16 says it
CLIP = {"do_resize": True, "size": 16, "resample": 3, "do_center_crop": True, "crop_size": 16, **NORMAL}


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """Three of different shapes, one of them grey."""
    rng = np.random.default_rng(0)
    sizes = ((20, 31, 3), (40, 24, 3), (17, 17))
    return [Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)) for size in sizes]


def save(model: ViTModel | Dinov2Model | CLIPModel, folder: Path, preprocessing: dict[str, object]) -> Path:
    with quiet():
        model.save_pretrained(str(folder))
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing), "utf-8")
    return folder


@pytest.fixture(scope="module")
def dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random ViT without the pooling layer, as DINO's checkpoints are."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("embedders") / "dino"
    return save(ViTModel(ViTConfig(**SMALL), add_pooling_layer=False), folder, DINO)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLIP model with a tokenizer of a few words."""
    torch.manual_seed(0)
    vocab, merges = vocabulary()
    folder = tmp_path_factory.mktemp("embedders") / "clip"
    end = vocab["<|endoftext|>"]
    text = {
        "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "vocab_size": len(vocab), "bos_token_id": vocab["<|startoftext|>"], "eos_token_id": end, "pad_token_id": end,
    }  # fmt: skip
    save(CLIPModel(CLIPConfig(text_config=text, vision_config=SMALL, projection_dim=8)), folder, CLIP)
    CLIPTokenizer(vocab, merges, model_max_length=77).save_pretrained(str(folder))
    return folder


def unit(rows: torch.Tensor) -> np.ndarray:
    return (rows / rows.norm(dim=1, keepdim=True)).detach().numpy()


@pytest.mark.parametrize("processor", ["ViTImageProcessorPil", "CLIPImageProcessorPil"])
def test_pixels_are_prepared_as_transformers_does(
    processor: str, pictures: list[Image.Image], dino: Path, clip: Path
) -> None:
    """Squeezed into a square, or scaled to the shorter edge and cropped: the same numbers to a rounding of bytes."""
    with quiet():
        if processor == "ViTImageProcessorPil":
            from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil as Theirs
        else:
            from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil as Theirs
        folder = dino if processor.startswith("ViT") else clip
        theirs = Theirs.from_pretrained(str(folder))([one.convert("RGB") for one in pictures], return_tensors="np")
    ours = read_preprocessing(folder)(pictures)
    assert ours.shape == (3, 3, 16, 16)
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs["pixel_values"]).max() < 1e-5


def test_a_vision_transformer_answers_with_its_first_token(pictures: list[Image.Image], dino: Path) -> None:
    """The embedding is transformers' own forward on the same pixels, at length 1, in batches or not."""
    embedder = load_embedder(dino, "cpu")
    model = ViTModel.from_pretrained(str(dino), add_pooling_layer=False).eval()
    wanted = unit(model(torch.from_numpy(read_preprocessing(dino)(pictures))).last_hidden_state[:, 0])
    assert embedder.name == str(dino)
    found = embedder.images(pictures)
    assert found.dtype == np.float32
    assert np.allclose(found, wanted, atol=1e-6)
    many = embedder.images(pictures * 7)  # more than a batch
    assert np.allclose(many, np.tile(wanted, (7, 1)), atol=1e-6)
    assert not isinstance(embedder, TextEmbedder)


def test_dinov2_is_read_in_the_same_way(pictures: list[Image.Image], tmp_path: Path) -> None:
    """Another class of transformers, the same token."""
    torch.manual_seed(0)
    sizes = {name: value for name, value in SMALL.items() if name != "intermediate_size"}
    model = Dinov2Model(Dinov2Config(**sizes, mlp_ratio=2)).eval()
    crop = {"do_center_crop": True, "crop_size": {"height": 16, "width": 16}, "size": {"shortest_edge": 18}}
    folder = save(model, tmp_path / "dinov2", {**crop, "resample": 3, **NORMAL})
    pixels = torch.from_numpy(read_preprocessing(folder)(pictures))
    assert np.allclose(
        load_embedder(folder, "cpu").images(pictures), unit(model(pixels).last_hidden_state[:, 0]), atol=1e-6
    )


def test_clip_puts_pictures_and_texts_into_one_space(pictures: list[Image.Image], clip: Path) -> None:
    """Both halves are the projections that CLIP's own forward compares."""
    embedder = load_embedder(clip, "cpu")
    assert isinstance(embedder, TextEmbedder)
    texts = ["a red boat", "a circle"]
    model = CLIPModel.from_pretrained(str(clip)).eval()
    tokens = CLIPTokenizer.from_pretrained(str(clip))(texts, padding=True, return_tensors="pt")
    wanted = model(**tokens, pixel_values=torch.from_numpy(read_preprocessing(clip)(pictures)))
    assert np.allclose(embedder.images(pictures), wanted.image_embeds.detach().numpy(), atol=1e-6)
    assert np.allclose(embedder.texts(texts), wanted.text_embeds.detach().numpy(), atol=1e-6)


def test_nothing_of_the_process_randomness_is_used(pictures: list[Image.Image], dino: Path) -> None:
    """Loading and looking leave torch's, numpy's and Python's generators as they were."""
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # type: ignore[index]
    load_embedder(dino, "cpu").images(pictures)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]  # type: ignore[index]
    assert random.getstate() == before[2]


def test_a_folder_that_cannot_be_used_is_said_in_a_sentence(dino: Path, tmp_path: Path) -> None:
    """No model, another kind, pickled weights, no preprocessing, weights that are missing, a name of nothing."""
    with pytest.raises(ModelFormatError, match="holds no transformers model"):
        load_embedder(tmp_path)
    config = json.loads((dino / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "swin"}), "utf-8")
    with pytest.raises(ModelFormatError, match="'swin' model, which is not known as an embedder"):
        load_embedder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"never opened")
    with pytest.raises(ModelFormatError, match="no safetensors file"):
        load_embedder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes((dino / "model.safetensors").read_bytes())
    with pytest.raises(ModelFormatError, match=r"no preprocessor_config\.json"):
        load_embedder(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text('{"size": {"longest_edge": 3}}', "utf-8")
    with pytest.raises(ModelFormatError, match="does not say how pictures are prepared"):
        load_embedder(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(DINO), "utf-8")
    (tmp_path / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}), "utf-8")
    with pytest.raises(ModelFormatError, match=r"lacks .* of the model's weights"):
        load_embedder(tmp_path)
    for source in ("nobody/has-this", "not a name: at all"):
        with pytest.raises(ModelNotFound, match="neither a folder nor in the local cache"):
            load_embedder(source)


def test_a_processor_of_transformers_5_is_read_too(dino: Path, tmp_path: Path) -> None:
    """Its file holds the image processor's settings under a name."""
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": DINO}), "utf-8")
    assert read_preprocessing(tmp_path) == read_preprocessing(dino)
    assert isinstance(read_preprocessing(tmp_path), Preprocessing)
