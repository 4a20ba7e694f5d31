"""What a person sees of an exception: one sentence, the field it is about, and the traceback, folded.

The traceback starts where the user's own code starts: the frames of this package above it say nothing to them.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_spaces.errors import CallError, InputError, SpacesError

_PACKAGE = str(Path(__file__).resolve().parents[2])


def trouble(error: BaseException) -> dict[str, Any]:
    """The `error` trait of a strip: message, parameter (or None) and traceback ('' where it would not help)."""
    cause = error.__cause__ if isinstance(error, CallError) and error.__cause__ is not None else error
    if isinstance(cause, InputError):
        # An endpoint puts its name and the parameter's before the component's sentence; at the field both are known.
        bare = cause.__cause__ if isinstance(cause.__cause__, InputError) else cause
        return {"message": str(bare), "parameter": cause.parameter, "traceback": ""}
    if isinstance(cause, SpacesError):
        return {"message": str(cause), "parameter": None, "traceback": ""}
    sentence = str(cause).strip()
    name = type(cause).__name__
    return {
        "message": f"{name}: {sentence}" if sentence else name,
        "parameter": None,
        "traceback": _traceback(cause),
    }


def _traceback(error: BaseException) -> str:
    start: TracebackType | None = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        start = start.tb_next
    return "".join(traceback.format_exception(type(error), error, start or error.__traceback__))
