"""The text encoder: a small stock `CLIPTextModel`, warmed up on naming the scene that a caption describes.

A denoiser that starts with random word vectors gets nothing from them and learns to do without; after a minute of this
warm-up its cross-attention finds colours, objects and places from the first step on.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from recipes.tiny import runs
from recipes.tiny.captions import caption
from recipes.tiny.settings import TextSettings
from recipes.tiny.tokenizer import MAX_LENGTH
from recipes.tiny.world import BACKGROUNDS, COLOURS, KINDS, PLACES, SIZES, TEXTURES, Scene, sample_scene

_TASKS: dict[str, tuple[str, ...]] = {
    "kind": KINDS, "colour": tuple(COLOURS), "size": tuple(SIZES), "place": tuple(PLACES),
    "texture": TEXTURES, "background": BACKGROUNDS,
}  # fmt: skip


def build(settings: TextSettings, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained text encoder for this vocabulary."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=settings.width,
            intermediate_size=4 * settings.width,
            projection_dim=settings.width,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            max_position_embeddings=MAX_LENGTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> torch.Tensor:
    """Token ids as the pipeline makes them, (n, 77)."""
    encoded = tokenizer(captions, padding="max_length", max_length=MAX_LENGTH, truncation=True, return_tensors="pt")
    ids: torch.Tensor = encoded.input_ids
    return ids


def _labels(scenes: list[Scene]) -> list[torch.Tensor]:
    return [torch.tensor([words.index(getattr(scene, task)) for scene in scenes]) for task, words in _TASKS.items()]


def warm_up(settings: TextSettings, tokenizer: CLIPTokenizer, folder: Path) -> CLIPTextModel:
    """Trains the encoder to name the scene; short, so it is repeated rather than resumed when interrupted."""
    torch.manual_seed(settings.seed)
    model, checkpoint, log = build(settings, tokenizer), folder / "text.pt", runs.Log("text")
    if (state := runs.load(checkpoint)) is not None:
        model.load_state_dict(state["model"])
        return model
    heads = nn.ModuleList(nn.Linear(settings.width, len(words)) for words in _TASKS.values())
    optimizer = torch.optim.AdamW([*model.parameters(), *heads.parameters()], lr=settings.learning_rate)
    for step in range(settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * runs.cosine(step, settings.steps)
        rng = np.random.default_rng((settings.seed, step))
        scenes = [sample_scene(rng) for _ in range(settings.batch)]
        with runs.autocast():
            ids = tokenize(tokenizer, [caption(scene, rng) for scene in scenes])
            states = model(ids).last_hidden_state
        pooled = states.float().mean(dim=1)
        losses = [
            nn.functional.cross_entropy(head(pooled), label) for head, label in zip(heads, _labels(scenes), strict=True)
        ]
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(torch.stack(losses).sum())
        optimizer.step()
        if (step + 1) % 50 == 0:
            log(step=step + 1, **{task: loss.item() for task, loss in zip(_TASKS, losses, strict=True)})
    runs.save({"model": model.state_dict()}, checkpoint)
    return model
