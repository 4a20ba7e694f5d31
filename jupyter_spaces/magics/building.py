"""From the functions of a cell to the Space of that name: made once, then updated in place."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_spaces.space import Space, spaces

# Space -> the id of the cell that defined it last, where the front end tells one.
_cells: weakref.WeakKeyDictionary[Space, str] = weakref.WeakKeyDictionary()


def build(
    name: str, functions: Mapping[str, Callable[..., Any]], options: Mapping[str, Any], cell_id: str | None
) -> Space:
    """The registered Space of that name with these endpoints. Raises `SpacesError` and leaves the old one as it was.

    A Space of the same name from another cell is replaced, and a line says so; one that belongs to an imported module
    is not (`DuplicateNameError`).
    """
    new = Space.from_namespace(name, functions, register=False, **options)
    if name not in spaces:
        spaces.add(new)
        space = new
    else:
        space = spaces[name]
        if space.origin.module not in ("__main__", new.origin.module):
            spaces.add(new)  # raises, and says where the other one is made
        space.update_from(new)
        before = _cells.get(space)
        if before and cell_id and before != cell_id:
            print(
                f"The Space {name!r} of another cell is now this one. To keep both, give one of them another name: "
                f"%%space {name}-2"
            )
    if cell_id:
        _cells[space] = cell_id
    return space
