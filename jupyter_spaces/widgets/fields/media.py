"""Fields of sounds, films and 3D models: uploaded or recorded, played in the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_spaces.space.components import Audio, Model3D, Video
from jupyter_spaces.space.components.content import extension_of
from jupyter_spaces.widgets.fields.blob import BlobField


class AudioField(BlobField):
    """A sound. A function that wants samples gets WAV: the page converts what it records or is given."""

    module = "audio"
    component: Audio

    def describe(self) -> dict[str, Any]:
        samples = self.component.type == "numpy"
        accept = {"accept": "audio/*"} if samples else {}
        return {**super().describe(), **accept, "sources": list(self.component.sources), "convert": samples}


class VideoField(BlobField):
    """A film, uploaded or recorded with the webcam."""

    module = "video"
    component: Video

    def describe(self) -> dict[str, Any]:
        component = self.component
        own = {"sources": list(component.sources), "autoplay": component.autoplay, "loop": component.loop}
        return {**super().describe(), **own}


class Model3DField(BlobField):
    """A shape that can be turned."""

    module = "model3d"
    component: Model3D

    def describe(self) -> dict[str, Any]:
        own = {"background": self.component.background, "wireframe": self.component.wireframe}
        return {**super().describe(), **own}

    def show(self, value: Any) -> Any:
        data = super().show(value)
        if data is None:
            return None
        by_mime = {"model/gltf-binary": ".glb", "model/gltf+json": ".gltf", "model/obj": ".obj", "model/stl": ".stl"}
        named = extension_of(value.name) if isinstance(value, Path) else ""
        return {**data, "format": (named or by_mime.get(data["mime"], ".glb")).removeprefix(".")}
