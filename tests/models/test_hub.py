"""Models from a hub: the real `huggingface_hub` client against a server of the hub's REST shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.models.hub_server import hub

# huggingface_hub reads its address and whether it is offline when it is imported, so each setting is a process.
LOAD = """
import json, sys
from jupyter_spaces import models
def load(source, options): return repr(models.load(source, **options))
"""
# Without torch and diffusers, whose import takes most of the time: the part of a load that knows the network.
FETCH = """
import json, sys
from jupyter_spaces.models.hub import fetch
def load(source, options):
    return str(fetch(source, revision=None, token=None, half=False, may_fit=lambda size: None))
"""
ATTEMPT = """
results = {}
for key, source, options in json.loads(sys.argv[1]):
    try:
        results[key] = ["loaded", load(source, options)]
    except Exception as error:
        results[key] = [type(error).__name__, str(error)]
print(json.dumps(results))
"""


def attempt(how: str, sources: list[tuple[str, str, dict[str, str]]], **environment: str) -> dict[str, list[str]]:
    """Load each (key, source, options) in one fresh process; [error class, message] or ["loaded", what]."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", how + ATTEMPT, json.dumps(sources)],
        capture_output=True, text=True, env=variables | environment, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return result


@dataclass
class Visit:
    """What happened while the hub was there."""

    results: dict[str, list[str]]
    fetched: list[str]
    home: Path
    address: str


@pytest.fixture(scope="module")
def visit(pipeline_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    home = tmp_path_factory.mktemp("home")
    names = [
        "painter-model",
        "gated",
        "private",
        "forbidden",
        "limited",
        "broken",
        "nothing",
        "pickled",
        "huge",
        "chat",
    ]
    sources: list[tuple[str, str, dict[str, str]]] = [(f"someone/{name}", f"someone/{name}", {}) for name in names]
    sources += [("no such/id!", "no such/id!", {})]
    sources += [("someone/painter-model@v9", "someone/painter-model", {"revision": "v9"})]
    with hub(pipeline_folder) as (address, fetched):
        results = attempt(LOAD, sources, HF_ENDPOINT=address, HF_HOME=str(home))
    return Visit(results, fetched, home, address)


def test_a_repository_is_downloaded_and_loaded(visit: Visit) -> None:
    assert visit.results["someone/painter-model"] == [
        "loaded", "<Pipeline 'painter-model': StableDiffusionPipeline, 370 kB in float32 on cpu>"
    ]  # fmt: skip


def test_only_what_the_pipeline_needs_is_downloaded(visit: Visit) -> None:
    assert "unet/diffusion_pytorch_model.safetensors" in visit.fetched
    assert "tokenizer/tokenizer.json" in visit.fetched
    assert not [path for path in visit.fetched if path.endswith((".ckpt", ".bin", ".onnx"))]


@pytest.mark.parametrize(
    ("source", "error", "sentence"),
    [
        ("someone/gated", "ModelAccessDenied", "is gated: its authors ask for an agreement first. Accept it at"),
        ("someone/private", "ModelNotFound", "if it is private, log in with `hf auth login`"),
        ("someone/forbidden", "ModelAccessDenied", "The hub refuses access to 'someone/forbidden' (403): log in"),
        ("someone/limited", "ModelError", "429, too many requests. Wait a few minutes"),
        ("someone/broken", "ModelError", "The hub answers 'someone/broken' with 500. Try again later."),
        ("someone/nothing", "ModelNotFound", "There is no public model 'someone/nothing' at"),
        ("someone/painter-model@v9", "ModelNotFound", "'someone/painter-model' has no revision 'v9'."),
        ("someone/pickled", "ModelFormatError", "only as model.bin. Only safetensors files are loaded"),
        ("someone/huge", "ModelTooLarge", "'huge' needs 12.0 TB in float32"),
        (
            "someone/chat",
            "ModelFormatError",
            "is not a diffusers pipeline (it has no model_index.json) but a transformers",
        ),
        ("no such/id!", "ModelNotFound", "is neither a folder here nor a repository id, which reads 'owner/name'."),
    ],
)
def test_each_refusal_is_one_sentence_with_what_to_do(visit: Visit, source: str, error: str, sentence: str) -> None:
    kind, message = visit.results[source]
    assert kind == error, message
    assert sentence in message
    assert "\n" not in message


def test_what_cannot_fit_or_be_read_is_not_downloaded(visit: Visit) -> None:
    # Three repositories have the same weights; they were fetched for the one that could be loaded.
    assert visit.fetched.count("unet/diffusion_pytorch_model.safetensors") == 1
    assert not [path for path in visit.fetched if path == "unet/diffusion_pytorch_model.bin"]


BOTH: list[tuple[str, str, dict[str, str]]] = [
    ("cached", "someone/painter-model", {}),
    ("other", "someone/other", {}),
]


def test_without_a_network_the_cached_model_is_used_and_another_is_explained(visit: Visit) -> None:
    # The server is gone: the connection is refused.
    results = attempt(FETCH, BOTH, HF_ENDPOINT=visit.address, HF_HOME=str(visit.home))
    assert results["cached"][0] == "loaded"
    assert (Path(results["cached"][1]) / "unet" / "diffusion_pytorch_model.safetensors").is_file()
    kind, message = results["other"]
    assert kind == "ModelNotFound"
    assert message.startswith("'someone/other' is not on this machine, and the hub cannot be reached (")
    assert "`hf download someone/other --local-dir FOLDER`" in message


def test_offline_nothing_is_asked_of_the_network(visit: Visit) -> None:
    results = attempt(FETCH, BOTH, HF_HUB_OFFLINE="1", HF_HOME=str(visit.home))
    assert results["cached"][0] == "loaded"
    assert results["other"][0] == "ModelNotFound"
    assert "HF_HUB_OFFLINE=1 forbids the network" in results["other"][1]
