"""A run that goes on from a checkpoint is the run that never stopped, and a checkpoint is whole or not there."""

from __future__ import annotations

import json
import random
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.train.checkpoint import (
    list_checkpoints,
    load_checkpoint,
    prune,
    read_checkpoint,
    read_weights,
    remove,
    remove_leftovers,
    write_checkpoint,
)
from jupyter_spaces.train.trainer import Trainer
from tests.train.small_trainers import run, stable_diffusion, stable_diffusion_xl, trainer_of

LORA = {"method": "lora", "lora_rank": 2}


def disturb() -> None:
    """What other cells do meanwhile."""
    torch.manual_seed(99)
    torch.randn(1000)
    np.random.rand(7)
    random.random()


def everything(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Weights, averages and the optimizer's moments."""
    found = dict(trainer.trained.state())
    if trainer.average is not None:
        found |= {f"average {name}": value for name, value in trainer.average.shadow.items()}
    for index, entry in trainer.optimizer.state_dict()["state"].items():
        found |= {f"optimizer {index} {name}": value for name, value in entry.items()}
    return found


@pytest.mark.parametrize(
    ("make", "more"),
    [
        (stable_diffusion, {"batch_size": 2, "snr_gamma": 5.0, "lr_schedule": "cosine", "warmup_steps": 3}),
        (stable_diffusion, {"train_text_encoder": True, "ema_decay": 0.9, "prior_target": "base"}),
        (stable_diffusion, {**LORA, "train_text_encoder": True, "offset_noise": 0.1}),
        (stable_diffusion_xl, {"train_text_encoder": True, "gradient_accumulation": 2, "batch_size": 2}),
    ],
)
def test_a_resumed_run_is_the_straight_run(make: Callable[[], Any], more: dict[str, Any], tmp_path: Path) -> None:
    """Twelve steps, and five, a checkpoint, a fresh trainer of a freshly loaded model, seven: every loss is equal, and
    every weight, average and moment bit for bit, though others drew random numbers in between."""
    straight = trainer_of(make(), **more)
    losses = run(straight, 12)
    first = trainer_of(make(), **more)
    disturb()
    found = run(first, 5)
    folder = write_checkpoint(first, tmp_path).folder
    disturb()
    second = trainer_of(make(), **more)
    load_checkpoint(second, folder)
    assert second.done == 5
    disturb()
    found += run(second, 7)
    assert found == losses
    wanted, ended = everything(straight), everything(second)
    assert wanted.keys() == ended.keys()
    assert all(torch.equal(ended[name], wanted[name]) for name in wanted)


def test_a_checkpoint_is_loaded_into_a_trainer_that_has_gone_on(tmp_path: Path) -> None:
    """Rolling back: the steps after it are the same again, and the trainer before it is not changed by the file."""
    trainer = trainer_of(stable_diffusion(), **LORA, ema_decay=0.9)
    run(trainer, 2)
    folder = write_checkpoint(trainer, tmp_path).folder
    after = run(trainer, 2)
    load_checkpoint(trainer, folder)
    assert trainer.done == 2
    assert run(trainer, 2) == after


def test_what_a_person_set_and_the_number_of_threads_are_kept(tmp_path: Path) -> None:
    """The learning rate that was set in the middle holds on; sums are split as they were."""
    trainer = trainer_of(stable_diffusion(), **LORA)
    trainer.rate = 0.25
    trainer.step()
    folder = write_checkpoint(trainer, tmp_path).folder
    fresh = trainer_of(stable_diffusion(), **LORA)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        load_checkpoint(fresh, folder)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(threads)
    assert fresh.learning_rate == pytest.approx(0.25e-3)


class Written(NamedTuple):
    trainer: Trainer
    parent: Path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A small trainer with checkpoints of its steps 1 to 4. Not to be changed."""
    parent = tmp_path_factory.mktemp("checkpoints")
    trainer = trainer_of(stable_diffusion(), **LORA, ema_decay=0.9, class_prompt=None)
    for _ in range(4):
        trainer.step()
        write_checkpoint(trainer, parent)
    return Written(trainer, parent)


@pytest.fixture
def written(original: Written, tmp_path: Path) -> Written:
    """Its checkpoints in a folder of the test's own."""
    return Written(original.trainer, Path(shutil.copytree(original.parent, tmp_path / "checkpoints")))


def steps(parent: Path) -> list[int]:
    return [checkpoint.step for checkpoint in list_checkpoints(parent)]


def test_what_is_in_a_checkpoint(written: Written) -> None:
    """Tensors and JSON, in float32, and nothing that would have to be unpickled."""
    checkpoint = list_checkpoints(written.parent)[-1]
    assert checkpoint.folder.name == "step-000004"
    files = {path.name: path for path in checkpoint.folder.iterdir()}
    assert set(files) == {"weights.safetensors", "optimizer.safetensors", "average.safetensors", "state.json"}
    assert checkpoint.nbytes == sum(path.stat().st_size for path in files.values())
    weights = load_file(files["weights.safetensors"])
    assert weights.keys() == written.trainer.trained.parameters.keys()
    assert {value.dtype for value in weights.values()} == {torch.float32}
    state = json.loads(files["state.json"].read_text())
    assert state["step"] == 4
    assert state["versions"]["torch"] == torch.__version__


def test_the_averaged_weights_are_used_where_there_are_some(written: Written, tmp_path: Path) -> None:
    """Else the trained ones."""
    found = read_weights(list_checkpoints(written.parent)[-1].folder)
    assert written.trainer.average is not None
    assert all(torch.equal(found[name], value) for name, value in written.trainer.average.shadow.items())
    (written.parent / "step-000004" / "average.safetensors").unlink()
    found = read_weights(written.parent / "step-000004")
    assert all(torch.equal(found[name], value) for name, value in written.trainer.trained.state().items())


def test_a_half_written_checkpoint_is_never_listed(written: Written) -> None:
    """What a crash leaves has another name; the next run removes it and nothing else."""
    shutil.copytree(written.parent / "step-000004", written.parent / ".part-step-000005-77")
    (written.parent / "step-000006").mkdir()  # somebody's folder
    assert steps(written.parent) == [1, 2, 3, 4]
    remove_leftovers(written.parent)
    assert sorted(path.name for path in written.parent.iterdir()) == [f"step-00000{n}" for n in (1, 2, 3, 4, 6)]
    assert list_checkpoints(written.parent / "nowhere") == []


@pytest.mark.parametrize("text", ["", '{"step": 3, "thr', "{}", "[]"])
def test_a_damaged_one_does_not_hide_the_others(written: Written, text: str) -> None:
    """It is not listed, and the sentence of reading it names the folder."""
    (written.parent / "step-000003" / "state.json").write_text(text)
    assert steps(written.parent) == [1, 2, 4]
    with pytest.raises(CheckpointError, match=r"step-000003 is not a checkpoint of this package, or is damaged"):
        read_checkpoint(written.parent / "step-000003")


@pytest.mark.parametrize("name", ["weights", "optimizer", "average"])
def test_a_cut_off_file_has_its_sentence(written: Written, name: str) -> None:
    """It names the file, and where there are other checkpoints; the trainer is as it was."""
    path = written.parent / "step-000003" / f"{name}.safetensors"
    before = {name: value.clone() for name, value in everything(written.trainer).items()}
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match=rf"{name}\.safetensors of .*step-000003 cannot be read: .*Use another"):
        load_checkpoint(written.trainer, path.parent)
    path.unlink()
    with pytest.raises(CheckpointError, match=rf"{name}\.safetensors of .* cannot be read: No such file"):
        load_checkpoint(written.trainer, path.parent)
    assert all(torch.equal(value, before[key]) for key, value in everything(written.trainer).items())


