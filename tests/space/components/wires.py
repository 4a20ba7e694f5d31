"""Values and wire forms that the tests of all components draw from."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image as PILImage

from jupyter_spaces.space import components as c
from jupyter_spaces.space.uploads import store_upload


class Style(enum.Enum):
    OIL = "oil"
    INK = "ink"


@dataclass(frozen=True)
class Size:
    width: int
    unit: str = "cm"


def brush() -> str:
    """A choice that is no JSON value."""
    return "brush"


def anything() -> st.SearchStrategy[Any]:
    """What a client may send: any JSON, with the NaN and the halves of characters that Python's parser lets through."""
    text = st.text(st.characters(codec=None), max_size=12)
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
    keys = (
        st.sampled_from(["image", "mask", "data", "name", "columns", "dtypes", "role", "content", "text", "label"])
        | text
    )
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
    )


@st.composite
def pictures(draw: st.DrawFn, modes: tuple[str, ...] = ("RGB",)) -> PILImage.Image:
    mode = draw(st.sampled_from(modes))
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    channels = {"RGB": 3, "RGBA": 4, "L": 1}[mode]
    pixels = draw(st.binary(min_size=width * height * channels, max_size=width * height * channels))
    return PILImage.frombytes(mode, (width, height), pixels)


@st.composite
def masked(draw: st.DrawFn) -> c.MaskedImage:
    image = draw(pictures())
    pixels = draw(st.binary(min_size=image.width * image.height, max_size=image.width * image.height))
    return c.MaskedImage(image, PILImage.frombytes("L", image.size, pixels))


@st.composite
def annotated(draw: st.DrawFn) -> Any:
    image = draw(pictures())
    regions: list[Any] = []
    for _ in range(draw(st.integers(0, 3))):
        left, right = sorted(draw(st.tuples(*[st.integers(0, image.width)] * 2)))
        top, bottom = sorted(draw(st.tuples(*[st.integers(0, image.height)] * 2)))
        mask = PILImage.new("L", image.size, draw(st.integers(0, 255)))
        regions.append((draw(st.sampled_from([(left, top, right, bottom), mask])), draw(st.text(max_size=9))))
    return image, regions


@st.composite
def sounds(draw: st.DrawFn) -> Any:
    samples = np.array(draw(st.lists(st.integers(-32768, 32767), max_size=20)), np.float32) / 32768
    if draw(st.booleans()):
        samples = np.stack([samples, -samples.clip(-0.5, 0.5)], axis=1)
    return draw(st.integers(1, 96_000)), samples


@st.composite
def stored_files(draw: st.DrawFn) -> Path:
    return store_upload(draw(st.binary(max_size=40)), draw(st.sampled_from(["a.bin", "b c.txt", "é.csv"])))


@st.composite
def rows(draw: st.DrawFn) -> list[list[Any]]:
    numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    kinds = [st.text(max_size=8), st.integers(-(2**53), 2**53), numbers, st.booleans(), st.dates(), st.datetimes()]
    columns = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4))
    return [list(draw(st.tuples(*columns))) for _ in range(draw(st.integers(1, 4)))]


def messages() -> st.SearchStrategy[Any]:
    part = st.text(max_size=9) | pictures(("RGB", "RGBA", "L"))
    content = st.text(max_size=9) | st.lists(part, max_size=3)
    return st.lists(st.builds(c.Message, st.sampled_from(["user", "assistant", "system"]), content), max_size=4)


pieces = st.lists(st.tuples(st.text(max_size=9), st.none() | st.text(max_size=5) | st.floats(0, 1) | st.integers(0, 9)))
finite_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: value is not None)


@st.composite
def damaged(draw: st.DrawFn, wire: Any) -> Any:
    """A wire form with one node replaced, removed or cut: what a wrong client sends, close to what is right."""
    if draw(st.integers(0, 3)) == 0 or not isinstance(wire, (dict, list, str)) or not wire:
        return draw(anything())
    if isinstance(wire, str):
        position = draw(st.integers(0, len(wire)))
        return wire[:position] + draw(st.text(max_size=2)) + wire[position + draw(st.integers(0, 4)) :]
    copied: Any = wire.copy()
    key: Any = draw(st.sampled_from(sorted(wire))) if isinstance(wire, dict) else draw(st.integers(0, len(wire) - 1))
    if draw(st.integers(0, 4)) == 0:
        del copied[key]
    else:
        copied[key] = draw(damaged(wire[key]))
    return copied


