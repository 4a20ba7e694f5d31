"""The photos of a subject, all looked at before anything is loaded or trained.

Most failed runs fail on a file: a folder that Jupyter made, a caption read as a picture, a HEIC from a phone, a
truncated copy. A trainer that opens photos when it needs them says so one at a time, minutes into the run. Here every
file is decoded once up front, and every problem is in one `PhotoError`, a line per file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from jupyter_spaces.errors import PhotoError
from jupyter_spaces.train.data.sources import PICTURE_SUFFIXES, Candidate, Candidates, candidates
from jupyter_spaces.train.data.upright import as_rgb, draft, is_animated, open_picture, turned, upright, upright_size

# Files that come with photos and are something else. A raw file's thumbnail would open as TIFF, so the name decides.
_RAW = "a camera's raw file: export it as JPEG or PNG"
_VIDEO = "a video: save some of its frames as pictures"
_DRAWING = "a drawing, not pixels: export it as PNG"
_ELSE = {
    **dict.fromkeys((".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2"), _RAW),
    **dict.fromkeys((".mov", ".mp4", ".m4v", ".avi", ".mkv", ".webm"), _VIDEO),
    **dict.fromkeys((".svg", ".eps", ".ai", ".pdf"), _DRAWING),
    ".psd": "a Photoshop file: export it as PNG",
}
# ISO/IEC 23008-12, annex B: the brands of HEIC in the file type box. mif1 and msf1 are AVIF's too, which is read.
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_CHECKED_SIDE = 64


@dataclass(frozen=True)
class Photo:
    """A photo that can be read. Width and height are upright pixels; `digest` is the SHA-256 of the file's bytes, or of
    the pixels of a picture that never was a file."""

    name: str  # unique among the photos of a run
    path: Path | None
    width: int
    height: int
    digest: str
    picture: Image.Image | None = field(default=None, repr=False, compare=False)

    def load(self) -> Image.Image:
        """The whole picture, upright, in RGB. Raises `PhotoError` when the file can no longer be read."""
        return self._read(None)

    def thumbnail(self, side: int) -> Image.Image:
        """The picture at most `side` pixels wide and high, never enlarged. A large JPEG is decoded at a fraction."""
        picture = self._read(side)
        picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return picture

    def _read(self, side: int | None) -> Image.Image:
        if self.picture is not None:
            return self.picture.copy()
        assert self.path is not None, "a photo is a file or a picture"
        try:
            with open_picture(self.path) as image:
                if side is not None:
                    draft(image, side)
                return upright(image)
        except Exception as error:  # PIL's readers raise whatever their parsing meets
            raise PhotoError(
                f"{self.path} was a photo when the run began and cannot be read now ({error}): put it back, or start "
                "again without it."
            ) from error


@dataclass(frozen=True)
class Checked:
    """Photos, and sentences about what is worth knowing and stops nothing."""

    photos: tuple[Photo, ...]
    warnings: tuple[str, ...]


def find_photos(source: Any, *, resolution: int) -> tuple[Photo, ...]:
    """The photos of a folder (in natural order), a file, or a list of files, `file://` URLs and PIL images.

    `resolution` is the side of the training pictures. Raises `PhotoError` with a line for every unusable file.
    """
    return check_photos(source, resolution).photos


def check_photos(source: Any, resolution: int) -> Checked:
    """As `find_photos`, with the warnings: photos that are scaled up, repeated, or the first frame of several."""
    given = candidates(source)
    photos: list[Photo] = []
    notes: list[str] = []
    problems = list(given.problems)
    seen: dict[str, str] = {}
    for candidate in given.found:
        try:
            photo, more = _checked(candidate, resolution)
        except PhotoError as refusal:
            problems.append(str(refusal))
            continue
        photos.append(photo)
        notes += more
        if photo.digest in seen:
            notes.append(f"{candidate.label} is the same picture as {seen[photo.digest]}, and counts twice.")
        seen.setdefault(photo.digest, candidate.label)
    if problems:
        raise PhotoError(_all_of(problems, given))
    return Checked(tuple(photos), tuple(notes))


def _all_of(problems: list[str], given: Candidates) -> str:
    total = len(given.found) + len(given.problems)
    where = f" in {given.where}" if given.where else ""
    return f"{len(problems)} of {total} photos{where} cannot be used:\n" + "\n".join(f"- {line}" for line in problems)


def _checked(candidate: Candidate, resolution: int) -> tuple[Photo, list[str]]:
    """The photo and its warnings. Raises `PhotoError` with the file's line."""
    if isinstance(candidate.content, Image.Image):
        return _from_memory(candidate, candidate.content, resolution)
    return _from_file(candidate, candidate.content, resolution)


