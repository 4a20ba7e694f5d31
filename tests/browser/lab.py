"""A JupyterLab server of the tests' own: its port, token, settings and files are in a temporary folder.

Nothing of the user's Jupyter configuration is read, nothing is written outside the folder, nothing asks the network.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

# What differs from a new user's JupyterLab: no news from the network, no "save changes?" question, no autosave races.
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False, "confirmClosingDocument": False},
}


@dataclass(frozen=True)
class Lab:
    """A running server."""

    url: str  # http://127.0.0.1:<port>, no slash at the end
    token: str
    folder: Path  # what its file browser shows

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers={"Authorization": f"token {self.token}"}, timeout=30)

    def delete(self, path: str) -> None:
        requests.delete(f"{self.url}{path}", headers={"Authorization": f"token {self.token}"}, timeout=30)

    def shut_kernels_down(self) -> None:
        for session in self.get("/api/sessions").json():
            self.delete(f"/api/sessions/{session['id']}")

    def page_url(self, notebook: str) -> str:
        """A page of its own workspace, so that no earlier page's tabs come back."""
        return f"{self.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{notebook}?token={self.token}"


@contextmanager
def running_lab(base: Path) -> Iterator[Lab]:
    """Start JupyterLab with everything below `base`, and stop it with its kernels."""
    places = {
        "JUPYTER_CONFIG_DIR": base / "config",
        "JUPYTER_DATA_DIR": base / "data",
        "JUPYTER_RUNTIME_DIR": base / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": base / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": base / "workspaces",
        "IPYTHONDIR": base / "ipython",
    }
    folder = base / "notebooks"
    for place in (*places.values(), folder):
        place.mkdir(parents=True, exist_ok=True)
    for plugin, settings in SETTINGS.items():
        file = places["JUPYTERLAB_SETTINGS_DIR"] / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    port, token = _free_port(), secrets.token_hex(16)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
        "--LabApp.expose_app_in_browser=True", "--ServerApp.terminals_enabled=False",
    ]  # fmt: skip
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}}
    environment.pop("JUPYTER_PATH", None)
    log = base / "lab.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    try:
        lab = Lab(url=f"http://127.0.0.1:{port}", token=token, folder=folder)
        _wait_until_it_answers(lab, process, log)
        yield lab
        lab.shut_kernels_down()
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(lab: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if lab.get("/api/status").ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start; its log ends with:\n{log.read_text()[-3000:]}")
