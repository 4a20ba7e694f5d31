"""The measures of the DreamBooth paper, as pure functions of embeddings.

Ruiz et al., 2023 (arXiv 2208.12242), section 4.1: DINO and CLIP-I compare generated pictures with the photos, CLIP-T
pictures with their prompts; section 4.3: PRES compares pictures of the class with the photos of the one subject, and
DIV pictures of one prompt with each other. Which of them a number is depends on the embedder alone.

Rows are pictures or texts, numpy arrays or torch tensors of any length and scale; everything is computed in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jupyter_spaces.errors import InputError

Rows = npt.NDArray[np.float64]


def subject_fidelity(generated: Any, photos: Any) -> float:
    """DINO or CLIP-I: the mean cosine of every generated picture (n, d) with every photo (m, d), in [-1, 1]."""
    pictures, real = directions(generated, "generated"), directions(photos, "photos")
    _same_width(pictures, real)
    return float(pictures.mean(axis=0) @ real.mean(axis=0))


def mutual_similarity(photos: Any) -> float:
    """The mean cosine of distinct photos (m, d), m >= 2: as alike as pictures of the subject get, the 100 % mark."""
    real = directions(photos, "photos")
    count = len(real)
    if count < 2:
        raise InputError("photos: one picture has nothing to be compared with. Give two or more.", parameter="photos")
    total = real.sum(axis=0)
    return float((total @ total - np.square(real).sum()) / (count * (count - 1)))


def prompt_fidelity(images: Any, texts: Any) -> float:
    """CLIP-T: the mean cosine of each picture (n, d) with its own prompt (n, d), in [-1, 1]."""
    pictures, words = directions(images, "images"), directions(texts, "texts")
    _same_width(pictures, words)
    if len(pictures) != len(words):
        raise InputError(
            f"texts: {len(words)} rows for {len(pictures)} images. Give each image the row of its own prompt.",
            parameter="texts",
        )
    return float((pictures * words).sum(axis=1).mean())


def prior_preservation(class_images: Any, photos: Any) -> float:
    """PRES: how alike pictures of the class (n, d) are to the photos (m, d). Lower is better: it rises when every
    member of the class turns into the subject."""
    return subject_fidelity(class_images, photos)


def diversity(samples: Any) -> float:
    """DIV in the embedding: the mean of 1 - cosine of distinct pictures of one prompt (n, d), n >= 2, in [0, 2]."""
    return 1.0 - mutual_similarity(samples)


def directions(rows: Any, name: str = "rows") -> Rows:
    """The rows at length 1, (n, d) float64; a row of zeros, which has no direction, stays one."""
    if hasattr(rows, "detach"):
        rows = rows.detach().cpu().double().numpy()
    array = np.asarray(rows, dtype=np.float64)
    if array.ndim != 2 or not array.size:
        raise InputError(
            f"{name}: an array of shape {array.shape} does not fit. Give one row per picture, (n, d).", parameter=name
        )
    lengths = np.linalg.norm(array, axis=1, keepdims=True)
    return np.asarray(np.divide(array, lengths, out=np.zeros_like(array), where=lengths > 0))


def _same_width(one: Rows, other: Rows) -> None:
    if one.shape[1] != other.shape[1]:
        raise InputError(
            f"embeddings of {one.shape[1]} and of {other.shape[1]} numbers cannot be compared. Take both from one "
            "embedder."
        )
