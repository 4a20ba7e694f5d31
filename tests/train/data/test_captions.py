"""Captions come from the prompt, from files or from names, and say so when they lack the subject's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_spaces.errors import ConfigError, PhotoError
from jupyter_spaces.train.data import Photo, caption_warnings, captions_for, find_photos, without_subject
from jupyter_spaces.train.data.captions import subject_words
from tests.train.data.scenes import noise, save

PROMPT, CLASS = "a photo of sks dog", "a photo of a dog"


def photos(folder: Path, *names: str) -> tuple[Photo, ...]:
    return find_photos([save(folder, name) for name in names], resolution=64)


def test_the_prompt_serves_all(tmp_path: Path) -> None:
    """DreamBooth as published."""
    assert captions_for(photos(tmp_path, "a.png", "b.png"), "prompt", PROMPT) == (PROMPT, PROMPT)


def test_files_beside_the_photos(tmp_path: Path) -> None:
    """The first line counts, with or without a byte order mark, whatever the photo's format."""
    found = photos(tmp_path, "a.png", "b.c.jpg", "d.webp")
    (tmp_path / "a.txt").write_text("sks dog on a beach\nsecond line\n", "utf-8")
    (tmp_path / "b.c.txt").write_text("  sks dog im Grünen  ", "utf-8-sig")
    (tmp_path / "d.txt").write_bytes(b"\r\nsks dog\r\n")
    assert captions_for(found, "files", PROMPT) == ("sks dog on a beach", "sks dog im Grünen", "sks dog")


def test_all_missing_files_are_named_in_one_sentence(tmp_path: Path) -> None:
    """Missing, empty and not UTF-8 are told apart."""
    found = photos(tmp_path, "a.png", "b.png", "c.png", "d.png", "e.png")
    (tmp_path / "a.txt").write_text("sks dog")
    (tmp_path / "c.txt").write_text(" \n")
    (tmp_path / "d.txt").write_bytes("Grün".encode("latin-1"))
    with pytest.raises(
        PhotoError,
        match=r"files needs a UTF-8 text file beside every photo: b\.txt, e\.txt \(missing\); c\.txt \(empty\); d\.txt "
        r"\(not UTF-8\)\. Write one line into each, or use captions: prompt\.",
    ):
        captions_for(found, "files", PROMPT)


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("a_red-toy 3.jpg", "a red toy"),
        ("sks dog on a beach.jpg", "sks dog on a beach"),
        ("sks-dog (2).jpg", "sks dog"),
        ("sks dog 2 balls 10.jpg", "sks dog 2 balls"),
        ("ein großer hund_007.png", "ein großer hund"),
        ("cafe\u0301.png", "caf\u00e9"),
    ],
)
def test_names_are_read_as_words(tmp_path: Path, name: str, caption: str) -> None:
    """Separators become spaces, and the numbers that tell copies apart fall away."""
    assert captions_for(photos(tmp_path, name), "names", PROMPT) == (caption,)


def test_names_without_words_are_named(tmp_path: Path) -> None:
    """A camera's counting is no caption."""
    found = photos(tmp_path, "sks dog.png", "0001.png", "20240101_120000.png")
    with pytest.raises(PhotoError, match=r"there are none in 0001\.png, 20240101_120000\.png\. Rename them, as in"):
        captions_for(found, "names", PROMPT)


@pytest.mark.parametrize("mode", ["files", "names"])
def test_pictures_in_memory_have_only_the_prompt(mode: str) -> None:
    """What was never a file has neither a name nor a file beside it."""
    found = find_photos([noise(seed=1), noise(seed=2)], resolution=64)
    with pytest.raises(PhotoError, match=f"captions: {mode} needs files, and these photos are none: image-0, image-1"):
        captions_for(found, mode, PROMPT)
    assert captions_for(found, "prompt", PROMPT) == (PROMPT, PROMPT)


def test_an_unknown_mode_is_refused() -> None:
    """The three modes are those of the config."""
    with pytest.raises(ConfigError, match=r"captions: 'blip' does not fit\. It takes one of prompt, files, names"):
        captions_for((), "blip", PROMPT)


@pytest.mark.parametrize(
    ("instance", "of_class", "words"),
    [
        (PROMPT, CLASS, ("sks",)),
        ("a photo of <sks> dog", "a dog", ("sks",)),
        ("Ohwx man", "man", ("ohwx",)),
        ("a photo of olis backpack, red", "a backpack", ("olis", "red")),
        ("a dog", "a dog", ()),
        (PROMPT, None, ()),
    ],
)
def test_the_subject_s_words(instance: str, of_class: str | None, words: tuple[str, ...]) -> None:
    """What the instance prompt has beyond the class prompt and the frame that prompts share."""
    assert subject_words(instance, of_class) == words


def test_captions_without_the_subject_s_word_are_found() -> None:
    """Case and punctuation do not matter; a part of another word does not count."""
    captions = ("SKS dog, asleep", "a dog on a beach", "the dog sks's ball", "a sksy dog", "<sks> dog")
    assert without_subject(captions, PROMPT, CLASS) == (1, 3)
    assert without_subject(captions, PROMPT, None) == ()
    assert without_subject(captions, CLASS, CLASS) == ()


def test_the_warning_names_the_files(tmp_path: Path) -> None:
    """One sentence for all of them, and none when all is well."""
    found = photos(tmp_path, "a.png", "b.png", "c.png")
    (warning,) = caption_warnings(found, ("a dog", "sks dog", "dog"), PROMPT, CLASS)
    assert warning.startswith("the captions of a.png, c.png do not say 'sks', so these photos teach the class")
    assert caption_warnings(found, (PROMPT,) * 3, PROMPT, CLASS) == ()
