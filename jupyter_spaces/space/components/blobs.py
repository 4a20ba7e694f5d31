"""Bytes with a type: Blob, its data URL, and the components whose value is a file's content.

A data URL or nothing: no path and no web address is ever accepted from the wire, because reading one would hand out the
files of the machine, or of its network, to whoever can call the Space.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ClassVar, TypeVar

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, Find, refuse
from jupyter_spaces.space.components.content import extension_of, matches, mime_of_name, sniff
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.paths import read_file
from jupyter_spaces.space.components.wording import listed, shown, size_text

T = TypeVar("T")

DEFAULT_MAX_SIZE = 64 * 2**20

# Recorders declare their codec behind the type: audio/webm;codecs=opus
_SUBTYPE = r"[a-z0-9][a-z0-9.+_-]*(;[a-zA-Z0-9_-]+=[a-zA-Z0-9.,\"_-]*)*"
_LONGEST_HEAD = 300
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Blob:
    """The content of a file: its bytes, its media type ('image/png'), and its name where it has one."""

    data: bytes
    mime: str
    name: str | None = None

    def to_url(self) -> str:
        """Return the data URL (RFC 2397, always base64)."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"

    @classmethod
    def from_url(cls, url: object, *, max_size: int = DEFAULT_MAX_SIZE, name: str | None = None) -> Blob:
        """Read a data URL. Raises InputError for any other URL, for bad base64, and for more than `max_size` bytes."""
        if not isinstance(url, str):
            raise refuse(url, "a data URL ('data:image/png;base64,...')")
        head = re.match(f"data:([a-z]+/{_SUBTYPE});base64,", url[:_LONGEST_HEAD])
        if head is None:
            raise InputError(
                f"{shown(url)} is not a base64 data URL ('data:image/png;base64,...'); "
                "paths and web addresses are not accepted here."
            )
        # The size is known before the decoding, so that a huge upload costs nothing.
        check_size((len(url) - head.end()) * 3 // 4 - 2, max_size)
        try:
            data = base64.b64decode(url[head.end() :].encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise InputError("The data URL is damaged: what follows 'base64,' is not base64.") from None
        check_size(len(data), max_size)
        return cls(data, head.group(1).partition(";")[0], name)


def check_size(size: int, max_size: int) -> None:
    """Raise InputError when `size` bytes are more than `max_size`."""
    if size > max_size:
        raise InputError(
            f"The file has {size_text(size)}; at most {size_text(max_size)} are accepted "
            "(the author may raise the component's max_size)."
        )


def url_schema(max_size: int, mime: str = "[a-z]+") -> dict[str, Any]:
    """Return the JSON Schema of a data URL; `mime` is a regular expression for the part before the slash."""
    return {
        "type": "string",
        "pattern": f"^data:{mime}/{_SUBTYPE};base64,",
        "maxLength": _LONGEST_HEAD + 4 * ((max_size + 2) // 3),
        "x-max-size": max_size,
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class BlobComponent(Component[T]):
    """A component whose value is the content of one file.

    It implements `encode` and `decode`; JSON and schema follow. `accept` lists media types ('image/png', 'audio/*') or
    extensions ('.csv'); the content decides, not only the name. `max_size` is in bytes.
    """

    accept: Sequence[str] = ()  # empty: what the component can read
    max_size: int = DEFAULT_MAX_SIZE

    default_in_schema = False
    named: ClassVar[bool] = True
    """Whether the wire form is {"name", "data"}; False: the bare data URL."""
    family: ClassVar[str] = "[a-z]+"
    """Media types before the slash, as a regular expression, that the wire form may declare."""

    def encode(self, value: T) -> Blob:
        """Return the content of a checked value. Raises InputError when it cannot be written."""
        raise NotImplementedError

    def decode(self, blob: Blob) -> T:
        """Return the value of a file that anybody may have sent. Raises InputError."""
        raise NotImplementedError

    def check_definition(self) -> None:
        if isinstance(self.accept, str):
            raise DefinitionError(f"accept is a list of media types or extensions: write accept=[{self.accept!r}].")
        object.__setattr__(self, "accept", tuple(each.lower() for each in self.accept))
        for each in self.accept:
            if not re.fullmatch(r"\.[a-z0-9.]+|[a-z]+/(\*|[a-z0-9.+_-]+)", each):
                raise DefinitionError(f"accept={each!r} is neither an extension ('.csv') nor a media type ('image/*').")
        if self.max_size <= 0:
            raise DefinitionError(f"{type(self).__name__} has max_size={self.max_size}; it is in bytes and above 0.")

    def identify(self, blob: Blob) -> str:
        """Return the media type that the content really has. Raises InputError when it is not accepted.

        The content is believed first; what the sender declared counts only for formats without a signature (CSV).
        """
        check_size(len(blob.data), self.max_size)
        found = sniff(blob.data)
        by_name = mime_of_name(blob.name) if blob.name else None
        mime = found or by_name or blob.mime
        if self.accept and found and by_name and not matches(found, by_name):
            raise InputError(f"{shown(blob.name)} is not what its name says: its content is {found}.")
        if self.accept and not self._accepted(mime, blob.name):
            named = f"{shown(blob.name)} ({mime})" if blob.name else f"A file of type {mime}"
            raise InputError(f"{named} is not accepted here: give {listed(self.accept)}.")
        return mime

    def dump_value(self, value: T) -> Json:
        blob = self.encode(value)
        check_size(len(blob.data), self.max_size)
        return {"name": blob.name, "data": blob.to_url()} if self.named else blob.to_url()

    def load_value(self, data: Json) -> T:
        if not self.named:
            return self.decode(Blob.from_url(data, max_size=self.max_size))
        if not isinstance(data, dict) or "data" not in data or not set(data) <= {"name", "data"}:
            raise refuse(data, "an object {'name': 'photo.png', 'data': 'data:image/png;base64,...'}")
        name = data.get("name")
        if name is not None and not (isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME):
            raise InputError(f"The name of a file is text of at most {_LONGEST_NAME} characters, not {shown(name)}.")
        if name is not None:
            name = PurePath(name.replace("\\", "/")).name or None
        return self.decode(Blob.from_url(data["data"], max_size=self.max_size, name=name))

    def embed(self, data: Json, find: Find) -> Json:
        if not isinstance(data, str) or data.startswith("data:"):
            return data
        path = find(data)
        check_size(path.stat().st_size, self.max_size)
        url = Blob(read_file(path), mimetypes.guess_type(path.name)[0] or "application/octet-stream").to_url()
        return {"name": path.name, "data": url} if self.named else url

    def value_schema(self) -> dict[str, Any]:
        url = url_schema(self.max_size, self.family)
        if self.accept:
            url["x-accept"] = list(self.accept)
        if not self.named:
            return url
        name = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": _LONGEST_NAME}, {"type": "null"}]}
        return {
            "type": "object",
            "properties": {"name": name, "data": url},
            "required": ["data"],
            "additionalProperties": False,
        }

    def text_of(self, value: T) -> str:
        blob = self.encode(value)
        return f"{blob.name or blob.mime} ({size_text(len(blob.data))})"

    def _accepted(self, mime: str, name: str | None) -> bool:
        extension = extension_of(name) if name else ""
        for each in self.accept:
            if each.startswith("."):
                expected = mime_of_name(f"x{each}")
                if extension == each or (not name and expected and matches(mime, expected)):
                    return True
            elif matches(mime, each):
                return True
        return False
