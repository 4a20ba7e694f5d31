"""The words that go with each photo.

One prompt for all photos is DreamBooth as published; a text of its own for each lets the prompt carry what is not the
subject (a beach, a shelf), so that it is not learned as part of it. A caption without the subject's rare word teaches
the class instead of the subject, which no loss shows: that is worth a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from jupyter_spaces.errors import ConfigError, PhotoError
from jupyter_spaces.train.data.photos import Photo

# The frame of a prompt: "a photo of sks dog" beside the class prompt "a dog" differs by these too.
_FRAME = frozenset(("a", "an", "the", "of", "my", "in", "on", "photo", "picture", "image", "painting", "style"))


def captions_for(photos: Sequence[Photo], mode: str, instance_prompt: str) -> tuple[str, ...]:
    """A caption for each photo, in order.

    `mode` is "prompt" (the instance prompt for all), "files" (the first line of the UTF-8 .txt file of the same stem
    beside the photo) or "names" (the words of the file's name). Raises `PhotoError` that names every photo without one.
    """
    if mode == "prompt":
        return (instance_prompt,) * len(photos)
    if mode not in ("files", "names"):
        raise ConfigError(f"captions: {mode!r} does not fit. It takes one of prompt, files, names.", field="captions")
    loose = [photo.name for photo in photos if photo.path is None]
    if loose:
        raise PhotoError(f"captions: {mode} needs files, and these photos are none: {', '.join(loose)}. Use "
                         "captions: prompt, or save them with their captions.")  # fmt: skip
    return _from_files(photos) if mode == "files" else _from_names(photos)


def caption_warnings(
    photos: Sequence[Photo], captions: Sequence[str], instance_prompt: str, class_prompt: str | None
) -> tuple[str, ...]:
    """At most one sentence: which photos' captions do not name the subject."""
    names = [photos[index].name for index in without_subject(captions, instance_prompt, class_prompt)]
    if not names:
        return ()
    words = " ".join(subject_words(instance_prompt, class_prompt))
    return (
        f"the captions of {', '.join(names)} do not say {words!r}, so these photos teach the class and not your "
        "subject: write the word into them, or use captions: prompt.",
    )


def without_subject(captions: Sequence[str], instance_prompt: str, class_prompt: str | None) -> tuple[int, ...]:
    """The indices of the captions in which a word of `subject_words` is missing; none where there is no such word."""
    wanted = set(subject_words(instance_prompt, class_prompt))
    return tuple(index for index, caption in enumerate(captions) if not wanted <= set(_words(caption)))


def subject_words(instance_prompt: str, class_prompt: str | None) -> tuple[str, ...]:
    """The words that set the subject apart from its class: ("sks",) for "a photo of sks dog" and "a photo of a dog"."""
    if class_prompt is None:
        return ()
    common = _FRAME.union(_words(class_prompt))
    return tuple(dict.fromkeys(word for word in _words(instance_prompt) if word not in common))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _from_files(photos: Sequence[Photo]) -> tuple[str, ...]:
    captions: list[str] = []
    problems: dict[str, list[str]] = {}
    for photo in photos:
        assert photo.path is not None
        caption, problem = _first_line(photo.path.with_suffix(".txt"))
        captions.append(caption)
        if problem:
            problems.setdefault(problem, []).append(photo.path.with_suffix(".txt").name)
    if problems:
        said = "; ".join(f"{', '.join(names)} {problem}" for problem, names in problems.items())
        raise PhotoError(
            f"captions: files needs a UTF-8 text file beside every photo: {said}. Write one line into each, or use "
            "captions: prompt."
        )
    return tuple(captions)


def _first_line(file: Path) -> tuple[str, str]:
    """The caption, or what is wrong."""
    try:
        text = file.read_text("utf-8-sig").strip()
    except UnicodeDecodeError:
        return "", "(not UTF-8)"
    except OSError:
        return "", "(missing)"
    return (text.splitlines()[0].strip(), "") if text else ("", "(empty)")


def _from_names(photos: Sequence[Photo]) -> tuple[str, ...]:
    captions = [_said_by(photo.path.stem) for photo in photos if photo.path is not None]
    mute = [photo.name for photo, caption in zip(photos, captions, strict=True) if not caption]
    if mute:
        raise PhotoError(
            f"captions: names needs words in the files' names, and there are none in {', '.join(mute)}. Rename them, "
            "as in 'sks dog on a beach 1.jpg', or use captions: prompt."
        )
    return tuple(captions)


def _said_by(stem: str) -> str:
    """`a_red-toy 3` says "a red toy": numbers at the end, and the (2) of a copy, only tell files apart."""
    # macOS writes umlauts into names as two code points, which no tokenizer knows
    words = re.split(r"[\s_-]+", unicodedata.normalize("NFC", stem).strip(" _-"))
    while words and re.fullmatch(r"\(?\d*\)?", words[-1]):
        words.pop()
    return " ".join(words)
