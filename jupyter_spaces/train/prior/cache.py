"""Where class images are kept between runs: a folder per everything that determines them.

A file per chunk of latents, and the picture of each for people to look at. A file is written under another name and
renamed, so two runs that make the same images at once do no harm, and half a file is never read.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from PIL import Image

VARIABLE = "JUPYTER_SPACES_CACHE"


def cache_root() -> Path:
    """The folder of everything that can be made again: $JUPYTER_SPACES_CACHE, else in the user's cache."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "jupyter_spaces"


class LatentFolder:
    """The cached class images of one key. `made_of` is the key: plain values that JSON can write."""

    def __init__(self, made_of: Mapping[str, Any], root: Path | None = None) -> None:
        text = json.dumps(made_of, sort_keys=True)
        self.path = (root or cache_root()) / "class-images" / hashlib.sha256(text.encode()).hexdigest()[:24]
        self._made_of = text

    def load(self, chunk: int) -> torch.Tensor | None:
        """The latents of a chunk, or None where they are missing or cannot be read."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(self.path / f"{chunk:05d}.safetensors")["latents"]
        except (OSError, SafetensorError, KeyError):
            return None

    def save(self, chunk: int, latents: torch.Tensor, pictures: list[Image.Image], first: int) -> None:
        """Keep a chunk. `first` is the number of its first image."""
        from safetensors.torch import save

        self.path.mkdir(parents=True, exist_ok=True)
        replace(self.path / "made-of.json", self._made_of.encode())
        for index, picture in enumerate(pictures):
            part = self.path / f".{secrets.token_hex(4)}.png"
            picture.save(part)
            os.replace(part, self.path / f"{first + index:05d}.png")
        # last, since its presence says that the chunk is there
        replace(self.path / f"{chunk:05d}.safetensors", save({"latents": latents.contiguous().cpu()}))

    def pictures(self, count: int) -> list[Path]:
        """The pictures of the first images that exist, at most `count`."""
        return sorted(self.path.glob("[0-9]*.png"))[:count]


def replace(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    part.write_bytes(data)
    os.replace(part, path)
