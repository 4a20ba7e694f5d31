"""Starting points: a few fields each, and every other field as usual. What a config says itself has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Sources: the DreamBooth paper and the diffusers README for objects (5e-6, 800 steps with class images); the Hugging
# Face guide to DreamBooth for faces (lower rate, more steps, batches of 2, the text encoder as well).
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "object": {},
    "face": {
        "steps": 1200,
        "batch_size": 2,
        "train_text_encoder": True,
        "num_class_images": 200,
        "crop": "smart",
    },
    "style": {"method": "lora", "lora_rank": 16, "lora_targets": "all", "crop": "random", "crops": 8, "steps": 1000},
    "fast": {"method": "lora", "steps": 400, "num_class_images": 50, "sample_every": 200, "checkpoint_every": 200},
    "quality": {"steps": 1200, "num_class_images": 200, "prior_target": "base", "ema_decay": 0.999, "snr_gamma": 5.0},
}
