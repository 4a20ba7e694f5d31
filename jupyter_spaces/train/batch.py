"""Where a step's class images come from, and the parts that a step is computed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch


class ClassLatents(Protocol):
    """The class images of a run, as latents on the device."""

    def available(self, step: int) -> int:
        """How many of them step `step` may draw from: a function of the step, never of how fast they were made."""

    def rows(self, indices: torch.Tensor) -> torch.Tensor:
        """These latents, (n, channels, height, width); makes those that are not there yet."""


@dataclass(frozen=True)
class Part:
    """A slice of a step's pictures: which photos and which class images, as slices of the step's picks."""

    photos: slice
    class_images: slice


def parts(batch: int, class_batch: int, count: int) -> Iterator[Part]:
    """Cut a step into at most `count` parts of about equal size; none is empty."""
    count = min(count, max(batch, class_batch))
    for index in range(count):
        part = Part(_share(batch, index, count), _share(class_batch, index, count))
        if _length(part.photos) + _length(part.class_images):
            yield part


def _share(total: int, index: int, count: int) -> slice:
    return slice(total * index // count, total * (index + 1) // count)


def _length(part: slice) -> int:
    return int(part.stop - part.start)
