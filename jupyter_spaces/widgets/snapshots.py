"""The static form of a value: what a reader without a kernel sees in a saved notebook.

It is HTML without a script and without a reference to anything outside, made safe in `stills/`, with inline styles
that rest on JupyterLab's variables and fall back to plain colours. A reader that strips styles (an untrusted
notebook, GitHub) still finds pictures, tables and text, because the structure says it too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from jupyter_spaces.space import components as c
from jupyter_spaces.widgets.pictures import for_page

HtmlMaker = Callable[[Any, Any], str]
BundleMaker = Callable[[Any, Any], dict[str, Any]]
_makers: dict[type, HtmlMaker] = {}
_bundles: dict[type, BundleMaker] = {}


def register_html(component_class: type[c.Component[Any]], maker: HtmlMaker, bundle: BundleMaker | None = None) -> None:
    """Let `maker(component, value)` make the static HTML of a component class and its subclasses.

    `bundle(component, value)` adds other media types that notebook readers draw by themselves.
    """
    _makers[component_class] = maker
    if bundle is not None:
        _bundles[component_class] = bundle


def html_of(component: c.Component[Any], value: Any) -> str:
    """Return the static HTML of a value, safe to set into a page."""
    if value is None:
        return '<em style="opacity:.6">nothing</em>'
    maker = next(_makers[cls] for cls in type(component).__mro__ if cls in _makers)
    return maker(component, value)


def static_form(component: c.Component[Any], value: Any) -> dict[str, Any]:
    """Return the mime bundle of a value: text/html, text/plain, and the picture itself when the value is one."""
    bundle: dict[str, Any] = {"text/html": html_of(component, value), "text/plain": component.to_text(value)}
    if value is not None:
        for cls in type(component).__mro__:
            if cls in _bundles:
                return bundle | _bundles[cls](component, value)
    return bundle


def picture_bundle(component: c.Image, value: Any) -> dict[str, Any]:
    """Return a picture as readers without HTML show it."""
    blob, _ = for_page(component, value)
    return {blob.mime: base64.b64encode(blob.data).decode()} if blob.mime in ("image/png", "image/jpeg") else {}
