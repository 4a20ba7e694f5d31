"""A small server of the Hugging Face Hub's REST shape: enough of it for the real client to list and download a model.

Each repository stands for one answer that a real hub gives. Nothing of the client is replaced.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = hashlib.sha1(b"the only commit").hexdigest()

# repository -> (status, X-Error-Code) of every answer about it
REFUSED = {
    "someone/private": (401, "RepoNotFound"),  # what a hub says to a stranger
    "someone/forbidden": (403, ""),
    "someone/limited": (429, ""),
    "someone/broken": (500, ""),
}


class Repository:
    """Files by path, and what the listing says about them."""

    def __init__(self, files: dict[str, bytes], *, library: str = "diffusers", sizes: dict[str, int] | None = None):
        self.files = files
        self.library = library
        self.sizes = {name: len(content) for name, content in files.items()} | (sizes or {})
        self.gated = False

    @classmethod
    def of_folder(cls, folder: Path) -> Repository:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def listing(self, name: str) -> dict[str, Any]:
        """GET /api/models/{name}"""
        return {
            "id": name, "modelId": name, "sha": COMMIT, "private": False, "gated": "manual" if self.gated else False,
            "library_name": self.library, "tags": [], "downloads": 0, "likes": 0,
            "siblings": [
                {"rfilename": path, "size": size, "blobId": hashlib.sha1(path.encode()).hexdigest()}
                for path, size in self.sizes.items()
            ],
        }  # fmt: skip

    def tree(self) -> list[dict[str, Any]]:
        """GET /api/models/{name}/tree/{revision}"""
        return [
            {"type": "file", "path": path, "size": size, "oid": hashlib.sha1(path.encode()).hexdigest()}
            for path, size in self.sizes.items()
        ]


def repositories(folder: Path) -> dict[str, Repository]:
    """What is on this hub; `folder` is a pipeline that save_pretrained wrote."""
    painter = Repository.of_folder(folder)
    gated = Repository.of_folder(folder)
    gated.gated = True
    pickled = {path.replace(".safetensors", ".bin"): content for path, content in painter.files.items()}
    huge = {path: 4 * 10**12 for path in painter.files if path.endswith(".safetensors")}
    # Beside the pipeline, what repositories also hold and nobody wants to download.
    extra = {"sd-v1.ckpt": b"x", "unet/diffusion_pytorch_model.bin": b"x", "unet/model.onnx": b"x", "README.md": b"x"}
    return {
        "someone/painter-model": Repository(painter.files | extra),
        "someone/gated": gated,
        "someone/pickled": Repository(pickled),
        "someone/huge": Repository(painter.files, sizes=huge),
        "someone/chat": Repository({"config.json": b"{}"}, library="transformers"),
    }


@contextmanager
def hub(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve on a free port of this machine; gives the address and the paths of the files that were fetched."""
    known = repositories(folder)
    fetched: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            parts = unquote(urlsplit(self.path).path).strip("/").split("/")
            about = parts[:2] == ["api", "models"]
            name = "/".join(parts[2:4] if about else parts[:2])
            if name in REFUSED:
                status, code = REFUSED[name]
                return self.answer(status, b'{"error": "no"}', **({"X_Error_Code": code} if code else {}))
            repository = known.get(name)
            if repository is None:
                return self.answer(404, X_Error_Code="RepoNotFound")
            rest = parts[4:] if about else parts[2:]
            revision = rest[1] if len(rest) > 1 else "main"
            if revision not in ("main", COMMIT):
                return self.answer(404, X_Error_Code="RevisionNotFound")
            if about:
                data = repository.tree() if rest[:1] == ["tree"] else repository.listing(name)
                return self.answer(200, json.dumps(data).encode(), Content_Type="application/json")
            if repository.gated:
                return self.answer(403, X_Error_Code="GatedRepo")
            path = "/".join(rest[2:])
            if path not in repository.files:
                return self.answer(404, X_Error_Code="EntryNotFound")
            content = repository.files[path]
            if self.command == "GET":
                fetched.append(path)
            etag = f'"{hashlib.sha1(content).hexdigest()}"'
            return self.answer(200, content, X_Repo_Commit=COMMIT, ETag=etag)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", fetched
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
