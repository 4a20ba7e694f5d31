"""Video: a film, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from jupyter_spaces.errors import DefinitionError
from jupyter_spaces.space.components.file import FileComponent
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed

SOURCES = ("upload", "webcam")


@register_component
@dataclass(frozen=True, eq=False)
class Video(FileComponent):
    """A film, passed through as it is: MP4 or WebM are what every browser plays.

    `type="path"`: a Path below the upload folder; `"bytes"`: the file's content.
    """

    kind = "video"

    type: Literal["path", "bytes"] = "path"
    _: KW_ONLY
    sources: Sequence[str] = SOURCES
    autoplay: bool = False
    loop: bool = False

    def check_definition(self) -> None:
        if not self.sources or isinstance(self.sources, str) or not set(self.sources) <= set(SOURCES):
            raise DefinitionError(f"Video has sources={self.sources!r}; it is a list of {listed(SOURCES)}.")
        if not self.accept:
            object.__setattr__(self, "accept", ("video/*",))
        super().check_definition()

    def example_file(self) -> tuple[bytes, str]:
        from importlib.resources import files

        sample = files("jupyter_spaces.space.components") / "samples" / "example.webm"
        return sample.read_bytes(), "example.webm"
