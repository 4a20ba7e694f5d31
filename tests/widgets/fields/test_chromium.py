"""The fields in a real Chromium: what a person does with mouse, keyboard and files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import field as field_module
from jupyter_spaces.widgets import set_props, widget_for
from tests.widgets.fields.page import FieldPage
from tests.widgets.fields.test_field import EVERY_KIND
from tests.widgets.fields.test_upload import png

needs_vendor = pytest.mark.skipif(
    not (field_module.VENDOR / "viewer3d.js").is_file(), reason="the browser parts are not built: npm run build"
)

THEME = """(dark) => {
  const colours = dark
    ? { "layout-color0": "#111", "layout-color1": "#212121", "layout-color2": "#424242", "border-color1": "#616161",
        "border-color2": "#424242", "ui-font-color1": "#fff", "ui-font-color2": "#bdbdbd", "brand-color1": "#2196f3" }
    : {};
  for (const name in colours) document.body.style.setProperty("--jp-" + name, colours[name]);
  document.body.style.background = dark ? "#111" : "#fff";
  document.body.dataset.jpThemeLight = String(!dark);
}"""

UNNAMED = """() => [...document.querySelectorAll("input, select, textarea, button, [role=grid], [role=log], canvas")]
  .filter((node) => node.checkVisibility() && !node.matches(".jsp-canvas canvas"))
  .filter((node) => !(node.labels?.length && node.labels[0].textContent) && !node.getAttribute("aria-label")
    && !node.textContent.trim() && !document.getElementById(node.getAttribute("aria-labelledby"))?.textContent)
  .map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_field_draws_without_a_complaint_and_every_control_has_a_name(
    fields: FieldPage, artifacts: Path, dark: bool
) -> None:
    fields.page.evaluate(THEME, dark)
    fields.page.add_style_tag(content="main { columns: 3; } main > div { break-inside: avoid; }")
    for component in EVERY_KIND:
        if isinstance(component, c.Group):
            continue  # a stock box, which JupyterLab draws
        for interactive in (True, False):
            widget = widget_for(
                component, label=f"{component.kind} {'in' if interactive else 'out'}", interactive=interactive
            )
            if not interactive or component.kind in ("imagemask", "dataframe", "gallery"):
                widget.value = component.example()
            fields.show(widget, "100%")
    fields.settle()
    fields.page.wait_for_timeout(200)
    fields.page.screenshot(path=artifacts / f"fields-{'dark' if dark else 'light'}.png", full_page=True)
    assert fields.page.evaluate(UNNAMED) == []


def test_typing_enter_and_setting_from_python(fields: FieldPage) -> None:
    text = widget_for(c.Textbox(), label="Prompt")
    submitted: list[str] = []
    text.on_submit(lambda field: submitted.append(field.value))
    fields.show(text)
    box = fields.page.get_by_label("Prompt")
    box.press_sequentially("a red boat")
    box.press("Enter")
    fields.settle(lambda: submitted)
    # Enter carries the last letters along, however quickly it follows them.
    assert submitted == ["a red boat"]
    text.value = "from Python"
    fields.settle()
    assert box.input_value() == "from Python"


def test_a_number_out_of_range_says_so_beside_the_field(fields: FieldPage) -> None:
    steps = widget_for(c.Slider(1, 50, default=20), label="Steps")
    fields.show(steps)
    box = fields.page.get_by_role("spinbutton", name="Steps")
    box.fill("99")
    box.blur()
    fields.settle(lambda: steps.error)
    assert fields.page.get_by_role("alert").inner_text() == "99 is above the maximum 50 (the range is 1 to 50)."
    slider = fields.page.get_by_role("slider", name="Steps")
    slider.focus()
    slider.press("Home")
    slider.press("ArrowRight")
    fields.settle(lambda: steps.value == 2)
    assert steps.error == ""
    assert not fields.page.get_by_role("alert").is_visible()


def test_choices_by_keyboard_and_choices_that_change(fields: FieldPage) -> None:
    radio = widget_for(c.Radio(["DDIM", "Euler"]), label="Scheduler")
    fields.show(radio)
    fields.page.get_by_role("group", name="Scheduler").get_by_label("Euler").press("Space")
    fields.settle(lambda: radio.value == "Euler")
    many = widget_for(c.Dropdown(["a", "b"], multiple=True, allow_custom=True), label="Labels")
    fields.show(many)
    another = fields.page.get_by_role("textbox", name="Add another")
    another.fill("own")
    another.press("Enter")
    fields.settle(lambda: many.value == ["own"])
    fields.page.get_by_role("group", name="Labels").get_by_label("b").check()
    fields.settle(lambda: many.value == ["b", "own"])
    drop = widget_for(c.Dropdown(["x", "y"]), label="Letter")
    fields.show(drop)
    set_props(drop, choices=["one", "two", "three"], visible=True)
    fields.settle()
    fields.page.get_by_label("Letter").select_option("three")
    fields.settle(lambda: drop.value == "three")


