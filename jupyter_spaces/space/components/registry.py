"""The known kinds of components, those of installed packages included.

A package adds its own by the entry point group `jupyter_spaces.components`; each entry point names a Component
subclass, or anything whose import registers one (the anywidget decorator does). They load at the first look into the
registry, so that `import jupyter_spaces` costs nothing for them; one that fails to load is a warning, never the end of
a Space.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from jupyter_spaces.errors import DefinitionError, DuplicateNameError
from jupyter_spaces.space.components.base import Component

GROUP = "jupyter_spaces.components"

C = TypeVar("C", bound=type[Component[Any]])

_classes: dict[str, type[Component[Any]]] = {}
_lock = threading.RLock()
_loaded = False


def register_component(cls: C) -> C:
    """Make a Component subclass known by its `kind`; usable as a decorator. Returns the class.

    Defining the same class again (a notebook cell that runs twice) replaces it; two classes of one kind are refused.
    """
    if not (isinstance(cls, type) and issubclass(cls, Component)):
        raise DefinitionError(f"register_component takes a subclass of Component, not {cls!r}.")
    kind = cls.kind
    if not isinstance(kind, str) or not kind or (kind == Component.kind and cls is not Component):
        raise DefinitionError(f"{cls.__name__} needs a kind of its own: write kind = {cls.__name__.lower()!r} in it.")
    with _lock:
        known = _classes.get(kind)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise DuplicateNameError(
                f"{cls.__module__}.{cls.__qualname__} and {known.__module__}.{known.__qualname__} "
                f"both call themselves kind {kind!r}: give one of them another kind."
            )
        _classes[kind] = cls
    return cls


def registered_components() -> Mapping[str, type[Component[Any]]]:
    """Return every known component class by its kind, those of installed packages included."""
    _load_installed()
    with _lock:
        return MappingProxyType(dict(_classes))


def _load_installed() -> None:
    from importlib.metadata import entry_points  # a third of this package's import time, if it stood on top

    global _loaded
    with _lock:
        if _loaded:
            return
        _loaded = True
        for entry_point in entry_points(group=GROUP):
            try:
                found = entry_point.load()
                if isinstance(found, type) and issubclass(found, Component):
                    register_component(found)
            except Exception as error:
                warnings.warn(
                    f"The component {entry_point.name!r} ({entry_point.value}) could not be loaded: "
                    f"{type(error).__name__}: {error}",
                    stacklevel=3,
                )
