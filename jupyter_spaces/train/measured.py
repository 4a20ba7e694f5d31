"""What a step measured, without waiting for the device.

On a GPU a step is only queued when `Trainer.step` returns. Reading a loss at once would make the processor wait for it
and leave the device without work while the next step is prepared. So the numbers are copied behind the step into pinned
memory, and read when the copy is done; the run keeps at most two steps in flight, so that Stop is never late.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import TrainError
from jupyter_spaces.train.history import StepRow
from jupyter_spaces.train.memory import peak_memory

if TYPE_CHECKING:
    import torch


class Measured:
    """`values` on the device: total, instance and prior loss, gradient norm."""

    def __init__(self, step: int, lr: float, values: torch.Tensor, device: torch.device) -> None:
        import torch

        self.step = step
        self._lr = lr
        self._device = device
        self._event: Any = None  # a CUDA event behind the copy
        if device.type == "cuda":
            self._values = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
            self._values.copy_(values, non_blocking=True)
            event: Any = torch.cuda.Event
            self._event = event()
            self._event.record(torch.cuda.current_stream(device))
        else:
            self._values = values.cpu()
        self._queued = time.perf_counter()

    def ready(self) -> bool:
        """Whether `row` returns without waiting."""
        return self._event is None or bool(self._event.query())

    def row(self, since: float) -> StepRow:
        """The row, waiting for the device if need be. `since`: when the step before was ready, `time.perf_counter`.

        Raises `TrainError` when the loss is no number any more.
        """
        if self._event is not None:
            self._event.synchronize()
        total, instance, prior, norm = self._values.tolist()
        if not math.isfinite(total):
            raise TrainError(
                f"the loss of step {self.step} is {total}: training broke down. Start another run with a lower "
                "learning_rate, or with precision: fp32; the checkpoints before it stay."
            )
        return StepRow(
            step=self.step,
            loss=total,
            instance_loss=instance,
            prior_loss=prior,
            lr=self._lr,
            grad_norm=norm,
            seconds=max(0.0, (time.perf_counter() if self._event is not None else self._queued) - since),
            memory=peak_memory(self._device),
        )