def test_a_second_view_shows_what_was_typed_into_the_first(fields: FieldPage) -> None:
    text = widget_for(c.Textbox(), label="Prompt")
    fields.show(text)
    fields.page.get_by_label("Prompt").fill("typed")
    fields.settle(lambda: text.value == "typed")
    fields.show(text)
    assert [box.input_value() for box in fields.page.get_by_label("Prompt").all()] == ["typed", "typed"]


def test_an_upload_mends_itself_when_messages_get_lost(fields: FieldPage, tmp_path: Path) -> None:
    photo = tmp_path / "photo.bmp"
    Image.linear_gradient("L").resize((900, 900)).convert("RGB").save(photo)  # 2.4 MB: five chunks
    image = widget_for(c.Image(), label="Photo")
    fields.show(image)
    fields.page.clock.install()
    lost: list[str] = []

    def lose(message: dict[str, Any]) -> bool:
        step = message.get("content", {}).get("step")
        if step in ("begin", "chunk") and lost.count(step) < 1:
            lost.append(step)
            return True
        return False

    fields.lose = lose
    fields.page.set_input_files("input[type=file]", photo)
    for _ in range(60):
        fields.settle()
        if image.value is not None:
            break
        fields.page.clock.fast_forward(10_000)  # also when nothing was lost: then chunks come twice
    assert lost == ["begin", "chunk"]
    assert image.value.size == (900, 900)
    fields.settle(lambda: fields.page.get_by_role("img", name="Photo").is_visible())


