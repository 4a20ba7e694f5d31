"""Masks go with their photos by name, fit them, and are cut like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from jupyter_spaces.errors import PhotoError
from jupyter_spaces.train.data import Crop, Photo, apply_crop, apply_mask, find_photos, masks_for
from tests.train.data.scenes import noise, save

BALL = (60, 20, 89, 49)


def ball(mode: str = "L", scale: int = 1) -> Image.Image:
    """A white ball on black, at the shape of the photos here."""
    mask = Image.new("L", (96 * scale, 64 * scale))
    ImageDraw.Draw(mask).ellipse(tuple(scale * edge for edge in BALL), fill=255)
    return mask.convert(mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "masks").mkdir()
    return tmp_path / "masks"


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    return find_photos(save(tmp_path, "dog.jpg", noise(96, 64)), resolution=64)[0]


def cut_out(mask: Image.Image) -> Image.Image:
    """The mask as the alpha of a picture that is white all over."""
    picture = Image.new("RGBA", mask.size, "white")
    picture.putalpha(mask)
    return picture


@pytest.mark.parametrize(
    "mask",
    [ball(), ball("1"), ball("RGB"), ball("RGBA"), ball("P"), cut_out(ball()), cut_out(ball()).convert("LA")],
    ids=["L", "1", "RGB", "opaque RGBA", "P", "alpha", "LA"],
)
def test_every_kind_of_mask_is_read(folder: Path, photo: Photo, mask: Image.Image) -> None:
    """White is learned; where there is transparency, it is the mask."""
    save(folder, "dog.png", mask)
    (found,) = masks_for([photo], folder)
    assert found.load().mode == "L"
    assert found.load().tobytes() == ball().tobytes()


def test_masks_are_found_by_stem_in_order(tmp_path: Path, folder: Path) -> None:
    """PNG or JPEG, whatever the photo is; the case of letters does not matter, and other files do not disturb."""
    photos = find_photos([save(tmp_path, "b.webp"), save(tmp_path, "A.png"), noise(seed=5)], resolution=64)
    for name in ("a.PNG", "b.jpg", "image-2.png", "unused.png"):
        save(folder, name, ball(), format="JPEG" if name == "b.jpg" else "PNG")
    (folder / "notes.md").write_text("made by hand")
    assert [mask.path.name for mask in masks_for(photos, folder)] == ["b.jpg", "a.PNG", "image-2.png"]


def test_missing_masks_are_named_in_one_sentence(tmp_path: Path, folder: Path) -> None:
    """A photo without a mask would be learned whole, which nobody asked for."""
    photos = find_photos([save(tmp_path, f"{name}.jpg") for name in "abc"], resolution=64)
    save(folder, "b.png", ball())
    with pytest.raises(PhotoError, match=r"no mask in .*masks for a\.jpg, c\.jpg\. Save one for each .* a\.png"):
        masks_for(photos, folder)


def test_masks_that_do_not_fit_are_said_together(tmp_path: Path, folder: Path) -> None:
    """Another shape, a quarter turn, all black (0 and 1 are black too), or no picture."""
    photos = find_photos([save(tmp_path, f"{name}.jpg", noise(96, 64, ord(name))) for name in "abcdef"], resolution=64)
    save(folder, "a.png", ball())
    save(folder, "b.png", ball().resize((64, 64)))
    save(folder, "c.png", ball().transpose(Image.Transpose.ROTATE_90))
    save(folder, "d.png", Image.new("L", (96, 64)))
    save(folder, "e.png", Image.fromarray(np.asarray(ball()) // 255))
    (folder / "f.png").write_bytes(b"nothing")
    with pytest.raises(PhotoError) as caught:
        masks_for(photos, folder)
    head, *lines = str(caught.value).splitlines()
    assert head == f"5 of 6 masks in {folder} cannot be used:"
    assert lines[:4] == [
        "- b.png is 64 x 64 and b.jpg is 96 x 64: save the mask in the shape of the photo.",
        "- c.png is 64 x 96 and c.jpg is 96 x 64: turn the mask by 90 degrees.",
        "- d.png is black all over, so nothing of d.jpg is learned: the subject has to be white (255).",
        "- e.png is black all over, so nothing of e.jpg is learned: the subject has to be white (255).",
    ]
    assert lines[4].startswith("- f.png cannot be read as a picture (")


def test_a_missing_folder_knows_its_siblings(tmp_path: Path, folder: Path, photo: Photo) -> None:
    """As that of the photos does; and a file is no folder."""
    with pytest.raises(PhotoError, match=r"there is no file or folder .*/mask\. Did you mean 'masks'\?"):
        masks_for([photo], tmp_path / "mask")
    with pytest.raises(PhotoError, match=r"dog\.jpg is a file: name the folder of masks\."):
        masks_for([photo], tmp_path / "dog.jpg")


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("flip", [False, True])
def test_a_crop_cuts_the_mask_where_it_cuts_the_photo(tmp_path: Path, folder: Path, scale: int, flip: bool) -> None:
    """Whatever the mask's own size: a photo that is its own mask is cut alike."""
    (photo,) = find_photos(save(tmp_path, "dog.png", ball("RGB")), resolution=64)
    save(folder, "dog.png", ball(scale=scale))
    (mask,) = masks_for([photo], folder)
    crop = Crop(32, 0, 64, 64, flip)
    part = apply_mask(mask.load(), crop, (32, 32), photo)
    assert part.shape == (32, 32)
    assert part.dtype == np.float32
    assert part.min() == 0
    assert part.max() == 1
    seen = np.asarray(apply_crop(photo.load(), crop, (32, 32)).convert("L"), np.float32) / 255
    assert np.abs(part - seen).mean() < 0.02
    # The ball is right of the middle, or left of it in the mirror.
    assert bool(part[:, :16].sum() > part[:, 16:].sum()) is flip


def test_rounding_does_not_make_another_shape(tmp_path: Path, folder: Path) -> None:
    """A mask at a tenth of a photo of 1001 x 667 is 100 x 67, and its last crop stays inside."""
    (photo,) = find_photos(save(tmp_path, "dog.jpg", noise(1001, 667)), resolution=64)
    save(folder, "dog.png", Image.new("L", (100, 67), 255))
    (mask,) = masks_for([photo], folder)
    assert apply_mask(mask.load(), Crop(334, 0, 667, 667), (8, 8), photo).min() == 1


def test_a_mask_is_turned_by_its_own_exif(folder: Path, photo: Photo) -> None:
    """A mask exported with the photo's EXIF fits the upright photo, transparent or not."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for mask in (ball(), cut_out(ball())):
        save(folder, "dog.png", mask.transpose(Image.Transpose.ROTATE_90), exif=exif)
        (found,) = masks_for([photo], folder)
        assert found.load().tobytes() == ball().tobytes()
