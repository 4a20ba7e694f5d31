"""The places where a Space can show itself, by kind, so that the lower parts never import the upper ones.

The top package registers what exists ("widgets", "display", later "serve" and "publish"), either as a callable or as
the dotted name of one (`package.module:attribute`), which is imported when somebody first asks for it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from jupyter_spaces.errors import NameNotFoundError, did_you_mean

Factory = Callable[..., Any]

_HOSTS: dict[str, Factory | str] = {}


def register_host(kind: str, factory: Factory | str) -> None:
    """Say what makes a view of this kind. A later registration replaces an earlier one."""
    if isinstance(factory, str) and ":" not in factory:
        raise ValueError(f"a host is a callable or 'package.module:attribute', got {factory!r}")
    _HOSTS[kind] = factory


def has_host(kind: str) -> bool:
    """Whether somebody registered a host of this kind."""
    return kind in _HOSTS


def host(kind: str) -> Factory:
    """The factory of this kind. Raises `NameNotFoundError` when nobody registered one."""
    try:
        factory = _HOSTS[kind]
    except KeyError:
        known = ", ".join(sorted(_HOSTS)) or "none"
        raise NameNotFoundError(
            f"no host {kind!r} is registered (registered: {known}).{did_you_mean(kind, _HOSTS)} "
            "`import jupyter_spaces` registers the ones that ship with it."
        ) from None
    if isinstance(factory, str):
        module, _, attribute = factory.partition(":")
        factory = getattr(importlib.import_module(module), attribute)
        assert callable(factory)
        _HOSTS[kind] = factory
    return factory
