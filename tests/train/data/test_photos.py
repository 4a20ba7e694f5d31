"""A folder of photos is checked once, and everything that is wrong with it is said at once."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import pytest
from PIL import Image

from jupyter_spaces.errors import PhotoError
from jupyter_spaces.train.data import Photo, check_photos, find_photos
from tests.train.data.scenes import noise, quarters, save


def names(source: object, resolution: int = 64) -> list[str]:
    return [photo.name for photo in find_photos(source, resolution=resolution)]


def png_header(width: int, height: int) -> bytes:
    """A PNG of any size that holds no pixels: what a decompression bomb looks like from outside."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + b"IHDR"
        + head
        + struct.pack(">I", zlib.crc32(b"IHDR" + head))
        + b"\0\0\0\0IDAT"
        + struct.pack(">I", zlib.crc32(b"IDAT"))
    )


def test_a_folder_is_read_in_natural_order(tmp_path: Path) -> None:
    """img2 comes before img10, and a photo knows its file, its size and its digest."""
    for name in ("img10.png", "img2.png", "IMG1.png"):
        save(tmp_path, name)
    photos = find_photos(tmp_path, resolution=64)
    assert [photo.name for photo in photos] == ["IMG1.png", "img2.png", "img10.png"]
    assert photos[0].path == tmp_path / "IMG1.png"
    assert (photos[0].width, photos[0].height) == (96, 64)
    assert photos[0].digest == hashlib.sha256((tmp_path / "IMG1.png").read_bytes()).hexdigest()
    assert photos[0].load().tobytes() == noise(seed=sum(b"IMG1.png")).tobytes()


def test_what_lies_beside_photos_is_passed_over(tmp_path: Path) -> None:
    """Jupyter's checkpoints, captions and the leftovers of file managers are in every folder, and no problem."""
    save(tmp_path, "dog.jpg")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    save(tmp_path / ".ipynb_checkpoints", "dog-checkpoint.jpg")
    (tmp_path / "rejected").mkdir()
    save(tmp_path / "rejected", "cat.jpg")
    for name in ("dog.txt", "LICENSE.TXT", "Thumbs.db", ".DS_Store", "._dog.jpg", "desktop.ini"):
        (tmp_path / name).write_bytes(b"\0")
    checked = check_photos(tmp_path, 64)
    assert [photo.name for photo in checked.photos] == ["dog.jpg"]
    assert checked.warnings == ()


