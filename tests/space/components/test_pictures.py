"""Image, Gallery, ImageMask and AnnotatedImage: what is a picture, and what only claims to be one."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import AnnotatedImage, Blob, Gallery, Image, ImageMask, MaskedImage
from jupyter_spaces.space.components.pictures import FORMATS, as_array, as_image, png, read_image
from jupyter_spaces.space.uploads import upload_folder


def saved(image: PILImage.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def url(data: bytes, mime: str = "image/png") -> str:
    return Blob(data, mime).to_url()


def sample(mode: str = "RGB", size: tuple[int, int] = (8, 6)) -> PILImage.Image:
    return PILImage.new(mode, size, 77 if mode == "L" else (10, 20, 30, 40)[: len(mode)])


@pytest.mark.parametrize("form", FORMATS.values())
def test_every_format_that_is_named_is_read(form: str) -> None:
    assert Image().from_json(url(saved(sample(), form))).size == (8, 6)


def test_the_content_decides_what_a_file_is() -> None:
    # A JPEG that calls itself PNG is a picture all the same,
    assert Image().from_json(url(saved(sample(), "JPEG"), "image/png")).size == (8, 6)
    # and a PDF that calls itself PNG is none.
    with pytest.raises(
        InputError, match="The file is not an image but application/pdf: give 'image/png', 'image/jpeg'"
    ):
        Image().from_json(url(b"%PDF-1.7 ...", "image/png"))
    with pytest.raises(InputError, match="The file is not an image: give"):
        Image().from_json(url(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"))


def test_accept_narrows_the_formats() -> None:
    with pytest.raises(InputError, match=r"A file of type image/gif is not accepted here: give 'image/png'\."):
        Image(accept=["image/png"]).from_json(url(saved(sample(), "GIF")))
    with pytest.raises(DefinitionError, match=r"accept is a list .* write accept=\['image/png'\]"):
        Image(accept="image/png")
    with pytest.raises(DefinitionError, match="accept='png' is neither an extension"):
        Image(accept=["png"])


@pytest.mark.parametrize(
    "wire", ["/etc/passwd", "file:///etc/passwd", "https://example.org/a.png", "data:,x", "", 3, {}, ["a"]]
)
def test_neither_a_path_nor_an_address_is_read_from_the_wire(wire: Any) -> None:
    with pytest.raises(InputError, match="data URL"):
        Image().from_json(wire)


def test_a_damaged_data_url_or_picture_is_refused() -> None:
    with pytest.raises(InputError, match="what follows 'base64,' is not base64"):
        Image().from_json("data:image/png;base64,AA!A")
    with pytest.raises(InputError, match="The file is not an image that can be read"):
        Image().from_json(url(saved(sample())[:40]))


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A few hundred bytes that say 60000 x 60000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(InputError, match="pixels"):
        Image().from_json(url(bomb))
    with pytest.raises(InputError, match=r"The image has 8 x 6 = 48 pixels; at most 20 are accepted .* max_pixels"):
        Image(max_pixels=20).from_json(url(saved(sample())))


def test_a_large_upload_is_refused_before_it_is_decoded() -> None:
    two_hundred = "data:image/png;base64," + "A" * (200 * 10**6 // 3 * 4)
    with pytest.raises(InputError, match=r"The file has 190\.7 MiB; at most 64 MiB are accepted .* max_size"):
        Image().from_json(two_hundred)


def test_a_picture_from_a_camera_held_sideways_is_turned_upright() -> None:
    image = PILImage.new("RGB", (4, 2))
    image.putpixel((0, 0), (255, 0, 0))
    exif = PILImage.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees clockwise when shown
    data = saved(image, exif=exif)
    for kind in ("pil", "numpy", "path", "bytes"):
        upright = as_image(Image(kind).from_json(url(data)))  # type: ignore[arg-type]
        assert upright.size == (2, 4)
        assert upright.convert("RGB").getpixel((1, 0)) == (255, 0, 0)


def test_a_visitors_picture_gets_the_mode_that_the_function_expects() -> None:
    half = PILImage.new("RGBA", (2, 2), (255, 0, 0, 0))
    assert Image().from_json(url(saved(half))).getpixel((0, 0)) == (255, 255, 255)  # transparent is page white
    assert Image(mode="RGBA").from_json(url(saved(half))).mode == "RGBA"
    assert Image(mode=None).from_json(url(saved(sample("L")))).mode == "L"
    assert Image(mode="L").from_json(url(saved(sample()))).mode == "L"
    palette = sample().convert("P")
    assert Image(mode=None).from_json(url(saved(palette, "GIF"))).mode == "RGB"


def test_a_result_keeps_its_transparency_and_its_identity() -> None:
    image = sample("RGBA")
    assert Image().check(image) is image
    back = Image(mode=None).from_json(Image().to_json(image))
    assert back.mode == "RGBA"


@pytest.mark.parametrize("kind", ["pil", "numpy", "path", "bytes"])
def test_a_result_may_be_any_form_of_picture(kind: Any, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    sample().save(path)
    component = Image(kind)
    for value in (sample(), np.array(sample()), np.array(sample()) / 255, path, str(path), path.read_bytes()):
        result = component.check(value)
        assert isinstance(result, {"pil": PILImage.Image, "numpy": np.ndarray, "path": Path, "bytes": bytes}[kind])
        assert np.array_equal(as_array(as_image(result)), np.array(sample()))


def test_an_existing_file_is_passed_on_where_a_path_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    sample().save(path)
    assert Image("path").check(path) == path
    assert Image("path").encode(path).data == path.read_bytes()


def test_an_uploaded_picture_lies_in_the_upload_folder_as_it_was_sent() -> None:
    data = saved(sample(), "JPEG")
    path = Image("path").from_json(url(data, "image/jpeg"))
    assert path.is_relative_to(upload_folder())
    assert path.suffix == ".jpg"
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("missing.png", "'missing.png' is not the path of a file: there is no such file"),
        (".", "it is a folder"),
        ("a\0b", "is not the path of a file"),
        (3, "3 is not accepted here: give a PIL image, a NumPy array, a path"),
        (np.zeros((3, 5, 6)), r"An array of shape \(3, 5, 6\) is not .* one with \.permute\(1, 2, 0\)"),
        (np.zeros((0, 4)), r"An array of shape \(0, 4\) is not a picture"),
        (np.zeros((4, 4), np.int64), "An array of int64 is not a picture: give uint8"),
        (np.full((4, 4), 200.0), r"values are in \[0, 1\], not 200.0 to 200.0"),
        (np.full((4, 4), np.nan), r"values are in \[0, 1\], not nan to nan"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Image().check(value)


def test_arrays_of_several_types_are_pictures() -> None:
    assert as_image(np.array([[True, False]])).getpixel((0, 0)) == 255
    assert as_image(np.zeros((2, 3, 1), np.uint8)).size == (3, 2)
    assert as_image(np.array([[1.0004, 0.5]])).getpixel((1, 0)) == 128
    deep = PILImage.fromarray(np.full((2, 2), 65535, np.uint16))
    assert as_array(deep).tolist() == [[255, 255], [255, 255]]


def test_a_written_picture_carries_no_metadata() -> None:
    exif = PILImage.Exif()
    exif[0x010E] = "taken at home"
    image = read_image(saved(sample(), exif=exif))
    assert b"taken at home" not in png(image)


def test_image_options_are_checked() -> None:
    for options, message in (
        ({"type": "tensor"}, "Image has type='tensor'; it is one of 'pil', 'numpy', 'path', 'bytes'"),
        ({"mode": "CMYK"}, "Image has mode='CMYK'"),
        ({"sources": ["camera"]}, "it is a list of 'upload', 'paste', 'webcam'"),
        ({"max_size": 0}, "Image has max_size=0"),
    ):
        with pytest.raises(DefinitionError, match=message):
            Image(**options)  # type: ignore[arg-type]


# Gallery


def test_a_gallery_mixes_pictures_with_and_without_captions() -> None:
    items = Gallery().check([sample(), (sample(), "One"), (sample(), None)])
    assert [isinstance(item, tuple) for item in items] == [False, True, False]
    assert Gallery().to_text(items) == "3 images: One"


def test_a_gallery_has_limits() -> None:
    with pytest.raises(InputError, match="The gallery has 3 images; at most 2 are accepted"):
        Gallery(max_items=2).check([sample()] * 3)
    with pytest.raises(InputError, match="A caption is text of at most 10000 characters, not 3"):
        Gallery().check([(sample(), 3)])
    with pytest.raises(InputError, match=r"'caption': \.\.\.\}"):
        Gallery().from_json([{"image": url(saved(sample())), "title": "x"}])
    with pytest.raises(InputError, match="data URL"):
        Gallery().from_json([{"image": [url(saved(sample())), "caption"]}])
    with pytest.raises(DefinitionError, match="Gallery has columns=0"):
        Gallery(columns=0)


# ImageMask


def test_strokes_on_a_transparent_canvas_become_a_grey_mask() -> None:
    canvas = PILImage.new("RGBA", (8, 6))
    canvas.putpixel((2, 3), (255, 255, 255, 255))
    wire = {"image": url(saved(sample())), "mask": url(saved(canvas))}
    value = ImageMask().from_json(wire)
    assert value.mask.mode == "L"
    assert value.mask.getpixel((2, 3)) == 255
    assert value.mask.getpixel((0, 0)) == 0


def test_an_image_alone_has_an_empty_mask() -> None:
    for value in (ImageMask().check(sample()), ImageMask().from_json({"image": url(saved(sample()))})):
        assert value.mask.getextrema() == (0, 0)
    arrays = ImageMask("numpy").check((sample(), np.ones((6, 8))))
    assert arrays.mask.dtype == np.uint8
    assert arrays.mask.min() == 255


def test_a_mask_has_the_size_of_its_image() -> None:
    with pytest.raises(InputError, match="The mask has 3 x 3 pixels and the image 8 x 6; they must have the same size"):
        ImageMask().check(MaskedImage(sample(), sample("L", (3, 3))))
    with pytest.raises(InputError, match="give a MaskedImage, a pair"):
        ImageMask().check((1, 2, 3))


# AnnotatedImage


def test_regions_are_boxes_or_masks_and_are_cut_at_the_edges() -> None:
    _, regions = AnnotatedImage().check(
        (
            sample(),
            [((-2, 1, 99, 4.5), "box"), (np.array([1.0, 1.0, 2.0, 2.0]), "array"), (np.ones((6, 8), bool), "mask")],
        )
    )
    assert regions[0] == ((0, 1, 8, 4.5), "box")
    assert regions[1] == ((1, 1, 2, 2), "array")
    assert regions[2][0].getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([((4, 4, 2, 2), "x")], r"its ends are swapped\. A box \(x, y, width, height\) becomes one"),
        ([((1, 2, 3), "x")], "a box of four numbers"),
        ([((1, 2, 3, float("nan")), "x")], "nan is not accepted here"),
        ([((1, 2, 3, 4), 5)], "A label is text of at most 1000 characters, not 5"),
        ([(np.ones((2, 2)), "x")], "A mask has 2 x 2 pixels and the image 8 x 6"),
        (["x"], r"give a pair \(box or mask, label\)"),
    ],
)
def test_wrong_regions_are_refused(regions: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        AnnotatedImage().check((sample(), regions))


def test_annotation_colours_are_checked() -> None:
    assert AnnotatedImage(colors={"a": "#F00"}).colors == {"a": "#ff0000"}
    with pytest.raises(DefinitionError, match="The colors of this AnnotatedImage are refused: 'red' is not a colour"):
        AnnotatedImage(colors={"a": "red"})
