"""Files in acknowledged chunks: what is lost, doubled, forged or too large."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from jupyter_spaces.errors import InputError
from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import widget_for
from jupyter_spaces.widgets.upload import CHUNK, Offer, Receiver, Upload, answer_fetch, file_name
from tests.widgets.fields.wire import Wire


def begin(size: Any, name: Any = "a.bin", key: str = "1") -> dict[str, Any]:
    return {"id": key, "step": "begin", "slot": "", "name": name, "size": size, "mime": ""}


def chunk(offset: Any, key: str = "1") -> dict[str, Any]:
    return {"id": key, "step": "chunk", "offset": offset}


def receiver(max_size: int = 10 * CHUNK) -> tuple[Receiver, list[Upload]]:
    arrived: list[Upload] = []
    return Receiver(max_size, arrived.append), arrived


CONTENT = bytes(range(256)) * 5000  # 1.28 MB: two chunks and a bit


@given(st.lists(st.sampled_from(["right", "lost", "doubled", "early"]), max_size=30))
def test_an_upload_arrives_whole_whatever_happens_to_its_chunks(events: list[str]) -> None:
    """The page sends what Python asks for; on the way chunks get lost, come twice, or at the wrong place."""
    target, arrived = receiver()
    answer = target.handle(begin(len(CONTENT)), [])
    while answer is not None and answer["step"] == "more":
        offset = answer["offset"]
        event = events.pop() if events else "right"
        part = CONTENT[offset : offset + CHUNK]
        if event == "lost":
            # Nobody answers; after a while the page asks again by saying the same.
            answer = target.handle(begin(len(CONTENT)), [])
            continue
        if event == "early":
            wrong = min(offset + CHUNK, len(CONTENT) - 1)
            answer = target.handle(chunk(wrong), [CONTENT[wrong : wrong + 1]])
            assert answer is not None
            assert answer["offset"] == offset
        answer = target.handle(chunk(offset), [part])
        if event == "doubled" and answer is not None and answer["step"] == "more":
            answer = target.handle(chunk(offset), [part])
    assert answer == {"jsp": "upload", "id": "1", "step": "done"}
    assert [upload.data for upload in arrived] == [CONTENT]
    # The last answer may have been lost as well: the page asks, and nothing arrives a second time.
    assert target.handle(begin(len(CONTENT)), []) == answer
    assert len(arrived) == 1


def test_a_file_above_the_limit_is_refused_before_it_is_sent() -> None:
    target, _ = receiver(64 * 2**20)
    answer = target.handle(begin(200 * 2**20, "film.mp4"), [])
    assert answer is not None
    assert (answer["step"], answer["error"]) == (
        "refused",
        "film.mp4 has 200 MiB; at most 64 MiB are accepted here.",
    )


def test_a_page_that_sends_more_than_it_announced_is_refused() -> None:
    target, arrived = receiver()
    target.handle(begin(10), [])
    answer = target.handle(chunk(0), [b"x" * 11])
    assert answer is not None
    assert answer["error"] == "a.bin sends more than it announced; try again."
    # And a chunk of any size above the agreed one, even if the total fits.
    target.handle(begin(3 * CHUNK, key="2"), [])
    answer = target.handle(chunk(0, key="2"), [b"x" * (CHUNK + 1)])
    assert answer is not None
    assert answer["step"] == "refused"
    assert arrived == []


@pytest.mark.parametrize("size", [None, -1, "12", 1.5, True])
def test_a_size_that_is_none_is_refused(size: Any) -> None:
    answer = receiver()[0].handle(begin(size), [])
    assert answer is not None
    assert answer["error"] == "The page did not say how large the file is; try again."


def test_an_upload_that_nobody_began_is_refused() -> None:
    answer = receiver()[0].handle(chunk(0), [b"x"])
    assert answer is not None
    assert answer["error"] == "The upload was interrupted; try again."


def test_pages_that_were_closed_in_the_middle_do_not_pile_up() -> None:
    target, _ = receiver()
    for number in range(20):
        target.handle(begin(5 * CHUNK, key=str(number)), [])
        target.handle(chunk(0, key=str(number)), [b"x" * CHUNK])
    assert len(target._incoming) <= 4


def test_a_cancelled_upload_is_forgotten() -> None:
    target, _ = receiver()
    target.handle(begin(5 * CHUNK), [])
    assert target.handle({"id": "1", "step": "cancel"}, []) is None
    assert target._incoming == {}


def test_an_empty_file_arrives() -> None:
    target, arrived = receiver()
    answer = target.handle(begin(0), [])
    assert answer is not None
    assert answer["step"] == "done"
    assert arrived[0].data == b""


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Users\\me\\cat.png", "cat.png"), (".bashrc", "bashrc"),
        ("a\x00b\n.txt", "ab.txt"),
        ("", "upload"), (None, "upload"), ("..", "upload"), ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)  # fmt: skip
def test_a_name_keeps_nothing_but_its_last_part(given_name: Any, kept: str) -> None:
    assert file_name(given_name) == kept


@given(st.text())
def test_no_name_leaves_its_folder(name: str) -> None:
    kept = file_name(name)
    assert kept
    assert not kept.startswith(".")
    assert not re.search(r"[/\\\x00]", kept)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_becomes_the_value_and_its_preview_comes_back(wire: Wire, picture: Image.Image) -> None:
    field = widget_for(c.Image())
    answer = wire.upload(field, png(picture), "photo.png", "image/png")
    assert answer["step"] == "done"
    assert field.value.size == (60, 40)
    assert field.value.getpixel((5, 5)) == (0, 0, 255)
    (shown,) = wire.updates(field, "_shown")
    assert (shown["data"]["mime"], shown["data"]["whole"]) == ("image/png", True)


def test_a_photo_of_forty_megabytes_arrives_and_only_a_preview_comes_back(wire: Wire) -> None:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((3700, 3700)).convert("RGB").save(buffer, "BMP")
    photo = buffer.getvalue()
    assert len(photo) > 40_000_000
    field = widget_for(c.Image())
    assert wire.upload(field, photo, "photo.bmp")["step"] == "done"
    assert field.value.size == (3700, 3700)
    shown = field._shown["data"]
    assert not shown["whole"]
    assert Image.open(io.BytesIO(shown["data"])).size == (1600, 1600)
    # Who saves it gets all of it.
    assert Image.open(io.BytesIO(wire.fetch(field, "value"))).size == (3700, 3700)


def test_what_is_not_what_it_says_is_refused_in_the_field(wire: Wire) -> None:
    field = widget_for(c.Image())
    answer = wire.upload(field, b"%PDF-1.7 not a picture", "photo.png", "image/png")
    assert answer["step"] == "refused"
    assert answer["error"].startswith("The file is not an image but application/pdf: give ")
    assert field.error == answer["error"]
    assert field.value is None


def test_a_field_that_only_shows_takes_no_upload(wire: Wire, picture: Image.Image) -> None:
    field = widget_for(c.Image(), interactive=False)
    message = {"jsp": "upload", **begin(100)}
    assert wire.tell(field, message) == []


def test_files_are_added_and_removed_one_by_one(wire: Wire) -> None:
    field = widget_for(c.Files([".txt"], max_items=2))
    wire.upload(field, b"one", "one.txt")
    wire.upload(field, b"two", "two.txt")
    assert [path.read_text() for path in field.value] == ["one", "two"]
    refused = wire.upload(field, b"three", "three.txt")
    assert refused["error"] == "There are 3 files; at most 2 are accepted."
    wire.say(field, {"remove": 0})
    assert [path.name for path in field.value] == ["two.txt"]
    assert [item["name"] for item in field._shown["data"]["items"]] == ["two.txt"]
    wire.say(field, {"remove": 5})
    assert field.error == "This one is gone already."
    wire.say(field, None)
    assert field.value is None


def test_a_gallery_grows_by_uploads(wire: Wire, picture: Image.Image) -> None:
    field = widget_for(c.Gallery())
    wire.upload(field, png(picture), "a.png")
    wire.upload(field, png(picture.rotate(90)), "b.png")
    assert len(field.value) == 2
    assert len(field._shown["data"]["items"]) == 2
    assert Image.open(io.BytesIO(wire.fetch(field, "1"))).size == (60, 40)


def test_a_file_is_fetched_in_chunks(wire: Wire, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(CONTENT)
    field = widget_for(c.File(), interactive=False)
    field.value = path
    assert field._shown["data"] == {"items": [{"name": "weights.bin", "size": len(CONTENT)}]}
    assert wire.fetch(field, "0") == CONTENT


@pytest.mark.parametrize(
    "name", ["1", "-1", "vendor/../field.js", "vendor/", "../field.js", "", "vendor/%2e%2e/x", "²"]
)
def test_nothing_else_can_be_fetched(wire: Wire, tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(b"x")
    for component, value in ((c.Files(), [tmp_path / "a"]), (c.File(), tmp_path / "a")):
        field = widget_for(component, interactive=False)
        field.value = value
        with pytest.raises(LookupError, match=r"This is not available any more; run the cell again\."):
            wire.fetch(field, name)


@pytest.mark.parametrize("offset", [-1, "0", None, True])
def test_a_forged_offset_is_refused(offset: Any) -> None:
    answer, parts = answer_fetch({"id": "1", "name": "x", "offset": offset}, lambda _: Offer(b"secret", "text/plain"))
    assert "error" in answer
    assert parts == []


def test_a_refused_upload_leaves_the_value_as_it_was(wire: Wire, picture: Image.Image) -> None:
    field = widget_for(c.Image(max_size=2000))
    wire.upload(field, png(picture), "a.png")
    before = field.value
    assert wire.upload(field, b"x" * 3000, "b.png")["step"] == "refused"
    assert wire.upload(field, b"x" * 1000, "c.png")["step"] == "refused"
    assert field.value is before


def test_a_raising_check_is_an_answer(wire: Wire) -> None:
    def refuse(upload: Upload) -> None:
        raise InputError("not this one")

    target = Receiver(100, refuse)
    target.handle(begin(1), [])
    assert target.handle(chunk(0), [b"x"]) == {"jsp": "upload", "id": "1", "step": "refused", "error": "not this one"}
