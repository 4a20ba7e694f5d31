"""Which run of which cell is at work: what a cell does to a Space replaces what its last run did.

A front end that names its cells is the best witness, and the notebook's extension brings it (`name_cells`), since this
room knows no notebook. Else it is the innermost statement at the top level of a cell or module whose source is known:
its place names it. Such code is compiled anew each time that it runs, so the code object tells two runs apart, and the
rounds of a loop not.
"""

from __future__ import annotations

import inspect
import linecache
import sys
import types
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class CellRun:
    """`cell` is equal for all runs of one cell; `run` is one of them: a name, or the code that was compiled for it."""

    cell: Hashable
    run: str | types.CodeType

    def replaces(self, earlier: CellRun | None) -> bool:
        """Whether this is a later run of the same cell."""
        if earlier is None or earlier.cell != self.cell:
            return False
        # Code objects are equal when their instructions are, which those of two runs mostly are.
        return self.run is not earlier.run if isinstance(self.run, types.CodeType) else self.run != earlier.run


Witness = Callable[[], CellRun | None]

_witness: Witness | None = None


def name_cells(witness: Witness | None) -> None:
    """Ask `witness` first from now on; None when it goes away."""
    global _witness
    _witness = witness


def running_cell() -> CellRun | None:
    """The run on whose behalf the caller works; None when nobody can tell, as in a thread."""
    named = _witness() if _witness is not None else None
    if named is not None:
        return named
    frame = sys._getframe(1)
    while not _at_top_level(frame):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    code = frame.f_code
    # Without a source (exec of a text, a timed cell) the place says nothing: all such code is on line 1.
    if not linecache.getlines(code.co_filename):
        return None
    return CellRun((code.co_filename, min(line for *_, line in code.co_lines() if line)), code)


def _at_top_level(frame: types.FrameType) -> bool:
    # A function's f_locals is a snapshot that the frame would keep (until 3.13), so its flags are asked first.
    return not frame.f_code.co_flags & inspect.CO_OPTIMIZED and frame.f_locals is frame.f_globals
