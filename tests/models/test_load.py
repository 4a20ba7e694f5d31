"""`models.load`: one object per model, however often it is asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from jupyter_spaces import models
from jupyter_spaces.errors import ModelError, ModelFormatError, ModelNotFound, ModelTooLarge
from jupyter_spaces.jobs import device_of, device_queue
from jupyter_spaces.models import devices


def copy_of(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / folder.name))


def test_a_folder_is_loaded_on_the_best_device_and_dtype(
    pipeline_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = models.load(pipeline_folder)
    assert pipe.task == "text-to-image"
    assert (pipe.device, pipe.dtype) == ("cpu", "float32")
    # One line says what was loaded, and no bar or note of a library is beside it.
    printed = capsys.readouterr()
    assert printed.out.endswith(" s)\n")
    assert "'painter-model': StableDiffusionPipeline, 370 kB in float32 on cpu" in printed.out
    assert printed.err == ""


def test_jobs_of_every_part_of_it_queue_for_its_device(pipeline_folder: Path) -> None:
    pipe = models.load(pipeline_folder)
    assert [device_of(part) for part in (pipe, pipe.diffusers, pipe.unet, pipe.vae)] == ["cpu"] * 4


def test_loading_again_returns_the_same_object(pipeline_folder: Path) -> None:
    pipe = models.load(pipeline_folder)
    assert models.load(str(pipeline_folder)) is pipe
    assert models.load(os.path.relpath(pipeline_folder), device="cpu", dtype="fp32") is pipe
    assert models["painter-model"] is pipe
    assert [entry.name for entry in models.list()] == ["painter-model"]


def test_a_cell_that_loads_may_run_a_hundred_times(pipeline_folder: Path) -> None:
    models.load(pipeline_folder)
    before = psutil.Process().memory_info().rss
    for _ in range(100):
        models.load(pipeline_folder)
    assert psutil.Process().memory_info().rss - before < 2_000_000


def test_a_name_that_is_asked_for_gives_a_copy_of_its_own(pipeline_folder: Path) -> None:
    pipe = models.load(pipeline_folder)
    base = models.load(pipeline_folder, name="base")
    assert base is not pipe
    assert base.unet is not pipe.unet
    assert models.load(pipeline_folder, name="base") is base


def test_without_a_name_what_is_there_is_used_and_a_line_says_so(
    pipeline_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = models.load(pipeline_folder, name="base")
    assert models.load(pipeline_folder) is base
    assert "is loaded already, as 'base': this is the same object." in capsys.readouterr().out


def test_a_name_stands_for_the_last_thing_that_was_asked_for_by_it(pipeline_folder: Path) -> None:
    # The cell `pipe = models.load(..., name="painter")` was edited: everything that holds `pipe` follows.
    pipe = models.load(pipeline_folder, name="painter")
    again = models.load(pipeline_folder, name="painter", dtype="bfloat16")
    assert again is pipe
    assert pipe.dtype == "bfloat16"
    assert len(models.list()) == 1


def test_another_dtype_without_a_name_is_another_model(pipeline_folder: Path) -> None:
    models.load(pipeline_folder)
    half = models.load(pipeline_folder, dtype=torch.float16)
    assert half.name == "painter-model-2"
    assert models.load(pipeline_folder, dtype="half") is half


def test_a_folder_that_was_written_again_is_read_again(pipeline_folder: Path, tmp_path: Path) -> None:
    """A training run that ends leaves new weights in the folder that the notebook has loaded before."""
    folder = copy_of(pipeline_folder, tmp_path)
    pipe = models.load(folder)
    with torch.no_grad():
        pipe.unet.conv_in.weight.fill_(0.5)
    pipe.diffusers.save_pretrained(folder)
    again = models.load(folder)
    assert again is pipe
    assert float(pipe.unet.conv_in.weight.detach().mean()) == 0.5
    assert len(models.list()) == 1


def test_a_task_chooses_the_pipeline(pipeline_folder: Path) -> None:
    pipe = models.load(pipeline_folder, task="image-to-image")
    assert type(pipe.diffusers).__name__ == "StableDiffusionImg2ImgPipeline"
    assert pipe.task == "image-to-image"
    with pytest.raises(ModelError, match=r"task='image2image' is no task.* Did you mean 'image-to-image'\?"):
        models.load(pipeline_folder, task="image2image")


def test_loading_inside_of_a_job_reports_to_the_job(pipeline_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = device_queue("cpu").submit(lambda: models.load(pipeline_folder))
    job.result(60)
    assert job.progress is not None
    assert job.progress.text.startswith("'painter-model': StableDiffusionPipeline")
    assert capsys.readouterr().out == ""


# -- what can go wrong with a folder


def test_weights_that_are_pickles_are_refused_without_being_opened(pipeline_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(pipeline_folder, tmp_path)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.with_suffix(".bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    # Beside safetensors a pickle is ignored ...
    models.load(folder)
    models.free(folder.name)
    # ... and alone it is refused.
    weights.unlink()
    with pytest.raises(ModelFormatError, match=r"weights of its unet only as diffusion_pytorch_model\.bin\. Only safe"):
        models.load(folder)


def test_code_in_a_repository_is_never_run(pipeline_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(pipeline_folder, tmp_path)
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"StableDiffusionPipeline"', '["pipeline", "Mine"]'))
    (folder / "pipeline.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(ModelFormatError, match=r"brings its own Python code\. Code from a repository is never run"):
        models.load(folder)


def test_code_of_a_component_is_never_run(pipeline_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(pipeline_folder, tmp_path)
    index = folder / "model_index.json"
    index.write_text(
        index.read_text().replace('"UNet2DConditionModel"', '"MyUNet"').replace('"diffusers"', '"my_unet"')
    )
    (folder / "unet" / "my_unet.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(ModelFormatError, match="cannot be read as a diffusers pipeline"):
        models.load(folder)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, r"is not a diffusers pipeline: it has no model_index\.json\. Such a folder is written by save_pretrained"),
        ({"model_index.json": "[]"}, r"does not describe a diffusers pipeline"),
        ({"inner/model_index.json": "{}"}, r"is not a diffusers pipeline, but .*inner inside it is: models\.load\("),
        ({"config.json": "{}"}, r"holds a single model \(config\.json\).* models\.register\("),
        ({"pytorch_lora_weights.safetensors": ""}, r"holds LoRA weights, .* pipe\.load_lora_weights\("),
        ({"sd.safetensors": "x"}, r"checkpoint in one file \(sd\.safetensors, 1 B\).*\.from_single_file"),
        ({"model_index.json": '{"_class_name": "X", "unet": ["diffusers", "U"]}'}, r"is incomplete: .* names unet"),
    ],
)
def test_a_folder_that_is_no_pipeline_is_told_what_it_is(files: dict[str, str], sentence: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ModelError, match=sentence):
        models.load(tmp_path)


def test_a_file_is_told_what_to_do_with_it(tmp_path: Path) -> None:
    (tmp_path / "sd.safetensors").write_bytes(b"")
    with pytest.raises(ModelFormatError, match=r"is a file; a pipeline is a folder .*from_single_file"):
        models.load(tmp_path / "sd.safetensors")


def test_damaged_weights_are_named(pipeline_folder: Path, tmp_path: Path) -> None:
    folder = copy_of(pipeline_folder, tmp_path)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    for content, sentence in [
        (whole[:-100], r"diffusion_pytorch_model\.safetensors in .*unet is cut off: \d+ bytes of \d+"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", r"is a Git LFS pointer.* `git lfs pull`"),
        (b"<!doctype html>", r"is not a safetensors file, or is damaged"),
    ]:
        weights.write_bytes(content)
        with pytest.raises(ModelFormatError, match=sentence):
            models.load(folder)


def test_a_folder_that_is_not_there_gets_the_closest_one(
    pipeline_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pipeline_folder.parent)
    with pytest.raises(
        ModelNotFound, match=r"There is no folder '\./painter-modl' .* Did you mean '.*painter-model'\?"
    ):
        models.load("./painter-modl")
    with pytest.raises(ModelNotFound, match=r"There is no folder 'paintermodel' .* Did you mean 'painter-model'\?"):
        models.load("paintermodel")
    with pytest.raises(ModelNotFound, match=r"No model is named 'tinny'\. Did you mean 'tiny'\?"):
        models.load("tinny")


# -- memory and devices


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(pipeline_folder: Path, tmp_path: Path) -> None:
    # A sparse file of 4 TB: the header says what is in it, and there is nothing behind it.
    folder = copy_of(pipeline_folder, tmp_path)
    header = json.dumps({"w": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}).encode()
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(len(header).to_bytes(8, "little") + header)
    os.truncate(weights, 8 + len(header) + 4 * 10**12)
    with pytest.raises(
        ModelTooLarge, match=r"'huge' needs 4\.0 TB in float32, and cpu has .* free\. Close other programs"
    ):
        models.load(folder, name="huge")
    # In half precision it needs half; and what could be freed is named.
    models.load(pipeline_folder)
    with pytest.raises(
        ModelTooLarge,
        match=r"needs 2\.0 TB in float16, .* Free 'painter-model' \(370 kB\) with models\.free\('painter-model'\);",
    ):
        models.load(folder, name="huge", dtype="float16")


def test_free_memory_respects_the_limit_of_a_container(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("4000\n")
    (tmp_path / "memory.current").write_text("3000\n")
    (tmp_path / "memory.stat").write_text("anon 2500\ninactive_file 500\n")
    assert devices.container_memory(tmp_path) == 1500
    (tmp_path / "memory.max").write_text("max\n")
    assert devices.container_memory(tmp_path) is None
    assert devices.container_memory(tmp_path / "none") is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what is missing where there is no GPU")
def test_a_device_that_is_not_there_is_explained(pipeline_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"device='cuda': PyTorch .* finds no CUDA GPU here\. Leave device out to use"):
        models.load(pipeline_folder, device="cuda")
    with pytest.raises(ModelError, match=r"device='gpu' is no device\. Write 'cuda', 'cuda:0', 'mps' or 'cpu'"):
        models.load(pipeline_folder, device="gpu")


def test_a_dtype_that_does_not_exist_is_explained(pipeline_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"dtype='int8' is not a dtype to load a model in\. Write 'float32'"):
        models.load(pipeline_folder, dtype="int8")
    with pytest.raises(ModelError, match=r"Did you mean 'float16'\?"):
        models.load(pipeline_folder, dtype="flaot16")


@pytest.mark.skipif(devices.cores() < 2, reason="needs two cores")
def test_on_a_cpu_one_core_is_left_to_the_browser_and_the_server() -> None:
    code = (
        "import threading, torch\n"
        "from jupyter_spaces.models.devices import leave_a_core\n"
        # A worker that has computed something before, as the queue's may have, keeps the count of that time.
        "counts, go = [], threading.Event()\n"
        "def work(): torch.ones(2) @ torch.ones(2); go.wait(); leave_a_core(); counts.append(torch.get_num_threads())\n"
        "thread = threading.Thread(target=work); thread.start()\n"
        "leave_a_core(); counts.append(torch.get_num_threads())\n"
        "go.set(); thread.join(); print(counts)"
    )
    environment = {name: value for name, value in os.environ.items() if name not in devices.THREAD_VARIABLES}

    def counts(**variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True,
            env=environment | variables, timeout=120,
        )  # fmt: skip
        return done.stdout.splitlines()[-1]

    assert counts() == str([devices.cores() - 1] * 2)
    # Who set a number of threads has the last word.
    assert counts(OMP_NUM_THREADS=str(devices.cores())) == str([devices.cores()] * 2)
