"""The static form of a value: what a reader without a kernel sees in a saved notebook.

It is HTML without a script and without a reference to anything outside, made safe here, with inline styles that rest
on JupyterLab's variables and fall back to plain colours. A reader that strips styles (an untrusted notebook, GitHub)
still finds pictures, tables and text, because the structure says it too.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from html import escape
from typing import Any

from jupyter_spaces.space import components as c
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.markup import markdown_to_html, sanitise_html
from jupyter_spaces.space.components.text import TextComponent
from jupyter_spaces.space.components.wording import size_text
from jupyter_spaces.widgets.fields.collection import describe_file
from jupyter_spaces.widgets.fields.image import preview

MOST_INLINE = 2 * 2**20  # bytes of one picture or sound inside a saved notebook; larger pictures are scaled down
MOST_LINKED = 256 * 1024  # bytes of a file that a saved notebook carries for download

HtmlMaker = Callable[[Any, Any], str]
_makers: dict[type, HtmlMaker] = {}


def register_html(component_class: type[c.Component[Any]], maker: HtmlMaker) -> None:
    """Let `maker(component, value)` make the static HTML of a component class and its subclasses."""
    _makers[component_class] = maker


def html_of(component: c.Component[Any], value: Any) -> str:
    """Return the static HTML of a value, safe to set into a page."""
    if value is None:
        return '<em style="opacity:.6">nothing</em>'
    maker = next(_makers[cls] for cls in type(component).__mro__ if cls in _makers)
    return maker(component, value)


def static_form(component: c.Component[Any], value: Any) -> dict[str, Any]:
    """Return the mime bundle of a value: text/html, text/plain, and the picture itself when the value is one."""
    bundle = {"text/html": html_of(component, value), "text/plain": component.to_text(value)}
    if isinstance(component, c.Image) and value is not None:
        blob = inline_picture(component.encode(value))
        if blob.mime in ("image/png", "image/jpeg"):
            bundle[blob.mime] = base64.b64encode(blob.data).decode()
    return bundle


def inline_picture(blob: Blob) -> Blob:
    """Return a picture as a saved notebook carries it."""
    return blob if len(blob.data) <= MOST_INLINE else preview(blob)


def image_tag(blob: Blob, alt: str, style: str = "max-width:100%;height:auto") -> str:
    """Return an img element that carries its picture."""
    return f'<img src="{inline_picture(blob).to_url()}" alt="{escape(alt)}" style="{style}">'


def _text(component: Any, value: Any) -> str:
    return f'<div style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(str(value))}</div>'


def _password(component: Any, value: Any) -> str:
    return _text(component, component.to_text(value) if component.password else value)


def _one_line(component: Any, value: Any) -> str:
    return f"<span>{escape(component.to_text(value))}</span>"


def code_html(text: str) -> str:
    """Return text in a box of fixed-width letters."""
    style = "margin:0;padding:8px;overflow:auto;max-height:30em;background:var(--jp-layout-color2,#8881)"
    return f'<pre style="{style}"><code>{escape(text)}</code></pre>'


def _markdown(component: Any, value: str) -> str:
    return markdown_to_html(value)


def _html(component: Any, value: str) -> str:
    return value if component.trusted else sanitise_html(value)


def _image(component: Any, value: Any) -> str:
    return image_tag(component.encode(value), component.label or "image")


def _gallery(component: Any, value: list[Any]) -> str:
    width = f"calc({100 / min(component.columns, max(1, len(value))):.4g}% - 8px)"
    figures = []
    for item in value:
        image, caption = item if isinstance(item, tuple) else (item, "")
        tag = image_tag(component.image.encode(image), caption or "image", "width:100%;height:auto")
        words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        figures.append(f'<figure style="margin:0;width:{width};min-width:64px">{tag}{words}</figure>')
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(figures)}</div>'


def file_line(blob: Blob | None, name: str, size: int) -> str:
    """Return a file as a line: its name, a link when it is small enough to be carried, and its size."""
    label = escape(name)
    if blob is not None:
        # A link that a browser would open as a page could act in the reader's origin: it is offered as plain bytes.
        url = Blob(blob.data, "application/octet-stream").to_url()
        label = f'<a href="{url}" download="{label}">{label}</a>'
    return f"<div>{label} ({size_text(size)})</div>"


def _file(component: Any, value: Any) -> str:
    about = describe_file(value)
    blob = component.encode(value) if about["size"] <= MOST_LINKED else None
    return file_line(blob, about["name"], about["size"])


def _files(component: Any, value: list[Any]) -> str:
    return "".join(_file(component.file, each) for each in value) or "no files"


def _json(component: Any, value: Any) -> str:
    return json_tree(component.to_json(value))


def json_tree(data: Any, key: str | None = None, depth: int = 0) -> str:
    """Return a JSON value as nested details elements, which fold without a script."""
    name = "" if key is None else f"<b>{escape(key)}</b>: "
    if depth > 40 or not isinstance(data, (dict, list)) or not data:
        return f"<div>{name}<code>{escape(json.dumps(data, ensure_ascii=False))}</code></div>"
    items = list(data.items()) if isinstance(data, dict) else [(str(i), each) for i, each in enumerate(data)]
    count = f"{len(items)} {'key' if isinstance(data, dict) else 'item'}{'' if len(items) == 1 else 's'}"
    more = f"<div>… {len(items) - 200} more</div>" if len(items) > 200 else ""
    inner = "".join(json_tree(each, name, depth + 1) for name, each in items[:200])
    opened = " open" if depth < 2 else ""
    return (
        f'<details{opened}><summary>{name}<span style="opacity:.6">{count}</span></summary>'
        f'<div style="padding-left:1.2em">{inner}{more}</div></details>'
    )


for _class, _maker in (
    (c.Component, lambda component, value: json_tree(component.to_json(value))),
    (TextComponent, _text),
    (c.Textbox, _password),
    (c.Code, lambda component, value: code_html(value)),
    (c.Markdown, _markdown),
    (c.HTML, _html),
    (c.Number, _one_line),
    (c.Checkbox, _one_line),
    (c.ChoiceComponent, _one_line),
    (c.Image, _image),
    (c.Gallery, _gallery),
    (c.File, _file),
    (c.Files, _files),
    (c.JSON, _json),
):
    register_html(_class, _maker)
