"""Stable Diffusion XL: two text encoders, a pooled vector, and the picture's size and crop as numbers.

Podell et al., 2023 (arXiv 2307.01952), section 2.2: the UNet is told the original size, the crop's corner and the
target size. Training pictures are told as whole and square, as inference asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_spaces.train.families.family import Conditioning, Family
from jupyter_spaces.train.families.stable_diffusion import token_ids

if TYPE_CHECKING:
    import torch


class StableDiffusionXL(Family):
    """`StableDiffusionXLPipeline`."""

    name = "Stable Diffusion XL"

    @property
    def text_encoders(self) -> dict[str, torch.nn.Module]:
        names = ("text_encoder", "text_encoder_2")
        found = {name: getattr(self.pipeline, name, None) for name in names}
        return {name: module for name, module in found.items() if module is not None}

    @property
    def tokenizers(self) -> dict[str, Any]:
        return {name: getattr(self.pipeline, name.replace("text_encoder", "tokenizer")) for name in self.text_encoders}

    def encode(self, prompts: list[str], encoders: dict[str, torch.nn.Module]) -> Conditioning:
        import torch

        states, pooled = [], None
        for name, encoder in encoders.items():
            ids = token_ids(self.tokenizers[name], prompts)["input_ids"].to(encoder.device)
            said = encoder(ids, output_hidden_states=True)
            states.append(said.hidden_states[-2])  # the last layer but one, as the model was trained
            pooled = said[0]  # that of the last encoder, which has the projection
        return {"encoder_hidden_states": torch.cat(states, dim=-1), "text_embeds": pooled}

    def geometry(self, conditioning: Conditioning, resolution: int) -> Conditioning:
        import torch

        pooled = conditioning["text_embeds"]
        numbers = torch.tensor([resolution, resolution, 0, 0, resolution, resolution], device=pooled.device)
        time_ids = numbers.to(pooled.dtype).repeat(len(pooled), 1)
        return {**conditioning, "time_ids": time_ids}

    def predict(
        self, denoiser: torch.nn.Module, noisy: torch.Tensor, times: torch.Tensor, conditioning: Conditioning
    ) -> torch.Tensor:
        added = {name: conditioning[name] for name in ("text_embeds", "time_ids")}
        states = conditioning["encoder_hidden_states"]
        answer: torch.Tensor = denoiser(noisy, times, states, added_cond_kwargs=added, return_dict=False)[0]
        return answer
