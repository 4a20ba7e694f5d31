"""What turns a picture into a vector that tells what is on it.

The measures do not care where a vector comes from: a DINO or CLIP model that is on this machine (`load_embedder`), or
the diffusion model itself (`diffusion_features`), which is always there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

Embeddings = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Pictures to vectors. The same pictures always give the same vectors."""

    @property
    def name(self) -> str:
        """What a reader of the numbers should know about their source."""

    def images(self, pictures: Sequence[Image.Image]) -> Embeddings:
        """One unit vector per picture, (n, d) float32."""


@runtime_checkable
class TextEmbedder(Embedder, Protocol):
    """An embedder that puts texts into the same space, as CLIP does."""

    def texts(self, texts: Sequence[str]) -> Embeddings:
        """One unit vector per text, (n, d) float32."""
