"""Model3D: a shape in three dimensions, as a file."""

from __future__ import annotations

import json
import struct
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.color import as_color
from jupyter_spaces.space.components.file import FileComponent
from jupyter_spaces.space.components.paths import read_file
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import shown

FORMATS = (".glb", ".gltf", ".obj", ".stl", ".ply")


@register_component
@dataclass(frozen=True, eq=False)
class Model3D(FileComponent):
    """A 3D model: GLB, glTF, OBJ, STL or PLY, passed through as a file.

    A glTF that refers to other files or addresses is refused: a viewer would fetch them from wherever they point.
    """

    kind = "model3d"

    type: Literal["path", "bytes"] = "path"
    _: KW_ONLY
    background: str | None = None  # '#rrggbb'; None: the page's
    wireframe: bool = False

    def check_definition(self) -> None:
        if not self.accept:
            object.__setattr__(self, "accept", FORMATS)
        if self.background is not None:
            object.__setattr__(self, "background", as_color(self.background))
        super().check_definition()

    def check_value(self, value: object) -> Any:
        checked = super().check_value(value)
        data = checked if isinstance(checked, bytes) else read_file(checked)
        _check_references(data)
        return checked

    def decode(self, blob: Blob) -> Any:
        self.identify(blob)
        _check_references(blob.data)
        return super().decode(blob)

    def example_file(self) -> tuple[bytes, str]:
        return _tetrahedron(), "example.glb"


def _check_references(data: bytes) -> None:
    """Raise InputError when a glTF is damaged, or names a file or an address instead of holding its data."""
    if data[:4] == b"glTF":
        data = _json_chunk(data)
    elif data.lstrip()[:1] != b"{":  # OBJ, STL and PLY never begin so, and refer to nothing that viewers load
        return
    # Buffers and images have a "uri", and so have extensions: wherever it stands, it counts.
    addresses: list[Any] = []
    try:
        json.loads(data, object_hook=lambda part: addresses.append(part.get("uri")))
    except (ValueError, RecursionError) as error:
        raise InputError(f"The file is not a glTF scene that can be read: {type(error).__name__}.") from error
    for address in addresses:
        if address is not None and not (isinstance(address, str) and address.startswith("data:")):
            raise InputError(
                f"The glTF file refers to {shown(address)}, which is not in it: export it as one GLB file."
            )


def _json_chunk(data: bytes) -> bytes:
    """Return the first chunk of a GLB file (glTF 2.0 specification, 4.4 Binary glTF Layout)."""
    if len(data) < 20 or data[16:20] != b"JSON":
        raise InputError("The GLB file is damaged: its first chunk is not JSON.")
    (length,) = struct.unpack_from("<I", data, 12)
    return data[20 : 20 + length]


def _tetrahedron() -> bytes:
    """Return a GLB file with four triangles, every corner of its own so that each face has one normal's light."""
    corners = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    faces = [(0, 1, 2), (0, 3, 1), (0, 2, 3), (1, 3, 2)]
    positions = b"".join(struct.pack("<3f", *corners[corner]) for face in faces for corner in face)
    scene = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": len(positions)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(positions)}],
        "accessors": [
            # 5126 is FLOAT; the bounds are required for positions.
            {"bufferView": 0, "componentType": 5126, "count": 12, "type": "VEC3", "min": [-1] * 3, "max": [1] * 3}
        ],
    }
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    chunks = (
        struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(positions), b"BIN\x00") + positions
    )
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
