"""Stable Diffusion 1.x and 2.x, and the tiny model: one CLIP text encoder, whose token states the UNet attends to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_spaces.train.families.family import Conditioning, Family

if TYPE_CHECKING:
    import torch


class StableDiffusion(Family):
    """`StableDiffusionPipeline` and what shares its parts."""

    name = "Stable Diffusion"

    @property
    def text_encoders(self) -> dict[str, torch.nn.Module]:
        return {"text_encoder": self.pipeline.text_encoder}

    @property
    def tokenizers(self) -> dict[str, Any]:
        return {"text_encoder": self.pipeline.tokenizer}

    def encode(self, prompts: list[str], encoders: dict[str, torch.nn.Module]) -> Conditioning:
        encoder = encoders["text_encoder"]
        tokens = token_ids(self.pipeline.tokenizer, prompts).to(encoder.device)
        # SD 2's checkpoints say whether padding is masked
        mask = tokens["attention_mask"] if getattr(encoder.config, "use_attention_mask", False) else None
        return {"encoder_hidden_states": encoder(tokens["input_ids"], attention_mask=mask)[0]}


def token_ids(tokenizer: Any, prompts: list[str]) -> Any:
    """Token ids as the pipelines make them: padded and cut to the tokenizer's length, (n, 77)."""
    return tokenizer(
        prompts, padding="max_length", max_length=tokenizer.model_max_length, truncation=True, return_tensors="pt"
    )
