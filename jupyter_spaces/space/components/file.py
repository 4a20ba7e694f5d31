"""File and Files: files of any type.

A visitor's file becomes a path below the upload folder (`jupyter_spaces.space.uploads`), whose name is a safe form of
the name that was sent. A function's result is a path that exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import Component, Find, refuse
from jupyter_spaces.space.components.blobs import DEFAULT_MAX_SIZE, Blob, BlobComponent, check_size
from jupyter_spaces.space.components.content import extension_for, mime_of_name, sniff
from jupyter_spaces.space.components.json_values import Json
from jupyter_spaces.space.components.paths import existing_file, read_file
from jupyter_spaces.space.components.pictures import example_image, png
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed, size_text
from jupyter_spaces.space.uploads import store_upload


@dataclass(frozen=True, kw_only=True, eq=False)
class FileComponent(BlobComponent[Any]):
    """What the components share whose value is a path to a file, or with `type="bytes"` its content."""

    type: Literal["path", "bytes", "numpy"] = "path"

    types: ClassVar[tuple[str, ...]] = ("path", "bytes")

    def check_definition(self) -> None:
        super().check_definition()
        if self.type not in self.types:
            raise DefinitionError(f"{type(self).__name__} has type={self.type!r}; it is one of {listed(self.types)}.")

    def check_value(self, value: object) -> Any:
        """A result or a Python caller's value: a path or bytes, converted to what `type` says."""
        if isinstance(value, (bytes, bytearray)):
            blob = Blob(bytes(value), "application/octet-stream")
            mime = self.identify(blob)
            return blob.data if self.type == "bytes" else store_upload(blob.data, f"file{extension_for(mime)}")
        path = self.existing_file(value)
        # A signature sits in the first bytes: a large file is not read to be identified.
        with path.open("rb") as file:
            self.identify(Blob(file.read(4096), "application/octet-stream", path.name))
        return path if self.type == "path" else read_file(path)

    def existing_file(self, value: object) -> Path:
        """Return the path of a file that exists and is small enough. Raises InputError."""
        path = existing_file(value)
        check_size(path.stat().st_size, self.max_size)
        return path

    def encode(self, value: Any) -> Blob:
        data = value if isinstance(value, bytes) else read_file(value)
        name = None if isinstance(value, bytes) else Path(value).name
        by_name = mime_of_name(name) if name else None
        return Blob(data, by_name or sniff(data) or "application/octet-stream", name)

    def decode(self, blob: Blob) -> Any:
        mime = self.identify(blob)
        if self.type == "bytes":
            return blob.data
        return store_upload(blob.data, blob.name or f"file{extension_for(mime)}")

    def example_value(self) -> Any:
        data, name = self.example_file()
        return data if self.type == "bytes" else store_upload(data, name)

    def example_file(self) -> tuple[bytes, str]:
        """Return the content and the name of a small file that this component accepts."""
        raise NotImplementedError

    def text_of(self, value: Any) -> str:
        if isinstance(value, bytes):
            return size_text(len(value))
        return f"{Path(value).name} ({size_text(Path(value).stat().st_size)})"


@register_component
@dataclass(frozen=True, eq=False)
class File(FileComponent):
    """One file, of any type unless `accept` names some: File(['.csv', 'image/*'])."""

    kind = "file"

    accept: Sequence[str] = ()

    def example_file(self) -> tuple[bytes, str]:
        if any(each.startswith("image/") or each == ".png" for each in self.accept):
            return png(example_image()), "example.png"
        first = self.accept[0] if self.accept else ".txt"
        return b"An example file.\n", f"example{first if first.startswith('.') else extension_for(first)}"


@register_component
@dataclass(frozen=True, eq=False)
class Files(Component[list[Any]]):
    """A list of files. `max_size` is per file, `max_total` for all of them, in bytes."""

    kind = "files"
    default_in_schema = False

    accept: Sequence[str] = ()
    _: KW_ONLY
    type: Literal["path", "bytes"] = "path"
    max_items: int = 100
    max_size: int = DEFAULT_MAX_SIZE
    max_total: int = 4 * DEFAULT_MAX_SIZE

    @cached_property
    def file(self) -> File:
        """The component of each file."""
        return File(self.accept, type=self.type, max_size=self.max_size)

    def check_definition(self) -> None:
        object.__setattr__(self, "accept", self.file.accept)
        if self.max_items < 1:
            raise DefinitionError(f"Files has max_items={self.max_items}; it starts at 1.")

    def check_value(self, value: object) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise refuse(value, "a list of paths")
        self._check_count(len(value))
        return self._check_total([self.file.check(each) for each in value])

    def dump_value(self, value: list[Any]) -> Json:
        return [self.file.to_json(each) for each in value]

    def load_value(self, data: Json) -> list[Any]:
        if not isinstance(data, list):
            raise refuse(data, "a list of {'name': ..., 'data': 'data:...'}")
        self._check_count(len(data))
        # The data URLs' length bounds what they hold, before any of them is written.
        urls = [each.get("data") for each in data if isinstance(each, dict)]
        self._check_sum(sum(len(url) * 3 // 4 - 160 for url in urls if isinstance(url, str)))
        return self._check_total([self.file.from_json(each) for each in data])

    def embed(self, data: Json, find: Find) -> Json:
        return [self.file.embed(each, find) for each in data] if isinstance(data, list) else data

    def value_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.file.value_schema(), "maxItems": self.max_items}

    def example_value(self) -> list[Any]:
        return [self.file.example()]

    def text_of(self, value: list[Any]) -> str:
        return ", ".join(self.file.to_text(each) for each in value) or "no files"

    def _check_count(self, count: int) -> None:
        if count > self.max_items:
            raise InputError(f"There are {count} files; at most {self.max_items} are accepted.")

    def _check_total(self, files: list[Any]) -> list[Any]:
        self._check_sum(sum(len(each) if isinstance(each, bytes) else each.stat().st_size for each in files))
        return files

    def _check_sum(self, total: int) -> None:
        if total > self.max_total:
            raise InputError(
                f"The files have {size_text(total)} together; at most {size_text(self.max_total)} are accepted."
            )