def test_a_checkpoint_of_another_run_is_refused(written: Written) -> None:
    """By what is in it, before any weight is changed."""
    other = trainer_of(stable_diffusion(), method="lora", lora_rank=4)
    with pytest.raises(CheckpointError, match=r"does not fit these settings: .* Go on with the model and rank"):
        load_checkpoint(other, written.parent / "step-000004")
    assert other.done == 0


def test_a_full_disk_is_noticed_before_anything_is_written(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how much is needed, how much is free, and what helps."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with pytest.raises(CheckpointError, match=r"a checkpoint takes .* and 1\.0 kB are free on the disk of .*lora"):
        write_checkpoint(written.trainer, written.parent)
    assert sorted(path.name for path in written.parent.iterdir()) == [f"step-00000{n}" for n in (1, 2, 3, 4)]


@contextmanager
def largest_file(nbytes: int) -> Iterator[None]:
    """No file of this process can grow beyond this size: what a disk that fills up meanwhile does to a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_while_writing(written: Written) -> None:
    """The error is a sentence, nothing half written stays, and the checkpoint of that step from before is kept."""
    kept = (written.parent / "step-000004" / "weights.safetensors").read_bytes()
    with largest_file(1000), pytest.raises(CheckpointError, match="the checkpoint of step 4 could not be written: "):
        write_checkpoint(written.trainer, written.parent)
    assert sorted(path.name for path in written.parent.iterdir()) == [f"step-00000{n}" for n in (1, 2, 3, 4)]
    assert (written.parent / "step-000004" / "weights.safetensors").read_bytes() == kept


def test_a_step_can_be_written_again(written: Written) -> None:
    """The newer one takes the place."""
    again = write_checkpoint(written.trainer, written.parent)
    assert again == list_checkpoints(written.parent)[-1]
    assert steps(written.parent) == [1, 2, 3, 4]


def test_the_latest_and_the_spared_are_kept(written: Written) -> None:
    """And the removed ones leave nothing behind."""
    prune(written.parent, 2, frozenset({1}))
    assert steps(written.parent) == [1, 3, 4]
    prune(written.parent, 9, frozenset())
    assert steps(written.parent) == [1, 3, 4]
    prune(written.parent, 1, frozenset())
    assert sorted(path.name for path in written.parent.iterdir()) == ["step-000004"]
    remove(list_checkpoints(written.parent)[0])
    assert list(written.parent.iterdir()) == []


def test_steps_are_in_the_order_of_numbers(written: Written) -> None:
    """Also beyond the width of the names."""
    (written.parent / "step-000004").rename(written.parent / "step-1000000")
    state = written.parent / "step-1000000" / "state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "step": 1000000}))
    assert steps(written.parent) == [1, 2, 3, 1000000]


def test_scores_are_read_with_the_checkpoint(written: Written) -> None:
    """What an evaluation found lies beside the weights."""
    (written.parent / "step-000002" / "scores.json").write_text('{"subject": 0.5}')
    assert [checkpoint.scores for checkpoint in list_checkpoints(written.parent)] == [{}, {"subject": 0.5}, {}, {}]
