"""DINO, DINOv2, ViT and CLIP models that are on this machine, as embedders.

The paper's numbers are made with ViT-S/16 DINO (facebook/dino-vits16) and CLIP (openai/clip-vit-base-patch32). Nothing
is downloaded: a folder, or a repository that the local cache holds. Weights are read from safetensors files only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jupyter_spaces.errors import MissingExtraError, ModelFormatError, ModelNotFound
from jupyter_spaces.models.devices import choose_device
from jupyter_spaces.models.quiet import quiet
from jupyter_spaces.train.evaluate.embedder import Embedder, Embeddings
from jupyter_spaces.train.evaluate.measures import directions
from jupyter_spaces.train.evaluate.preprocessing import Preprocessing, read_preprocessing

if TYPE_CHECKING:
    import torch
    from PIL import Image

# Models whose first token stands for the whole picture.
_VITS = ("vit", "deit", "dinov2", "dinov2_with_registers", "dinov3_vit")
BATCH = 16  # pictures at once


class VisionEmbedder:
    """A vision transformer: its first token after the last layer, which is what DINO's authors compare."""

    def __init__(self, name: str, model: Any, preprocessing: Preprocessing) -> None:
        self.name = name
        self._model = model
        self._preprocessing = preprocessing

    def images(self, pictures: Sequence[Image.Image]) -> Embeddings:
        """One unit vector per picture, (n, d) float32."""
        import torch

        rows = []
        for start in range(0, len(pictures), BATCH):
            pixels = torch.from_numpy(self._preprocessing(pictures[start : start + BATCH]))
            with torch.no_grad():
                rows.append(self._look(pixels.to(self._model.device)).cpu())
        return directions(torch.cat(rows), "pictures").astype(np.float32)

    def _look(self, pixels: torch.Tensor) -> torch.Tensor:
        states: torch.Tensor = self._model(pixel_values=pixels).last_hidden_state
        return states[:, 0]


class ClipEmbedder(VisionEmbedder):
    """A CLIP model: pictures and texts in one space."""

    def __init__(self, name: str, model: Any, preprocessing: Preprocessing, tokenizer: Any) -> None:
        super().__init__(name, model, preprocessing)
        self._tokenizer = tokenizer

    def _look(self, pixels: torch.Tensor) -> torch.Tensor:
        seen: torch.Tensor = self._model.visual_projection(self._model.vision_model(pixel_values=pixels).pooler_output)
        return seen

    def texts(self, texts: Sequence[str]) -> Embeddings:
        """One unit vector per text, (n, d) float32."""
        import torch

        length = self._model.config.text_config.max_position_embeddings
        tokens = self._tokenizer(list(texts), padding=True, truncation=True, max_length=length, return_tensors="pt")
        with torch.no_grad():
            said = self._model.text_model(**tokens.to(self._model.device)).pooler_output
            return directions(self._model.text_projection(said), "texts").astype(np.float32)


def load_embedder(source: str | Path, device: Any = None) -> Embedder:
    """The embedder in a folder that `save_pretrained` wrote, or in a repository "owner/name" of the local cache.

    ViT, DeiT, DINO, DINOv2, DINOv3 and CLIP models are known; a CLIP model also embeds texts. device: the best one
    when left out. Raises `ModelNotFound` or `ModelFormatError` with a sentence that says what to do.
    """
    try:
        import transformers
    except ImportError:
        raise MissingExtraError(
            "load_embedder needs transformers and torch: pip install 'jupyter-spaces-ml[models]'."
        ) from None
    folder = _folder(str(source))
    kind = _kind(folder)
    place = choose_device(device)
    preprocessing = read_preprocessing(folder)
    if kind == "clip":
        with quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        return ClipEmbedder(str(source), _model(transformers.CLIPModel, folder, place), preprocessing, tokenizer)
    # DINO's checkpoints lack the pooling layer, which would start with random weights, and nobody asks it.
    less = {"add_pooling_layer": False} if kind in ("vit", "deit") else {}
    return VisionEmbedder(str(source), _model(transformers.AutoModel, folder, place, **less), preprocessing)


def _model(loader: Any, folder: Path, device: str, **options: Any) -> Any:
    import torch

    with quiet():
        model, report = loader.from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32,
            output_loading_info=True, **options,
        )  # fmt: skip
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelFormatError(
            f"{folder} lacks {len(missing)} of the model's weights ({missing[0]} ...): what it says about pictures "
            "would be chance. Download it again."
        )
    return model.eval().to(device)


def _folder(source: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    path = Path(source).expanduser()
    if path.is_dir():
        return path
    try:
        return Path(snapshot_download(source, local_files_only=True))
    except FileNotFoundError as error:
        # The cached snapshot lacks files of the repository, such as the same weights in other formats.
        if hasattr(error, "snapshot_path"):
            return Path(error.snapshot_path)
    except HFValidationError:
        pass
    raise ModelNotFound(
        f"{source!r} is neither a folder nor in the local cache of the hub. Nothing is downloaded here: get it with "
        f"`hf download facebook/dino-vits16 --local-dir FOLDER`, say, and name that folder; without an embedder the "
        "diffusion model's own features are used."
    )


def _kind(folder: Path) -> str:
    """The type of model. Raises `ModelFormatError` for one that cannot be used, or has no safetensors."""
    try:
        kind = str(json.loads((folder / "config.json").read_text("utf-8"))["model_type"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelFormatError(f"{folder} holds no transformers model: it has no config.json that names one.") from None
    if kind not in ("clip", *_VITS):
        raise ModelFormatError(
            f"{folder} holds a {kind!r} model, which is not known as an embedder. These are: clip, {', '.join(_VITS)}."
        )
    if not list(folder.glob("*.safetensors")):
        raise ModelFormatError(
            f"{folder} has no safetensors file. Weights are read from no other format, because opening one can run "
            "code: "
            "save the model again where you trust it, model.save_pretrained('folder', safe_serialization=True)."
        )
    return kind