def test_a_file_of_two_hundred_megabytes_is_refused_before_a_byte_is_sent(fields: FieldPage, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(200 * 2**20)
    sent: list[Any] = []
    fields.lose = lambda message: sent.append(message) is not None
    fields.show(widget_for(c.File(), label="Data"))
    fields.page.set_input_files("input[type=file]", film)
    alert = fields.page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "film.mp4 has 200 MiB; at most 64 MiB are accepted here."
    assert sent == []


DROP = """async ([name, text, kind]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "drop"
    ? new DragEvent("drop", { ...options, dataTransfer: transfer })
    : new ClipboardEvent("paste", { ...options, clipboardData: transfer });
  document.querySelector(".jsp-drop").dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted_enlarged_saved_and_removed(
    fields: FieldPage, picture: Image.Image, kind: str
) -> None:
    import base64

    image = widget_for(c.Image(), label="Photo")
    fields.show(image)
    fields.page.evaluate(DROP, ["a.png", base64.b64encode(png(picture)).decode(), kind])
    fields.settle(lambda: image.value is not None)
    fields.page.get_by_role("button", name="Enlarge").click()
    fields.page.get_by_role("dialog").wait_for()
    fields.page.keyboard.press("Escape")
    assert fields.page.get_by_role("dialog").count() == 0
    with fields.page.expect_download() as download:
        fields.page.get_by_role("button", name="Save the image").click()
    with Image.open(download.value.path()) as saved:
        assert saved.size == picture.size
    fields.page.get_by_role("button", name="Remove the image").click()
    fields.settle(lambda: image.value is None)
    assert fields.page.get_by_text("Drop an image").is_visible()


def test_a_gallery_is_walked_through_with_the_arrow_keys(fields: FieldPage, picture: Image.Image) -> None:
    gallery = widget_for(c.Gallery(), label="Samples", interactive=False)
    gallery.value = [(picture, "first"), (picture.rotate(90), "second")]
    fields.show(gallery)
    fields.page.get_by_role("button", name="Enlarge first").press("Enter")
    caption = fields.page.locator("dialog figcaption")
    assert caption.inner_text() == "first (1 of 2)"
    fields.page.keyboard.press("ArrowRight")
    assert caption.inner_text() == "second (2 of 2)"


def test_a_stroke_on_a_picture_becomes_its_mask(fields: FieldPage) -> None:
    mask = widget_for(c.ImageMask(brush_size=20), label="Mask")
    mask.value = Image.new("RGB", (300, 200), "green")
    fields.show(mask)
    box = fields.page.locator(".jsp-mask-canvas").bounding_box()
    assert box is not None
    fields.page.mouse.move(box["x"] + 30, box["y"] + 100)
    fields.page.mouse.down()
    fields.page.mouse.move(box["x"] + 250, box["y"] + 100, steps=5)
    fields.page.mouse.up()
    fields.settle(lambda: mask.value.mask.getextrema() == (0, 255))
    drawn = mask.value.mask
    assert (drawn.size, drawn.getpixel((150, 100)), drawn.getpixel((150, 50))) == ((300, 200), 255, 0)
    # Undo takes the stroke back.
    fields.page.get_by_role("button", name="Undo the last stroke").click()
    fields.settle(lambda: mask.value.mask.getextrema() == (0, 0))


def test_a_table_is_edited_by_keyboard_and_scrolled_to_its_end(fields: FieldPage) -> None:
    table = widget_for(c.Dataframe(), label="Data")
    table.value = pandas.DataFrame({"name": [f"row {i}" for i in range(3000)], "size": range(3000)})
    fields.show(table)
    grid = fields.page.get_by_role("grid", name="Data")
    grid.focus()
    grid.press("ArrowRight")
    grid.press("ArrowDown")
    fields.page.keyboard.type("77")
    fields.page.keyboard.press("Enter")
    fields.settle(lambda: table.value["size"][1] == 77)
    fields.settle(lambda: fields.page.get_by_role("gridcell", name="77").is_visible())
    # Only the rows in sight are in the page; the end comes when somebody goes there.
    assert fields.page.get_by_role("row").count() < 60
    grid.press("Control+ArrowDown")
    fields.settle(lambda: fields.page.get_by_text("row 2999").is_visible())
    grid.evaluate(
        """(grid) => { const data = new DataTransfer(); data.setData("text/plain", "8\\n9\\n");
        grid.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
    )
    fields.settle(lambda: len(table.value) == 3001)
    assert list(table.value["size"][-2:]) == [8, 9]


def test_a_cell_that_is_refused_says_why_and_shows_the_old_value(fields: FieldPage) -> None:
    table = widget_for(c.Dataframe(), label="Data")
    table.value = pandas.DataFrame({"size": [1, 2]})
    fields.show(table)
    fields.page.get_by_role("grid", name="Data").focus()
    fields.page.keyboard.type("many")
    fields.page.keyboard.press("Enter")
    fields.settle(lambda: table.error)
    assert fields.page.get_by_role("alert").inner_text() == "'many' is not a number, which this column holds."
    assert fields.page.get_by_role("gridcell").first.inner_text() == "1"


def test_a_conversation_streams_without_drawing_what_stays(fields: FieldPage, picture: Image.Image) -> None:
    chat = widget_for(c.Chatbot(), label="Chat", interactive=False)
    talk = [c.Message("user", ["Look", picture])]
    chat.value = talk
    fields.show(chat)
    fields.page.evaluate("document.querySelector('article').marked = true")
    for end in range(1, 4):
        chat.value = [*talk, c.Message("assistant", "word " * end)]
        fields.settle()
    assert fields.page.evaluate("[...document.querySelectorAll('article')].map((node) => !!node.marked)") == [
        True,
        False,
    ]
    assert fields.page.get_by_role("log").inner_text().endswith("word word word")
    assert fields.page.evaluate("document.querySelector('article img').naturalWidth") == 60


@needs_vendor
def test_the_large_parts_are_fetched_once_and_draw(fields: FieldPage) -> None:
    asked: list[str] = []

    def count(message: dict[str, Any]) -> bool:
        content = message.get("content", {})
        if content.get("jsp") == "fetch" and content["offset"] == 0:
            asked.append(content["name"])
        return False

    fields.lose = count
    for _ in range(2):
        shape = widget_for(c.Model3D(), label="Shape", interactive=False)
        shape.value = c.Model3D().example()
        fields.show(shape)
        sound = widget_for(c.Audio(), label="Sound", interactive=False)
        sound.value = c.Audio().example()
        fields.show(sound)
    fields.settle(lambda: fields.page.locator(".jsp-canvas canvas").count() == 2)
    fields.settle(lambda: fields.page.locator(".jsp-wave > div").count() == 2)
    assert sorted(asked) == ["vendor/viewer3d.js", "vendor/waveform.js"]
    # None of it is in the notebook.
    assert len(shape.get_state()["_esm"]) < 20_000
    drawn = Image.open(io.BytesIO(fields.page.locator(".jsp-canvas").first.screenshot())).convert("L")
    assert len(drawn.getcolors() or []) > 3


def test_without_the_large_parts_a_sound_plays_and_a_shape_can_be_saved(
    fields: FieldPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine without Node has no such folder."""
    monkeypatch.setattr(field_module, "VENDOR", tmp_path)
    shape = widget_for(c.Model3D(), label="Shape", interactive=False)
    shape.value = c.Model3D().example()
    fields.show(shape)
    fields.settle(lambda: fields.page.get_by_text("The 3D viewer is not available here").is_visible())
    with fields.page.expect_download() as download:
        fields.page.get_by_role("button", name="Save the model").click()
    assert Path(download.value.path()).read_bytes() == shape.value.read_bytes()
    sound = widget_for(c.Audio(), label="Sound", interactive=False)
    sound.value = c.Audio().example()
    fields.show(sound)
    fields.settle(lambda: fields.page.evaluate("document.querySelector('audio').duration") == 0.25)


def test_a_plotly_figure_is_drawn_by_plotly_itself(fields: FieldPage) -> None:
    import plotly.graph_objects as go

    plot = widget_for(c.Plot(), label="Loss", interactive=False)
    plot.value = go.Figure(go.Scatter(x=[1, 2, 3], y=[3, 1, 2]))
    fields.show(plot)
    fields.settle(lambda: fields.page.locator(".js-plotly-plot .scatterlayer path").count() > 0)
