"""Pictures come out upright, in sRGB and on white, however they were stored."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jupyter_spaces.train.data import find_photos
from tests.train.data.scenes import quarters, save

# What turns an upright picture into the one that a camera stores with this EXIF orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def loaded(path: Path) -> Image.Image:
    (photo,) = find_photos(path, resolution=16)
    picture = photo.load()
    assert picture.mode == "RGB"
    assert picture.size == (photo.width, photo.height)
    return picture


def colour(path: Path) -> tuple[int, ...]:
    """The one colour of a plain picture."""
    low_high = loaded(path).getextrema()
    assert all(low == high for low, high in low_high)
    return tuple(low for low, _ in low_high)


def icc_profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A minimal version 2 display profile (ICC.1:2001-04, section 6)."""
    offset, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        table += name + struct.pack(">II", offset + len(data), len(value))
        data += value
    size = offset + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", space, b"XYZ ") + b"\0" * 12 + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)  # the D50 illuminant
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


WHITE = xyz(0.96420, 1.0, 0.82491)
ADOBE_RGB = icc_profile(
    b"RGB ",
    {
        b"wtpt": WHITE,
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma(2.19921875)),
    },
)
LINEAR_GREY = icc_profile(b"GRAY", {b"wtpt": WHITE, b"kTRC": gamma(1.0)})


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", STORED)
def test_all_orientations_give_the_same_upright_picture(tmp_path: Path, orientation: int, suffix: str) -> None:
    """A photo taken with a camera on its side is trained on as people see it, its size included."""
    upright = quarters()
    turn = STORED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == "webp" else {"quality": 100, "subsampling": 0} if suffix == "jpg" else {}
    path = save(tmp_path, f"a.{suffix}", upright.transpose(turn) if turn is not None else upright, exif=exif, **options)
    found = loaded(path)
    assert found.size == upright.size
    np.testing.assert_allclose(np.asarray(found, int), np.asarray(upright, int), atol=3)
    # The thumbnail is turned too.
    (photo,) = find_photos(path, resolution=16)
    thumbnail = photo.thumbnail(48)
    assert thumbnail.size == (48, 32)
    np.testing.assert_allclose(thumbnail.getpixel((8, 8)), (255, 0, 0), atol=8)


def test_a_turn_of_a_picture_in_memory_is_applied(tmp_path: Path) -> None:
    """`Image.open` leaves the orientation to whoever uses the picture, which is here."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path, "a.png", quarters().transpose(Image.Transpose.ROTATE_90), exif=exif)
    with Image.open(path) as image:
        (photo,) = find_photos([image], resolution=16)
        assert image.size == (64, 96), "the given picture stays as it is"
    assert photo.load().tobytes() == quarters().tobytes()


def test_an_impossible_or_damaged_orientation_is_none(tmp_path: Path) -> None:
    """EXIF that makes no sense does not cost the photo."""
    exif = Image.Exif()
    exif[0x0112] = 9
    assert loaded(save(tmp_path, "a.png", quarters(), exif=exif)).tobytes() == quarters().tobytes()
    assert loaded(save(tmp_path, "b.png", quarters(), exif=b"Exif\0\0nonsense")).tobytes() == quarters().tobytes()


@pytest.mark.parametrize(
    ("mode", "stored", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("RGBA", (200, 0, 0, 255), (200, 0, 0)),
        ("RGBA", (200, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 128), (127, 127, 127)),
        ("LA", (0, 0), (255, 255, 255)),
        ("LA", (60, 255), (60, 60, 60)),
        ("I;16", 257 * 99, (99, 99, 99)),
    ],
)
def test_modes_become_rgb_on_white(tmp_path: Path, mode: str, stored: int | tuple[int, ...], expected: object) -> None:
    """Grey, 16-bit and transparent pictures look in training as they look on a white page."""
    assert colour(save(tmp_path, "a.png", Image.new(mode, (20, 20), stored))) == expected


def test_palettes_keep_their_colours_and_their_transparency(tmp_path: Path) -> None:
    """The indices of a palette are no colours, and its transparent entry is white."""
    picture = Image.new("P", (20, 20), 1)
    picture.putpalette([0, 0, 0, 10, 120, 200])
    assert colour(save(tmp_path, "a.png", picture)) == (10, 120, 200)
    assert colour(save(tmp_path, "b.png", picture, transparency=1)) == (255, 255, 255)
    assert colour(save(tmp_path, "c.gif", picture)) == (10, 120, 200)


def test_cmyk_is_converted(tmp_path: Path) -> None:
    """A print shop's JPEG is neither inverted nor refused."""
    red, green, blue = loaded(save(tmp_path, "a.jpg", Image.new("CMYK", (32, 32), (0, 255, 255, 0)))).getpixel((9, 9))
    assert red > 240
    assert green < 15
    assert blue < 15


def test_floats_and_wide_integers_are_scaled(tmp_path: Path) -> None:
    """Measured pictures: floats up to 1, or up to 255, and integers of 16 bits."""
    for value, expected in ((0.5, 128), (1.0, 255), (100.0, 100), (float("nan"), 0)):
        assert colour(save(tmp_path, "a.tif", Image.new("F", (20, 20), value))) == (expected,) * 3
    assert colour(save(tmp_path, "b.tif", Image.new("I", (20, 20), 65535))) == (255, 255, 255)


def test_png_of_16_bits_per_channel_keeps_its_brightness(tmp_path: Path) -> None:
    """48-bit colour, which PIL cannot write, made by hand (PNG, third edition, section 11)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + struct.pack(">3H", 50 * 257, 100 * 257, 200 * 257) * 20) * 20
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 20, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    assert colour(path) == (50, 100, 200)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_colour_profile_is_applied(tmp_path: Path, suffix: str) -> None:
    """Adobe RGB's (219, 0, 0) is sRGB's full red; without the profile it would be learned as a dull one."""
    path = save(tmp_path, f"a.{suffix}", Image.new("RGB", (20, 20), (219, 0, 0)), icc_profile=ADOBE_RGB)
    np.testing.assert_allclose(colour(path), (255, 0, 0), atol=3)
    assert "icc_profile" not in loaded(path).info
    # A cut-out keeps its profile's colours where it is opaque.
    path = save(tmp_path, f"b.{suffix}", Image.new("RGBA", (20, 20), (219, 0, 0, 255)), icc_profile=ADOBE_RGB)
    np.testing.assert_allclose(colour(path), (255, 0, 0), atol=3)


def test_a_grey_profile_is_applied(tmp_path: Path) -> None:
    """Half of linear light is 188 in sRGB."""
    path = save(tmp_path, "a.png", Image.new("L", (20, 20), 128), icc_profile=LINEAR_GREY)
    np.testing.assert_allclose(colour(path), (188, 188, 188), atol=2)


@pytest.mark.parametrize("profile", [b"damaged", LINEAR_GREY], ids=["damaged", "of another kind"])
def test_a_profile_that_cannot_be_used_is_left_out(tmp_path: Path, profile: bytes) -> None:
    """The numbers are taken as sRGB then, as every viewer does."""
    assert colour(save(tmp_path, "a.tif", Image.new("RGB", (20, 20), (219, 0, 0)), icc_profile=profile)) == (219, 0, 0)
