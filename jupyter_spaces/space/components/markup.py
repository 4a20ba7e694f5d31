"""Text that models and visitors write, made safe for a page.

In JupyterLab a script in an output acts as the user, on the user's server. So everything that becomes HTML passes one
of three functions here, and what they let through can neither run, nor load from elsewhere, nor cover the page:

    sanitise_html     an allow-list of tags, attributes and CSS properties (nh3, the Rust ammonia)
    sanitise_svg      the same with the drawing tags of SVG; no scripts, no foreignObject, no outside references
    markdown_to_html  CommonMark with tables; raw HTML in it is shown as text; then sanitised like the rest
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nh3
    from markdown_it import MarkdownIt

_STRUCTURE = {
    "a", "abbr", "article", "aside", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "meter",
    "nav", "ol", "p", "pre", "progress", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span",
    "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul",
    "var", "wbr",
}  # fmt: skip

_HTML_ATTRIBUTES = {
    "*": {"title", "lang", "dir", "style", "role", "aria-label", "aria-hidden"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "col": {"span"},
    "ol": {"start", "type"},
    "li": {"value"},
    "details": {"open"},
    "meter": {"value", "min", "max", "low", "high", "optimum"},
    "progress": {"value", "max"},
    "time": {"datetime"},
    "code": {"class"},  # language-python, from a fenced block
}

# No position, no z-index, no url(): content may look as it likes inside its own box only.
_CSS = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-style", "border-top", "border-width", "color", "display",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing",
    "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-height", "max-width", "opacity", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align",
    "white-space", "width", "word-break",
}  # fmt: skip

_SVG_TAGS = {
    "svg", "g", "defs", "symbol", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline",
    "polygon", "text", "tspan", "textPath", "linearGradient", "radialGradient", "stop", "clipPath", "mask",
    "pattern", "marker",
}  # fmt: skip

_SVG_ATTRIBUTES = {
    "id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "width", "height",
    "viewBox", "preserveAspectRatio", "points", "transform", "fill", "fill-opacity", "fill-rule", "stroke",
    "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-dasharray",
    "stroke-dashoffset", "stroke-miterlimit", "opacity", "color", "font-family", "font-size", "font-style",
    "font-weight", "text-anchor", "dominant-baseline", "alignment-baseline", "letter-spacing", "offset",
    "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "fx", "fy", "clip-path",
    "clip-rule", "clipPathUnits", "mask", "maskUnits", "maskContentUnits", "patternUnits",
    "patternContentUnits", "patternTransform", "markerWidth", "markerHeight", "markerUnits", "refX", "refY",
    "orient", "marker-start", "marker-mid", "marker-end", "textLength", "lengthAdjust", "startOffset", "rotate",
    "vector-effect", "shape-rendering", "paint-order", "visibility", "role", "aria-label", "xmlns", "version",
}  # fmt: skip

_DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|avif|bmp);base64,[A-Za-z0-9+/=\s]*", re.ASCII | re.IGNORECASE)
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_CODE_CLASS = re.compile(r"language-[\w+#.-]{1,40}", re.ASCII)
_LOADING = ("url", "image(", "image-set", "expression", "import", "src(", "\\", "/*", "//")
# A negative length moves content over its neighbours; calc() and var() hide one.
_OUTWARD = re.compile(r"(?<!\w)-[\d.]|calc|var\(|min\(|max\(|clamp\(|attr\(|env\(", re.IGNORECASE)
# Inside the same drawing: url(#gradient).
_LOCAL_REFERENCE = re.compile(r"""url\(\s*['"]?#[\w.:-]+['"]?\s*\)""", re.ASCII)


def sanitise_html(html: str) -> str:
    """Return `html` without anything that runs, loads from elsewhere, submits, or leaves its box.

    Links keep http, https, mailto and fragments and open with rel="noopener noreferrer"; images keep data URLs only.
    """
    return _html_cleaner().clean(html)


def sanitise_svg(svg: str) -> str:
    """Return the drawing with shapes, text and gradients only; no script, style sheet, image, link or animation."""
    return _svg_cleaner().clean(svg)


def markdown_to_html(text: str) -> str:
    """Return the HTML of CommonMark with tables. HTML in `text` shows as text; images are data URLs."""
    return sanitise_html(_markdown().render(text))


def _keep_html(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if _DATA_IMAGE.fullmatch(value.strip()) else None
    if attribute == "href":
        return value if _LINK.match(value.strip()) else None
    if attribute == "class":
        return value if tag == "code" and _CODE_CLASS.fullmatch(value) else None
    if attribute == "style":
        return None if _loads(value) or _OUTWARD.search(value) else value
    return value


def _keep_svg(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "xmlns":
        return value if value == "http://www.w3.org/2000/svg" else None
    return None if _loads(_LOCAL_REFERENCE.sub("", value)) else value


def _loads(value: str) -> bool:
    """Whether a CSS value could fetch something. Escapes and comments are refused too: they hide the word."""
    lowered = value.lower()
    return any(
        word in lowered for word in ("url", "image(", "image-set", "expression", "import", "src(", "\\", "/*", "//")
    )


@cache
def _html_cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=_STRUCTURE,
        clean_content_tags={"script", "style", "title", "template", "iframe", "object", "noscript"},
        attributes=_HTML_ATTRIBUTES,
        attribute_filter=_keep_html,
        filter_style_properties=_CSS,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


@cache
def _svg_cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=_SVG_TAGS,
        clean_content_tags={"script", "style", "foreignObject", "iframe"},
        attributes={"*": _SVG_ATTRIBUTES},
        attribute_filter=_keep_svg,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # markdown-it refuses most data URLs by itself; the sanitiser decides here, after rendering.
    parser.validateLink = lambda url: bool(_LINK.match(url) or _DATA_IMAGE.fullmatch(url))  # type: ignore[method-assign]
    return parser
