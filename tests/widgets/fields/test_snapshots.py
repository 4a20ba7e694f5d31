"""The static form: what a reader without a kernel sees."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import register_html, static_form
from tests.widgets.fields.test_field import EVERY_KIND, kinds

VOID = {"img", "br", "hr", "col", "input"}


class Outline(HTMLParser):
    """What a page would load or run, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href"):
                self.sources.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("component", EVERY_KIND, ids=kinds)
def test_every_static_form_is_whole_safe_and_self_contained(component: c.Component[Any]) -> None:
    bundle = static_form(component, component.example())
    outline = Outline(bundle["text/html"])
    assert outline.open == []
    assert outline.handlers == []
    assert not outline.tags & {"script", "style", "link", "iframe"}
    assert all(source.startswith("data:") for source in outline.sources)
    assert bundle["text/plain"]
    assert "\n" not in bundle["text/plain"]


@pytest.mark.parametrize("component", EVERY_KIND, ids=kinds)
def test_an_empty_result_says_so(component: c.Component[Any]) -> None:
    optional = component.replace(optional=True)
    assert "nothing" in static_form(optional, None)["text/html"]


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (c.Textbox(), HOSTILE),
        (c.Code(), HOSTILE),
        (c.Markdown(), HOSTILE),
        (c.HTML(), HOSTILE),
        (c.JSON(), {HOSTILE: [HOSTILE]}),
        (c.Label(), {HOSTILE: 1.0}),
        (c.Label(), HOSTILE),
        (c.HighlightedText(), [(HOSTILE, HOSTILE), (HOSTILE, 0.5)]),
        (c.Dropdown([HOSTILE]), HOSTILE),
        (c.Gallery(), [(Image.new("RGB", (2, 2)), HOSTILE)]),
        (c.AnnotatedImage(), (Image.new("RGB", (9, 9)), [((0, 0, 5, 5), HOSTILE)])),
        (c.Dataframe(type="list", headers=[HOSTILE]), [[HOSTILE]]),
        (c.Chatbot(), [c.Message("user", HOSTILE)]),
        (c.Group({"a": c.Textbox(label=HOSTILE)}), {"a": HOSTILE}),
        (c.Plot(), c.PlotData("plotly", {"data": [{"name": HOSTILE, "x": [HOSTILE]}], "layout": {"title": HOSTILE}})),
        (c.Plot(), c.PlotData("altair", {"title": HOSTILE, "data": {"values": [{HOSTILE: HOSTILE}]}})),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_nothing_that_a_model_or_a_visitor_wrote_runs(component: c.Component[Any], value: Any) -> None:
    outline = Outline(static_form(component, component.check(value))["text/html"])
    assert "script" not in outline.tags
    assert outline.handlers == []
    assert all(source.startswith("data:image/png;base64,") for source in outline.sources)


def test_an_author_may_trust_html_of_their_own() -> None:
    html = "<b onclick='x()'>bold</b>"
    assert static_form(c.HTML(trusted=True), html)["text/html"] == html


def test_a_picture_also_comes_as_itself(picture: Image.Image) -> None:
    bundle = static_form(c.Image(), picture)
    decoded = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert decoded.size == picture.size
    assert decoded.getpixel((5, 5)) == (0, 0, 255)


def test_a_large_photo_is_scaled_down_for_the_notebook() -> None:
    photo = Image.linear_gradient("L").resize((4000, 3000)).convert("RGB")
    bundle = static_form(c.Image(), photo)
    assert len(bundle["text/html"]) < 1_000_000
    assert max(Image.open(io.BytesIO(base64.b64decode(bundle["image/jpeg"]))).size) == 1600


def test_a_password_is_not_written_into_a_notebook() -> None:
    bundle = static_form(c.Textbox(password=True), "secret")
    assert "secret" not in str(bundle)


def test_a_small_file_is_carried_along_and_a_large_one_is_named(tmp_path: Path) -> None:
    small, large = tmp_path / "page.html", tmp_path / "weights.bin"
    small.write_text(HOSTILE)
    large.write_bytes(bytes(2**20))
    html = static_form(c.File(), small)["text/html"]
    # As plain bytes: a browser that opens the link shows no page of somebody else's.
    assert Outline(html).sources[0].startswith("data:application/octet-stream;base64,")
    html = static_form(c.File(), large)["text/html"]
    assert Outline(html).sources == []
    assert "weights.bin (1 MiB)" in html


def test_a_sound_that_is_too_large_for_a_notebook_is_described() -> None:
    import numpy as np

    html = static_form(c.Audio(), (48_000, np.zeros(48_000 * 100)))["text/html"]
    assert Outline(html).sources == []
    assert "audio of 100.00 s at 48000 Hz, too large for the notebook" in html


def test_a_long_table_shows_its_beginning_and_its_size() -> None:
    html = static_form(c.Dataframe(type="list"), [[i, i / 3] for i in range(1000)])["text/html"]
    assert html.count("<tr>") == 51
    assert "1000 rows, 2 columns" in html


def test_an_interactive_figure_shows_its_numbers_and_its_own_media_type() -> None:
    import numpy as np
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(x=[1, 2], y=np.array([0.5, 0.75]), name="loss"), layout_title_text="Training")
    bundle = static_form(c.Plot(), figure)
    words = Outline(bundle["text/html"]).words
    assert re.search("Training.*loss.*0.5.*0.75", words)
    assert bundle["application/vnd.plotly.v1+json"]["layout"]["title"]["text"] == "Training"


def test_the_static_form_of_a_kind_can_be_replaced() -> None:
    class Stars(c.Component[int]):
        kind = "stars-in-a-test"

    register_html(Stars, lambda component, value: "★" * value)
    assert static_form(Stars(), 3) == {"text/html": "★★★", "text/plain": "3"}