# One entry per component and way to use it: the component, and values in normal form.
CASES: dict[str, tuple[c.Component[Any], st.SearchStrategy[Any]]] = {
    "textbox": (c.Textbox(max_length=50), st.text(max_size=50)),
    "textbox in limits": (
        c.Textbox(min_length=2, max_length=5, pattern="^[a-z]"),
        st.from_regex("[a-z][a-z]{1,4}", fullmatch=True),
    ),
    "number": (c.Number(), st.integers(-(2**1000), 2**1000) | st.floats(allow_nan=False, allow_infinity=False)),
    "number, int": (c.Number(-5, 5, integer=True), st.integers(-5, 5)),
    "number, float": (c.Number(-1, 1, integer=False), st.floats(-1, 1)),
    "number, nan": (c.Number(allow_nan=True, integer=False), st.floats()),
    "slider": (c.Slider(1, 50, default=20), st.integers(1, 50)),
    "slider, float": (c.Slider(0.0, 1.0, step=0.1), st.floats(0, 1)),
    "checkbox": (c.Checkbox(), st.booleans()),
    "checkboxgroup": (
        c.CheckboxGroup([1, 2.5, True, "a"]),
        st.lists(st.sampled_from([1, 2.5, True, "a"]), unique_by=repr),
    ),
    "radio": (c.Radio(Style), st.sampled_from(Style)),
    "dropdown": (c.Dropdown(["a", ("B", brush)]), st.sampled_from(["a", brush])),
    "dropdown, many": (
        c.Dropdown(["abc", "x"], multiple=True, max_choices=1),
        st.lists(st.sampled_from(["abc", "x"]), max_size=1),
    ),
    "dropdown, custom": (c.Dropdown(["a", 1], allow_custom=True), st.sampled_from([1]) | st.text(max_size=9)),
    "colorpicker": (c.ColorPicker(), st.integers(0, 0xFFFFFF).map("#{:06x}".format)),
    "datetime": (c.DateTime(), st.datetimes()),
    "datetime, date": (c.DateTime(date=True), st.dates()),
    "datetime, aware": (
        c.DateTime(aware=True),
        st.datetimes(timezones=st.integers(-900, 900).map(lambda m: datetime.timezone(datetime.timedelta(minutes=m)))),
    ),
    "code": (c.Code("python"), st.text()),
    "markdown": (c.Markdown(), st.text()),
    "html": (c.HTML(), st.text()),
    "json": (c.JSON(), finite_json),
    "label": (c.Label(), st.text() | st.dictionaries(st.text(), st.floats(0, 1))),
    "highlightedtext": (c.HighlightedText(colors={"a": "#f00"}), pieces),
    "image": (c.Image(), pictures()),
    "image, any mode": (c.Image(mode=None), pictures(("RGB", "RGBA", "L"))),
    "image, numpy": (c.Image("numpy"), pictures().map(np.array)),
    "image, path": (c.Image("path"), pictures().map(lambda image: c.Image("path").check(image))),
    "image, bytes": (c.Image("bytes"), pictures().map(lambda image: c.Image("bytes").check(image))),
    "imagemask": (c.ImageMask(), masked()),
    "imagemask, numpy": (c.ImageMask("numpy"), masked().map(lambda each: c.ImageMask("numpy").check(each))),
    "annotatedimage": (c.AnnotatedImage(colors={"a": "#0f0"}), annotated()),
    "gallery": (c.Gallery(), st.lists(pictures() | st.tuples(pictures(), st.text(max_size=9)), max_size=4)),
    "audio": (c.Audio(), sounds()),
    "audio, path": (c.Audio("path"), sounds().map(lambda sound: c.Audio("path").check(sound))),
    "audio, bytes": (c.Audio("bytes"), sounds().map(lambda sound: c.Audio("bytes").check(sound))),
    "video": (c.Video(), st.builds(c.Video().example)),
    "file": (c.File(), stored_files()),
    "file, bytes": (c.File(type="bytes"), st.binary(max_size=50)),
    "files": (c.Files(), st.lists(stored_files(), max_size=3)),
    "dataframe": (c.Dataframe("pandas"), rows().map(lambda each: c.Dataframe("pandas").check(each))),
    "dataframe, polars": (c.Dataframe("polars"), rows().map(lambda each: c.Dataframe("polars").check(each))),
    "dataframe, numpy": (c.Dataframe("numpy"), rows().map(lambda each: c.Dataframe("numpy").check(each))),
    "dataframe, list": (c.Dataframe("list"), rows()),
    "plot": (c.Plot(), st.builds(c.Plot().example)),
    "chatbot": (c.Chatbot(), messages()),
    "model3d": (c.Model3D(), st.builds(c.Model3D().example)),
    "group": (
        c.Group({"width": c.Slider(1, 9), "unit": c.Textbox(default="cm")}, Size),
        st.builds(Size, st.integers(1, 9), st.text(max_size=5)),
    ),
}  # fmt: skip


def same(left: Any, right: Any) -> bool:
    """Equality in the component's sense: pixels, samples, contents and cells; NaN is itself."""
    if type(left).__module__.startswith("polars"):
        return left.equals(right) and left.schema == right.schema
    if hasattr(left, "equals"):
        return bool(left.equals(right)) and list(left.dtypes) == list(right.dtypes)
    if isinstance(left, np.ndarray):
        kinds = left.dtype == right.dtype and left.shape == right.shape
        return kinds and bool(np.array_equal(left, right, equal_nan=left.dtype.kind == "f"))
    if isinstance(left, Path):
        return left.name == right.name and left.read_bytes() == right.read_bytes()
    if isinstance(left, c.MaskedImage):
        return same(left.image, right.image) and same(left.mask, right.mask)
    if isinstance(left, (list, tuple)):
        return type(left) is type(right) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and left != left:
        return bool(right != right)
    return type(left) is type(right) and bool(left == right)
