"""The photos as the model sees them, encoded once and kept on the device.

What is kept is the encoder's distribution (mean and standard deviation) of every crop, not one sample of it, so each
step still draws its own latents. Everything about a photo lies under the photo's own row, the caption's number too, so
a caption cannot meet another picture whatever the order is (diffusers issue 14430).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch


@dataclass(frozen=True)
class PhotoLatents:
    """Rows are photos. `mean` and `std` are (photos, variants, channels, height, width) in the denoiser's scale."""

    mean: torch.Tensor
    std: torch.Tensor
    masks: torch.Tensor | None  # (photos, variants, 1, height, width) in [0, 1]

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def variants(self) -> int:
        """Crops of each photo."""
        return self.mean.shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels, height, width) of one latent."""
        return tuple(self.mean.shape[2:])

    def draw(self, photos: torch.Tensor, variants: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """A sample of each of these photos' crops, (n, channels, height, width); `noise` has that shape."""
        return self.mean[photos, variants] + self.std[photos, variants] * noise

    def mask(self, photos: torch.Tensor, variants: torch.Tensor) -> torch.Tensor | None:
        """The masks of these crops, (n, 1, height, width), if there are any."""
        return None if self.masks is None else self.masks[photos, variants]


def encode_photos(
    vae: Any,
    pictures: Iterable[list[npt.NDArray[np.uint8]]],
    masks: list[list[npt.NDArray[np.float32]]] | None,
    device: torch.device,
    *,
    on_photo: Callable[[int], None] = lambda _: None,
) -> PhotoLatents:
    """Encode the crops of each photo; `pictures` gives, photo by photo, its crops as (height, width, 3) bytes.

    The encoder runs in fp32: in half precision Stable Diffusion's overflows now and then. It is moved to the device
    for this and put back. `on_photo` is called with the number of photos done, and may raise to stop.
    """
    import torch

    means, stds = [], []
    shift, scale = getattr(vae.config, "shift_factor", None) or 0.0, vae.config.scaling_factor
    with in_fp32(vae, device) as encoder, torch.no_grad():
        for number, crops in enumerate(pictures):
            pixels = torch.stack([_to_tensor(crop) for crop in crops]).to(device)
            parts = [encoder.encode(part).latent_dist for part in torch.split(pixels, 4)]
            means.append(torch.cat([(part.mean - shift) * scale for part in parts]))
            stds.append(torch.cat([part.std * scale for part in parts]))
            on_photo(number + 1)
    mean = torch.stack(means)
    return PhotoLatents(mean, torch.stack(stds), None if masks is None else _small(masks, mean, device))


class in_fp32:  # noqa: N801  (read as a phrase: `with in_fp32(vae, device)`)
    """A copy of a module in fp32 on the device, for a while; the module itself when it is that already."""

    def __init__(self, module: Any, device: torch.device) -> None:
        self._module, self._device = module, device

    def __enter__(self) -> Any:
        import copy

        import torch

        first = next(self._module.parameters())
        if first.dtype is torch.float32 and first.device == self._device:
            return self._module
        own = copy.deepcopy(self._module)
        for tensor in (*own.parameters(), *own.buffers()):
            tensor.data = tensor.data.to(self._device, torch.float32)
        return own

    def __exit__(self, *_: object) -> None:
        self._module = None


def _to_tensor(pixels: npt.NDArray[np.uint8]) -> torch.Tensor:
    import numpy as np
    import torch

    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1).float() / 127.5 - 1


def _small(masks: list[list[npt.NDArray[np.float32]]], mean: torch.Tensor, device: torch.device) -> torch.Tensor:
    import numpy as np
    import torch

    whole = torch.from_numpy(np.stack([np.stack(crops) for crops in masks]))[:, :, None]
    rows, variants = whole.shape[:2]
    small = torch.nn.functional.interpolate(whole.flatten(0, 1), size=tuple(mean.shape[-2:]), mode="area")
    return small.view(rows, variants, 1, *mean.shape[-2:]).to(device)
