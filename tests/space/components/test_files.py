"""File, Files, Video, Model3D, and where uploads go."""

from __future__ import annotations

import contextvars
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import Blob, File, Files, Image, Model3D, Video
from jupyter_spaces.space.components.content import extension_for, matches, sniff
from jupyter_spaces.space.uploads import safe_name, store_upload, upload_folder, use_upload_folder


def wire(data: bytes, name: str | None, mime: str = "application/octet-stream") -> Any:
    return {"name": name, "data": Blob(data, mime).to_url()}


def test_an_upload_becomes_a_path_below_the_upload_folder_under_a_safe_name() -> None:
    path = File().from_json(wire(b"hello", "../../etc/pass wd.txt"))
    assert path.name == "pass wd.txt"
    assert path.is_relative_to(upload_folder())
    assert path.read_bytes() == b"hello"


def test_two_uploads_of_one_name_do_not_meet() -> None:
    first, second = (File().from_json(wire(data, "a.txt")) for data in (b"1", b"2"))
    assert (first.name, second.name) == ("a.txt", "a.txt")
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert File().from_json(wire(b"1", "a.txt")) == first


def test_a_session_keeps_its_uploads_to_itself(tmp_path: Path) -> None:
    with use_upload_folder(tmp_path):
        inside = store_upload(b"x", "a.txt")
        # The folder travels with the context, into the worker that runs the job.
        assert contextvars.copy_context().run(upload_folder) == tmp_path
    assert inside.is_relative_to(tmp_path)
    assert upload_folder() != tmp_path


def test_the_process_folder_is_removed_at_exit() -> None:
    code = "from jupyter_spaces.space.uploads import store_upload; print(store_upload(b'x', 'a.txt'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    path = Path(done.stdout.strip())
    assert path.name == "a.txt"
    assert not path.exists()
    assert not path.parent.parent.exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.png", "photo.png"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("../../.bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("-rf.txt", "rf.txt"),
        ("$(reboot);`id`.sh", "_(reboot)__id_.sh"),
        ("CON.txt", "_CON.txt"),
        ("größe 1 (copy).csv", "größe 1 (copy).csv"),
        ("a\0b\n.txt", "a_b_.txt"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None), max_size=80))
def test_no_name_leaves_the_folder_or_fails_to_be_written(name: str) -> None:
    path = store_upload(b"x", name)
    assert path.parent.parent == upload_folder()
    assert path.read_bytes() == b"x"


def test_the_type_of_a_file_is_checked_by_content_and_by_name() -> None:
    images = File(["image/*"])
    assert images.from_json(wire(Image().encode(Image().example()).data, "a.png")).name == "a.png"
    with pytest.raises(InputError, match=r"'a.pdf' \(application/pdf\) is not accepted here: give 'image/\*'"):
        images.from_json(wire(b"%PDF-1.7", "a.pdf"))
    with pytest.raises(InputError, match=r"'a.png' is not what its name says: its content is application/pdf"):
        images.from_json(wire(b"%PDF-1.7", "a.png", "image/png"))
    with pytest.raises(InputError, match=r"'a.txt' \(text/plain\) is not accepted here: give '.csv'"):
        File([".CSV"]).from_json(wire(b"a,b", "a.txt"))
    with pytest.raises(InputError, match=r"'a.csv' is not what its name says: its content is application/x-elf"):
        File([".csv"]).from_json(wire(b"\x7fELF....", "a.csv"))
    # Without `accept` any file is welcome, whatever it is called.
    assert File().from_json(wire(b"%PDF-1.7", "a.png")).name == "a.png"


