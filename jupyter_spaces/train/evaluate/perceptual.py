"""LPIPS, the perceptual distance of the paper's DIV, where it is on this machine.

Zhang et al., 2018 (arXiv 1801.03924). The `lpips` package brings its own small weights, but those of the AlexNet under
it come from torchvision's download. Nothing is downloaded here: without all of them there is no LPIPS.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jupyter_spaces.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

ALEXNET = "alexnet-owt-7be5be79.pth"  # as torchvision keeps it in torch's hub folder


def perceptual_diversity() -> Callable[[Sequence[Image.Image]], float] | None:
    """The mean LPIPS (AlexNet) of distinct pictures of one prompt, as a function of them; None when it is not here."""
    if importlib.util.find_spec("lpips") is None or importlib.util.find_spec("torchvision") is None:
        return None
    import torch

    if not (Path(torch.hub.get_dir()) / "checkpoints" / ALEXNET).is_file():
        return None
    lpips = importlib.import_module("lpips")
    # The layers start with random weights, drawn from the process's generator, before theirs are read.
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lpips uses torchvision's former names
        model = lpips.LPIPS(net="alex", verbose=False).eval()
    return lambda pictures: _mean_distance(model, pictures)


def _mean_distance(model: Any, pictures: Sequence[Image.Image]) -> float:
    import torch

    if len(pictures) < 2:
        raise InputError("pictures: one picture has no distance. Give two or more.", parameter="pictures")
    pixels = np.stack([np.asarray(picture.convert("RGB"), np.float32) for picture in pictures])
    values = torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 - 1
    one, other = torch.triu_indices(len(pictures), len(pictures), offset=1)
    with torch.no_grad():
        return float(model(values[one], values[other]).mean())