def _from_memory(candidate: Candidate, image: Image.Image, resolution: int) -> tuple[Photo, list[str]]:
    try:
        picture = upright(image)
    except Exception as error:
        raise PhotoError(f"{candidate.label} cannot be read ({error}): give a picture that is still open.") from error
    notes = _size_notes(candidate.label, picture.size, resolution)
    digest = hashlib.sha256(f"{picture.width}x{picture.height}".encode() + picture.tobytes()).hexdigest()
    return Photo(candidate.name, None, *picture.size, digest, picture), notes


def _from_file(candidate: Candidate, path: Path, resolution: int) -> tuple[Photo, list[str]]:
    label = candidate.label
    if (other := _ELSE.get(path.suffix.casefold())) is not None:
        raise PhotoError(f"{label} is {other}.")
    head, digest = _bytes_of(label, path)
    try:
        with open_picture(path) as image:
            size = upright_size(image)
            # PIL itself only warns here, and refuses twice the size, which is the whole memory of many a notebook.
            if Image.MAX_IMAGE_PIXELS is not None and size[0] * size[1] > Image.MAX_IMAGE_PIXELS:
                raise Image.DecompressionBombError
            notes = _size_notes(label, size, resolution)
            if is_animated(image):
                notes.append(f"{label} holds several pictures, and the first is used.")
            draft(image, _CHECKED_SIDE)
            as_rgb(turned(image))  # all that `load` does, so that it will not fail later
    except PhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoError(
            f"{label} unpacks to more than {Image.MAX_IMAGE_PIXELS} pixels: save it smaller, 4000 pixels wide, say."
        ) from None
    except UnidentifiedImageError:
        raise PhotoError(_not_a_picture(label, path, head)) from None
    except Exception as error:  # PIL's readers raise whatever their parsing meets
        raise PhotoError(f"{label} is truncated or damaged ({error}): copy it again, or leave it out.") from error
    return Photo(candidate.name, path, *size, digest), notes


def _bytes_of(label: str, path: Path) -> tuple[bytes, str]:
    """The file's first bytes, and its digest."""
    if path.exists() and not path.is_file():
        raise PhotoError(f"{label} is not a file: take it out of the folder.")  # a pipe would be waited for
    try:
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PhotoError(f"{label} cannot be read ({error.strerror}): copy it again, or leave it out.") from None
    if not head:
        raise PhotoError(f"{label} is empty (0 bytes): copy it again, or leave it out.")
    return head, digest


def _size_notes(label: str, size: tuple[int, int], resolution: int) -> list[str]:
    width, height = size
    if 4 * min(size) < resolution:
        raise PhotoError(
            f"{label} is {width} x {height} pixels, and a side needs a quarter of the resolution, "
            f"{-(-resolution // 4)}: use a larger copy, or a resolution below {resolution}."
        )
    if min(size) < resolution:
        return [f"{label} is {width} x {height} pixels, and is scaled up to {resolution}: a larger copy is sharper."]
    return []


def _not_a_picture(label: str, path: Path, head: bytes) -> str:
    if path.suffix.casefold() in (".heic", ".heif") or (head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS):
        return (
            f"{label} is a HEIC picture, for which no reader is installed: convert it to JPEG, or install pillow-heif "
            "and call pillow_heif.register_heif_opener()."
        )
    if path.suffix.casefold() in PICTURE_SUFFIXES:
        return f"{label} is damaged, or is not what its name says: copy it again, or leave it out."
    return f"{label} is not a picture: move it out of the folder."