def test_every_problem_is_in_one_error(tmp_path: Path) -> None:
    """One line per file: what is wrong, and what to do."""
    save(tmp_path, "good.jpg")
    (tmp_path / "notes.xlsx").write_bytes(b"PK\x03\x04 not a picture")
    (tmp_path / "empty.png").touch()
    (tmp_path / "page.jpg").write_bytes(b"<html>404</html>")
    (tmp_path / "clip.mov").write_bytes(b"\0\0\0\x14ftypqt  ")
    (tmp_path / "shot.CR2").write_bytes(b"II*\0")
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "layers.psd").write_bytes(b"8BPS")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    save(tmp_path, "tiny.png", noise(15, 90))
    whole = save(tmp_path, "cut.jpg", noise(200, 200)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    whole = save(tmp_path, "cut.png", noise(200, 200)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bomb.png").write_bytes(png_header(30000, 30000))
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    # A phone's HEIC that was given another name is told apart by its first bytes.
    (tmp_path / "renamed.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(PhotoError) as caught:
        find_photos(tmp_path, resolution=64)
    head, *lines = str(caught.value).splitlines()
    assert head == f"14 of 15 photos in {tmp_path} cannot be used:"
    said = dict(line.removeprefix("- ").split(" ", 1) for line in lines)
    assert said.pop("notes.xlsx") == "is not a picture: move it out of the folder."
    assert said.pop("empty.png") == "is empty (0 bytes): copy it again, or leave it out."
    assert said.pop("page.jpg") == "is damaged, or is not what its name says: copy it again, or leave it out."
    assert said.pop("clip.mov") == "is a video: save some of its frames as pictures."
    assert said.pop("shot.CR2") == "is a camera's raw file: export it as JPEG or PNG."
    assert said.pop("logo.svg") == "is a drawing, not pixels: export it as PNG."
    assert said.pop("layers.psd") == "is a Photoshop file: export it as PNG."
    assert said.pop("gone.png") == "cannot be read (No such file or directory): copy it again, or leave it out."
    assert said.pop("tiny.png") == (
        "is 15 x 90 pixels, and a side needs a quarter of the resolution, 16: use a larger copy, or a resolution "
        "below 64."
    )
    assert said.pop("cut.jpg").startswith("is truncated or damaged (")
    assert said.pop("cut.png").startswith("is truncated or damaged (")
    assert said.pop("bomb.png").startswith("unpacks to more than 89478485 pixels: save it smaller")
    heic = "is a HEIC picture, for which no reader is installed: convert it to JPEG, or install pillow-heif"
    assert said.pop("phone.heic").startswith(heic)
    assert said.pop("renamed.jpg").startswith(heic)
    assert not said


def test_warnings_are_returned_and_stop_nothing(tmp_path: Path) -> None:
    """Photos that are scaled up, repeated, or moving are used, and said to be."""
    save(tmp_path, "a.png", noise(64, 64, 1))
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    save(tmp_path, "low.png", noise(40, 80, 2))
    frames = [noise(64, 64, seed) for seed in (3, 4)]
    for name in ("moving.gif", "moving.png", "moving.webp", "pages.tif"):
        save(tmp_path, name, frames[0], save_all=True, append_images=frames[1:])
    checked = check_photos(tmp_path, 64)
    assert len(checked.photos) == 7
    assert checked.warnings == (
        "b.png is the same picture as a.png, and counts twice.",
        "low.png is 40 x 80 pixels, and is scaled up to 64: a larger copy is sharper.",
        "moving.gif holds several pictures, and the first is used.",
        "moving.png holds several pictures, and the first is used.",
        "moving.webp holds several pictures, and the first is used.",
        "pages.tif holds several pictures, and the first is used.",
    )
    moving = next(photo for photo in checked.photos if photo.name == "moving.png")
    assert moving.load().tobytes() == frames[0].tobytes()


def test_a_phone_s_jpeg_with_a_depth_map_is_one_photo(tmp_path: Path) -> None:
    """Many phones store a second picture behind the first (MPO), which is nothing to warn about."""
    save(tmp_path, "a.jpg", noise(64, 64, 1), format="MPO", save_all=True, append_images=[noise(64, 64, 2)])
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "MPO"
    checked = check_photos(tmp_path, 64)
    assert len(checked.photos) == 1
    assert checked.warnings == ()


def test_a_picture_between_pil_s_two_limits_is_refused(tmp_path: Path) -> None:
    """PIL itself only warns up to twice its limit."""
    (tmp_path / "a.png").write_bytes(png_header(10000, 10000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with pytest.raises(PhotoError, match=r"a\.png unpacks to more than 89478485 pixels: save it smaller"):
            find_photos(tmp_path, resolution=64)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """What is no file is refused without opening it."""
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PhotoError, match=r"pipe\.png is not a file: take it out of the folder"):
        find_photos(tmp_path, resolution=64)


def test_a_list_may_mix_files_and_pictures(tmp_path: Path) -> None:
    """Names stay unique, and the order is that of the list."""
    (tmp_path / "more").mkdir()
    first, second = save(tmp_path, "dog.png"), save(tmp_path / "more", "dog.png", noise(seed=99))
    photos = find_photos([str(first), second, noise(seed=1), second.as_uri(), noise(seed=2)], resolution=64)
    assert [photo.name for photo in photos] == ["dog.png", "dog-2.png", "image-2", "dog-3.png", "image-4"]
    assert [photo.path for photo in photos] == [first, second, None, second, None]
    assert photos[1].digest == photos[3].digest
    assert photos[2].load().tobytes() == noise(seed=1).tobytes()


def test_one_file_or_one_picture_will_do(tmp_path: Path) -> None:
    """A single photo needs no folder and no list."""
    path = save(tmp_path, "a dog.png")
    assert names(path) == names(str(path)) == names(path.as_uri()) == ["a dog.png"]
    assert names(tmp_path.as_uri()) == ["a dog.png"]
    assert names(noise()) == ["image-0"]


def test_the_directory_may_change_after_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that changes its directory does not lose the photos of a run."""
    save(tmp_path, "a.png")
    monkeypatch.chdir(tmp_path)
    (photo,) = find_photos("a.png", resolution=64)
    monkeypatch.chdir("/")
    assert photo.load().size == (96, 64)


def test_pictures_of_equal_pixels_have_equal_digests() -> None:
    """The digest of a picture that never was a file tells its shape apart too."""
    wide, tall = Image.new("RGB", (64, 32)), Image.new("RGB", (32, 64))
    one, two, three = find_photos([wide, wide.copy(), tall], resolution=32)
    assert one.digest == two.digest != three.digest


def test_a_picture_is_copied(tmp_path: Path) -> None:
    """Drawing on it afterwards, on either side, does not change what is trained on."""
    given = quarters()
    (photo,) = find_photos(given, resolution=64)
    given.paste((0, 0, 0), (0, 0, 50, 50))
    photo.load().paste((0, 0, 0), (0, 0, 50, 50))
    assert photo.load().tobytes() == quarters().tobytes()


def test_problems_of_a_list_are_said_together(tmp_path: Path) -> None:
    """Whatever a list may hold by mistake, one error names all of it, by the name that was given."""
    save(tmp_path, "dog.png")
    closed = Image.open(io.BytesIO(save(tmp_path, "x.png").read_bytes()))
    closed.close()
    with pytest.raises(PhotoError) as caught:
        find_photos(
            [
                "https://example.org/dog.jpg",
                "file://photos/dog.jpg",
                tmp_path,
                tmp_path / "dgo.png",
                tmp_path / "*.png",
                noise().tobytes(),
                closed,
                noise(10, 10),
                tmp_path / "dog.png",
            ],
            resolution=64,
        )
    head, *lines = str(caught.value).splitlines()
    assert head == "8 of 9 photos cannot be used:"
    assert lines[:6] == [
        "- https://example.org/dog.jpg is not on this machine: download it first, and name the file.",
        "- file://photos/dog.jpg names the machine 'photos': a file URL has three slashes, file:///folder/a.jpg",
        f"- {tmp_path} is a folder: name it alone, or list the files in it.",
        f"- there is no file or folder {tmp_path}/dgo.png. Did you mean 'dog.png'?",
        f"- there is no file {tmp_path}/*.png, and a pattern is not expanded: name the folder, or give a list of "
        "files.",
        "- a photo is a file or a PIL image, not bytes: Image.fromarray makes one of an array.",
    ]
    assert lines[6].startswith("- image-6 cannot be read (")
    assert lines[7].startswith("- image-7 is 10 x 10 pixels, and a side needs a quarter of the resolution, 16")


def test_an_http_url_alone_is_refused() -> None:
    """Nothing is fetched behind anybody's back."""
    with pytest.raises(PhotoError, match=r"https://example.org/photos is not on this machine: download it first"):
        find_photos("https://example.org/photos", resolution=64)


def test_a_missing_folder_knows_its_siblings(tmp_path: Path) -> None:
    """The sentence names the whole path, since a wrong directory is the usual cause, and the step that is missing."""
    (tmp_path / "photos").mkdir()
    with pytest.raises(PhotoError, match=rf"there is no file or folder {tmp_path}/photo\. Did you mean 'photos'\?"):
        find_photos(tmp_path / "photo", resolution=64)
    with pytest.raises(PhotoError, match=rf"there is no folder {tmp_path}/photo\. Did you mean 'photos'\?"):
        find_photos(tmp_path / "photo" / "dog" / "a.jpg", resolution=64)


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    """A folder with captions only is as empty."""
    (tmp_path / "dog.txt").write_text("sks dog")
    (tmp_path / "more").mkdir()
    with pytest.raises(PhotoError, match="holds no pictures: put 3 to 20 photos of the subject into it"):
        find_photos(tmp_path, resolution=64)


def test_a_folder_of_folders_names_the_ones_with_pictures(tmp_path: Path) -> None:
    """An unpacked archive often has its photos one level down."""
    for name, count in (("cat", 1), ("dog", 2), ("texts", 0), (".ipynb_checkpoints", 1)):
        (tmp_path / name).mkdir()
        for index in range(count):
            save(tmp_path / name, f"{index}.jpg")
    with pytest.raises(
        PhotoError,
        match=rf"holds no pictures itself, only folders that do: cat \(1\), dog \(2\)\. .* as in {tmp_path}/cat",
    ):
        find_photos(tmp_path, resolution=64)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [([], "the list of photos is empty: name at least one"), (7, "photos are a folder, a file, or a list .* not int")],
)
def test_a_source_that_is_none_is_refused(source: object, sentence: str) -> None:
    """An empty list and a number are no photos."""
    with pytest.raises(PhotoError, match=sentence):
        find_photos(source, resolution=64)


def test_a_photo_that_vanishes_says_so(tmp_path: Path) -> None:
    """The file is read again when it is needed."""
    path = save(tmp_path, "a.png")
    (photo,) = find_photos(path, resolution=64)
    path.unlink()
    with pytest.raises(PhotoError, match=r"a\.png was a photo when the run began and cannot be read now"):
        photo.load()


def test_photos_compare_by_what_they_are(tmp_path: Path) -> None:
    """Two checks of one folder give equal photos."""
    save(tmp_path, "a.png")
    one, two = find_photos(tmp_path, resolution=64), find_photos(tmp_path, resolution=64)
    assert one == two
    assert isinstance(one[0], Photo)
    assert hash(one) == hash(two)


def test_a_photo_of_40_megapixels_is_checked_in_little_memory(tmp_path: Path) -> None:
    """A JPEG is decoded at an eighth for the check and for planning crops; as RGB it would be 160 MB."""
    big = noise(100, 62).resize((8000, 5000), Image.Resampling.BILINEAR)
    save(tmp_path, "big.jpg", big)
    save(tmp_path, "small.jpg", noise(64, 64))
    script = """
import re, sys
from pathlib import Path
import numpy as np
from jupyter_spaces.train.data import find_photos, plan_crops

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def look(name):
    (photo,) = find_photos(Path(sys.argv[1]) / name, resolution=512 if name == "big.jpg" else 64)
    plan_crops(photo, 4, "smart", 512, False, np.random.default_rng(0))
    return peak()

assert "torch" not in sys.modules
before = look("small.jpg")
print(look("big.jpg") - before)
"""
    ran = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 40
