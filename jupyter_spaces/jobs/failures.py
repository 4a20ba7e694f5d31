"""What stays of an exception that ends a job: its message and the user's part of the traceback."""

from __future__ import annotations

import os
import traceback

from jupyter_spaces.errors import JobCancelled

_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")


def cleaned(error: BaseException) -> BaseException:
    """Cut our own frames off the front of the traceback, and let go of what the frames hold where that may be a lot.

    A traceback keeps every local variable of its frames alive, and a view keeps the job. After a cancellation or an
    out-of-memory error those locals are the activations that just did not fit, so they are released; after any other
    error they stay, for the debugger.
    """
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None and tb.tb_frame.f_code.co_filename.startswith(_OURS):
        tb = tb.tb_next
    error.__traceback__ = tb
    if isinstance(error, MemoryError | JobCancelled) or type(error).__name__ == "OutOfMemoryError":
        traceback.clear_frames(tb)
    return error
