"""What a file is, by its first bytes; its name is only believed where the format has no signature.

The table holds the formats that the components read or show. It is small on purpose: a sniffer that knows hundreds of
formats is a dependency with a C library, and an unknown type here simply stays what the name says.
"""

from __future__ import annotations

from pathlib import PurePath

# (offset, signature, media type), from the formats' specifications; the first match wins.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3\x02", "audio/mpeg"),
    (0, b"ID3\x03", "audio/mpeg"),
    (0, b"ID3\x04", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"glTF", "model/gltf-binary"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\x7fELF", "application/x-elf"),
)

_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic",
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime",
}  # fmt: skip

_EXTENSIONS = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".avif": "image/avif", ".heic": "image/heic",
    ".svg": "image/svg+xml", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg",
    ".oga": "audio/ogg", ".opus": "audio/ogg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".mp4": "video/mp4",
    ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo", ".ogv": "video/ogg", ".glb": "model/gltf-binary", ".gltf": "model/gltf+json",
    ".obj": "model/obj", ".stl": "model/stl", ".ply": "model/ply", ".pdf": "application/pdf", ".zip": "application/zip",
    ".gz": "application/gzip", ".csv": "text/csv", ".tsv": "text/tab-separated-values", ".txt": "text/plain",
    ".md": "text/markdown", ".json": "application/json", ".html": "text/html", ".npy": "application/x-npy",
    ".npz": "application/zip", ".parquet": "application/vnd.apache.parquet",
    ".safetensors": "application/x-safetensors",
    ".docx": "application/zip", ".xlsx": "application/zip", ".pptx": "application/zip", ".odt": "application/zip",
    ".ipynb": "application/json", ".py": "text/x-python", ".yaml": "application/yaml", ".yml": "application/yaml",
}  # fmt: skip

# One container, several names: a recorder's .ogg may be called video, a .webm may hold sound only.
_FAMILIES = (
    {"audio/ogg", "video/ogg", "application/ogg"},
    {"audio/webm", "video/webm", "video/x-matroska", "audio/x-matroska"},
    {"audio/mp4", "video/mp4", "video/quicktime", "audio/x-m4a", "audio/aac"},
    {"audio/wav", "audio/x-wav", "audio/wave"},
    {"audio/mpeg", "audio/mp3"},
    {"image/jpeg", "image/jpg"},
    {"image/heic", "image/heif"},
)


def sniff(data: bytes) -> str | None:
    """Return the media type that the first bytes say, or None when they say nothing."""
    head = data[:64]
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    for offset, signature, mime in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature and (offset != 8 or head[:4] == b"RIFF"):
            return mime
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # two letters alone would also match a text
        return "image/bmp"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # MPEG audio frame sync, layer III
        return "audio/mpeg"
    return None


def matches(mime: str, pattern: str) -> bool:
    """Whether a media type is what `pattern` ('image/png', 'image/*') asks for."""
    family = next((names for names in _FAMILIES if mime in names), {mime})
    if pattern.endswith("/*"):
        return any(name.startswith(pattern[:-1]) for name in family)
    return pattern in family


def extension_of(name: str) -> str:
    """Return the lower-case extension of a file name, with its dot, or ''."""
    return PurePath(name).suffix.lower()


def mime_of_name(name: str) -> str | None:
    """Return the media type that the extension promises, or None when it is unknown."""
    return _EXTENSIONS.get(extension_of(name))


def extension_for(mime: str) -> str:
    """Return the usual extension of a media type, or ''."""
    return next((extension for extension, known in _EXTENSIONS.items() if matches(mime, known)), "")