def test_a_result_must_be_a_file_that_exists(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("r")
    assert File().check(str(tmp_path / "r.txt")) == tmp_path / "r.txt"
    assert File().encode(tmp_path / "r.txt") == Blob(b"r", "text/plain", "r.txt")
    with pytest.raises(InputError, match="is not the path of a file: there is no such file"):
        File().check(tmp_path / "missing.txt")
    with pytest.raises(InputError, match="is not the path of a file: it is a folder"):
        File().check(tmp_path)
    with pytest.raises(InputError, match="3 is not accepted here: give the path of a file"):
        File().check(3)


def test_a_file_has_a_largest_size_in_both_directions(tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(200 * 10**6)  # sparse: takes no disk
    with pytest.raises(InputError, match=r"The file has 190\.7 MiB; at most 64 MiB are accepted"):
        File().check(big)
    with pytest.raises(InputError, match="The file has 11 bytes; at most 10 bytes are accepted"):
        File(max_size=10).from_json(wire(b"x" * 11, None))


def test_files_have_a_number_and_a_total() -> None:
    files = Files(max_items=2, max_total=5)
    with pytest.raises(InputError, match="There are 3 files; at most 2 are accepted"):
        files.from_json([wire(b"x", None)] * 3)
    with pytest.raises(InputError, match="The files have 6 bytes together; at most 5 bytes are accepted"):
        files.from_json([wire(b"123", "a"), wire(b"456", "b")])
    with pytest.raises(InputError, match="at most 5 bytes are accepted"):
        Files(type="bytes", max_total=5).check([b"1234", b"5678"])
    with pytest.raises(DefinitionError, match="Files has max_items=0"):
        Files(max_items=0)


@pytest.mark.parametrize(
    "bad", ["x", {"name": "a"}, {"data": "x", "path": "/etc/passwd"}, {"path": "/etc/passwd"}, None, 3]
)
def test_wrong_wire_forms_of_a_file_are_refused(bad: Any) -> None:
    with pytest.raises(InputError):
        File().from_json(bad)
    with pytest.raises(InputError, match="The name of a file is text of at most 255 characters"):
        File().from_json({"name": "x" * 256, "data": "data:text/plain;base64,"})


def test_a_file_example_is_of_an_accepted_type() -> None:
    assert File([".csv"]).example().suffix == ".csv"
    assert File(["image/*"]).example().suffix == ".png"
    with pytest.raises(InputError, match=r"No example of its own fits this File: 'example' .* give 'audio/"):
        File(["audio/*"]).example()


def test_the_recorders_codec_parameter_is_understood() -> None:
    webm = Video().encode(Video().example()).data
    url = Blob(webm, "video/webm").to_url().replace("video/webm;", "video/webm;codecs=vp8,opus;")
    assert Video().from_json({"name": None, "data": url}).suffix == ".webm"


def test_a_video_is_a_film_by_its_content() -> None:
    with pytest.raises(InputError, match=r"'a.mp4' is not what its name says: its content is image/png"):
        Video().from_json(wire(Image().encode(Image().example()).data, "a.mp4"))
    with pytest.raises(DefinitionError, match="Video has sources="):
        Video(sources=["screen"])


def test_known_signatures() -> None:
    for data, mime in (
        (b"\x00\x00\x00\x18ftypavif....", "image/avif"),
        (b"\x00\x00\x00\x18ftypisom....", "video/mp4"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"XXXX....WEBPVP8 ", None),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"BM is how this text begins", None),
        (b"", None),
    ):
        assert sniff(data) == mime
    assert matches("video/webm", "audio/webm")
    assert not matches("image/png", "audio/*")
    assert extension_for("image/jpeg") == ".jpg"


# Model3D


def test_a_gltf_that_points_outside_itself_is_refused() -> None:
    inline = {"asset": {}, "buffers": [{"uri": "data:application/octet-stream;base64,AAAA"}]}
    assert Model3D().from_json(wire(json.dumps(inline).encode(), "a.gltf")).suffix == ".gltf"
    for scene in (
        {"buffers": [{"uri": "https://example.org/x.bin"}]},
        {"images": [{"uri": "../secret.png"}]},
        {"extensions": {"MPEG_media": {"media": [{"alternatives": [{"uri": "http://127.0.0.1:8888/api"}]}]}}},
        {"buffers": [{"uri": 3}]},
    ):
        with pytest.raises(InputError, match="which is not in it: export it as one GLB file"):
            Model3D().from_json(wire(json.dumps(scene).encode(), "a.gltf"))
    with pytest.raises(InputError, match="The file is not a glTF scene that can be read"):
        Model3D().from_json(wire(b"{]", "a.gltf"))
    with pytest.raises(InputError, match="The GLB file is damaged"):
        Model3D().from_json(wire(b"glTF\x02\x00\x00\x00", "a.glb"))


def test_a_model_is_one_of_the_known_formats() -> None:
    assert Model3D().from_json(wire(b"v 0 0 0\n", "a.obj")).suffix == ".obj"
    with pytest.raises(
        InputError, match=r"'a.fbx' .* is not accepted here: give '.glb', '.gltf', '.obj', '.stl', '.ply'"
    ):
        Model3D().from_json(wire(b"Kaydara", "a.fbx"))
    with pytest.raises(DefinitionError, match="An option of this Model3D is refused: 'black' is not a colour"):
        Model3D(background="black")
