"""A run as people hold it: started, watched, asked, stopped, killed and gone on with; nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from jupyter_spaces import models, runs, train
from jupyter_spaces.errors import (
    CheckpointError,
    ConfigError,
    InputError,
    NameNotFoundError,
    PhotoError,
    TrainError,
)
from jupyter_spaces.jobs import device_queue
from jupyter_spaces.train import Run
from jupyter_spaces.train.checkpoint import read_weights
from tests.train.subject import settings, write_photos

pytestmark = pytest.mark.usefixtures("random_model")


def weights(run: Run) -> dict[str, torch.Tensor]:
    """The weights of the run's last checkpoint."""
    found: dict[str, torch.Tensor] = read_weights(run.checkpoints[-1].folder)
    return found


def same_weights(one: Run, other: Run) -> bool:
    """Whether two runs ended in the very same weights."""
    left, right = weights(one), weights(other)
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def at_step(run: Run, step: int) -> None:
    """Wait until the run has done this step, or has ended."""
    reached = threading.Event()

    def listen(_what: str) -> None:
        if run.step >= step or run.state in ("done", "stopped", "failed"):
            reached.set()

    unsubscribe = run.subscribe(listen)
    if run.job is not None:
        run.job.add_done_callback(lambda _: reached.set())
    assert reached.wait(60)
    unsubscribe()


def pause_after(run: Run, step: int) -> None:
    """Pause it from inside, as soon as this step is done."""

    run.subscribe(lambda what: run.pause() if what == "step" and run.step == step else None)


def paused(run: Run) -> None:
    """Wait until it is paused."""
    ready = threading.Event()
    run.subscribe(lambda _: ready.set() if run.state == "paused" else None)
    assert ready.wait(60)


def test_returns_at_once_and_leaves_a_complete_folder(photos: Path) -> None:
    """The folder has everything, so the run can be read without the notebook."""
    run = train.dreambooth("mug", settings(photos, sample_every=4))
    assert run.state in ("waiting", "preparing", "training")
    run.result(120)
    assert (run.state, run.step) == ("done", 8)
    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 8
    assert '"step": 1,' in lines[0]
    assert [checkpoint.step for checkpoint in run.checkpoints] == [4, 8]
    # two prompts and one seed, at the start, in the middle and at the end
    assert [sample.step for sample in run.samples] == [0, 0, 4, 4, 8, 8]
    assert len(run.photos) == 5
    assert len(run.class_images) >= 8
    assert (run.folder / "final" / "model_index.json").is_file()
    assert "a red boat" in (run.folder / "card.md").read_text()


def test_a_run_is_repeated_bit_for_bit(photos: Path) -> None:
    """The same config gives the same losses and weights, also with the class images from the cache."""
    one = train.dreambooth("one", settings(photos)).result(120)
    other = train.dreambooth("other", settings(photos)).result(120)
    assert np.array_equal(one.history["loss"], other.history["loss"])
    assert same_weights(one, other)


def test_what_cells_draw_and_views_ask_meanwhile_changes_nothing(photos: Path) -> None:
    """Paused, sampled, checkpointed, with the process's random numbers disturbed: the same run."""
    straight = train.dreambooth("straight", settings(photos)).result(120)
    asked = train.dreambooth("asked", settings(photos))
    pause_after(asked, 3)
    paused(asked)
    asked.sample("a boat", seed=5)
    asked.checkpoint()
    torch.manual_seed(99)
    torch.randn(1000)
    asked.go_on()
    asked.result(120)
    assert np.array_equal(straight.history["loss"], asked.history["loss"])
    assert same_weights(straight, asked)
    assert [(sample.prompt, sample.seed) for sample in asked.samples] == [("a boat", 5)]


def test_stopped_and_gone_on_with_it_is_the_straight_run(photos: Path) -> None:
    """Stop keeps the last step; resume goes on from there as if nothing had been."""
    straight = train.dreambooth("straight", settings(photos)).result(120)
    stopped = train.dreambooth("stopped", settings(photos))
    stopped.subscribe(lambda what: stopped.stop() if what == "step" and stopped.step == 3 else None)
    stopped.result(120)
    assert (stopped.state, stopped.step) == ("stopped", 3)
    stopped.resume().result(120)
    assert (stopped.state, stopped.step) == ("done", 8)
    assert np.array_equal(straight.history["loss"], stopped.history["loss"])
    assert same_weights(straight, stopped)


def test_a_run_of_another_kernel_is_reopened_and_goes_on(photos: Path) -> None:
    """`runs[name]` finds the folder, with the whole history, and resumes exactly."""
    straight = train.dreambooth("straight", settings(photos)).result(120)
    first = train.dreambooth("again", settings(photos))
    first.subscribe(lambda what: first.stop() if what == "step" and first.step == 5 else None)
    first.result(120)
    runs._runs.clear()  # as in a new kernel
    again = runs["again"]
    assert again is not first
    assert (again.state, again.step, again.job) == ("stopped", 5, None)
    assert np.array_equal(again.history["loss"], first.history["loss"])
    again.resume().result(120)
    assert np.array_equal(straight.history["loss"], again.history["loss"])
    assert same_weights(straight, again)


KILLED = """
import os, signal, sys
from jupyter_spaces import models, train
from tests.models.random_pipeline import random_pipeline
from tests.train.subject import settings
from pathlib import Path

models.register("random", random_pipeline())
run = train.dreambooth("killed", settings(Path("photos"), steps=12), folder=Path("killed"))
at = int(sys.argv[1])
run.subscribe(lambda what: os.kill(os.getpid(), signal.SIGKILL) if what == "step" and run.step == at else None)
run.result()
"""


@pytest.mark.parametrize("step", [6, 9])
def test_killed_it_goes_on_from_the_last_checkpoint(photos: Path, tmp_path: Path, repository: Path, step: int) -> None:
    """kill -9 in the middle: losses and weights of the whole run equal those of a straight one."""
    straight = train.dreambooth("straight", settings(photos, steps=12)).result(120)
    environment = os.environ | {"PYTHONPATH": str(repository)}
    killed = subprocess.run([sys.executable, "-W", "error", "-c", KILLED, str(step)], cwd=tmp_path, env=environment)
    assert killed.returncode == -signal.SIGKILL
    run = Run.open("killed", tmp_path / "killed")
    assert run.checkpoints[-1].step == step // 4 * 4
    run.config = run.config.replace(instance_images=str(photos))
    run.resume().result(120)
    assert run.step == 12
    assert np.array_equal(straight.history["loss"], run.history["loss"])
    assert same_weights(straight, run)


def test_rolled_back_it_forgets_what_came_after(photos: Path) -> None:
    """Rows, samples and checkpoints after the step go, and the run ends where the straight one does."""
    straight = train.dreambooth("straight", settings(photos)).result(120)
    run = train.dreambooth("rolled", settings(photos, sample_every=4)).result(120)
    run.roll_back(4)
    assert (run.state, run.step, [checkpoint.step for checkpoint in run.checkpoints]) == ("stopped", 4, [4])
    assert {sample.step for sample in run.samples} == {0, 4}
    run.resume().result(120)
    assert same_weights(straight, run)
    with pytest.raises(InputError, match=r"step 5 has no checkpoint\. There are: 4, 8"):
        run.roll_back(5)


def test_a_new_learning_rate_takes_effect_at_the_next_step(photos: Path) -> None:
    """And is part of the checkpoint."""
    run = train.dreambooth("rate", settings(photos))
    pause_after(run, 2)
    paused(run)
    with pytest.raises(InputError, match=r"learning rate -1\.0: it lies between 0 and 1"):
        run.set_learning_rate(-1.0)
    run.set_learning_rate(5e-4)
    run.go_on()
    run.result(120)
    assert run.history["lr"].tolist() == pytest.approx([1e-3, 1e-3, *[5e-4] * 6])


def test_the_space_answers_between_two_steps(photos: Path) -> None:
    """A short call on the same device runs while the training goes on, and changes nothing of it."""
    straight = train.dreambooth("straight", settings(photos, steps=40)).result(120)
    busy = train.dreambooth("busy", settings(photos, steps=40))
    at_step(busy, 2)
    pipeline = models["random"]
    answered = device_queue("cpu").submit(lambda: (busy.step, pipeline("a boat", num_inference_steps=1).images[0].size))
    step, size = answered.result(30)
    assert 2 <= step < 40
    assert size == (16, 16)
    busy.result(120)
    assert np.array_equal(straight.history["loss"], busy.history["loss"])


def test_paused_it_gives_the_device_away(photos: Path) -> None:
    """Somebody else's job runs while it is paused."""
    run = train.dreambooth("paused", settings(photos))
    pause_after(run, 2)
    paused(run)
    assert device_queue("cpu").submit(lambda: "served").result(10) == "served"
    assert run.step == 2
    run.stop()
    run.result(120)
    assert run.state == "stopped"


def test_cancelling_its_job_keeps_the_last_step(photos: Path) -> None:
    """The kernel's end, or a Stop on the job itself, leaves a checkpoint."""
    run = train.dreambooth("cancelled", settings(photos, steps=500, checkpoint_every=None, probe_every=None))
    at_step(run, 3)
    assert run.job is not None
    run.job.cancel()
    run.result(120)
    assert run.state == "stopped"
    assert run.checkpoints[-1].step == run.step >= 3


def test_the_personalised_model_is_one_of_its_own(photos: Path) -> None:
    """`run.pipeline` paints, other pictures than the base, and the base paints what it did before."""
    base = models["random"]
    before = base(
        "a red boat", num_inference_steps=2, generator=torch.Generator().manual_seed(0), output_type="np"
    ).images
    run = train.dreambooth("mine", settings(photos, learning_rate=1e-2)).result(120)
    after = base(
        "a red boat", num_inference_steps=2, generator=torch.Generator().manual_seed(0), output_type="np"
    ).images
    assert np.array_equal(before, after)
    mine = run.pipeline("a red boat", steps=2, seed=0)
    assert mine.size == (16, 16)
    assert not np.array_equal(np.asarray(mine), (before[0] * 255).round().astype(np.uint8))
    assert models["mine"] is run.pipeline
    # another checkpoint takes its place in the same object
    held = run.pipeline
    run.use(4)
    assert run.pipeline is held
    assert not np.array_equal(np.asarray(held("a red boat", steps=2, seed=0)), np.asarray(mine))


@pytest.mark.parametrize("method", ["full", "lora"])
def test_every_method_learns(photos: Path, method: str) -> None:
    """The loss on the subject falls over a few dozen steps of one noise-free picture."""
    told = settings(photos, method=method, steps=30, learning_rate=3e-3, class_prompt=None, train_text_encoder=True)
    run = train.dreambooth(method, told).result(120)
    losses = run.history["instance_loss"]
    assert losses[-10:].mean() < losses[:10].mean()
    assert np.isnan(run.history["prior_loss"]).all()


def test_bad_photos_fail_the_run_with_every_problem(photos: Path) -> None:
    """The run says so, and waiting for it raises it."""
    (photos / "broken.png").write_bytes(b"not a picture")
    run = train.dreambooth("bad", settings(photos))
    with pytest.raises(PhotoError, match=r"broken\.png"):
        run.result(120)
    assert run.state == "failed"
    assert "broken.png" in run.notice


def test_other_settings_start_another_run(photos: Path) -> None:
    """What was trained is not overwritten; the same settings show the finished run again."""
    first = train.dreambooth("mug", settings(photos)).result(120)
    assert train.dreambooth("mug", settings(photos)) is first
    assert train.dreambooth("mug", settings(photos, sample_every=2)) is first  # changes no weight
    other = train.dreambooth("mug", settings(photos, learning_rate=2e-3)).result(120)
    assert (other.name, other.folder.name) == ("mug-2", "mug-2")
    assert list(runs) == ["mug", "mug-2"]
    more = train.dreambooth("mug", settings(photos, steps=10)).result(120)
    assert more is first
    assert more.step == 10


def test_unknown_runs_and_bad_names_are_answered(photos: Path) -> None:
    """With the names that there are."""
    train.dreambooth("mug", settings(photos)).result(120)
    with pytest.raises(NameNotFoundError, match=r"No run is named 'mg'\. Runs: mug\. Did you mean 'mug'"):
        runs["mg"]
    with pytest.raises(ConfigError, match=r"'\.\./x' is no name of a run"):
        train.dreambooth("../x", settings(photos))
    with pytest.raises(CheckpointError, match=r"is not the folder of a run"):
        Run.open("x", Path("photos"))
    with pytest.raises(TrainError, match=r"is done, so it cannot pause"):
        runs["mug"].pause()


def test_running_out_of_memory_says_what_to_change(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last checkpoint is kept and named. (The error itself cannot be had on every machine, so it is raised.)"""
    from jupyter_spaces.train.trainer import Trainer

    step: Callable[[Trainer], object] = Trainer.step

    def runs_out(trainer: Trainer) -> object:
        if trainer.done == 5:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return step(trainer)

    monkeypatch.setattr(Trainer, "step", runs_out)
    run = train.dreambooth("large", settings(photos, batch_size=2))
    with pytest.raises(TrainError, match=r"ran out of memory at step 6\. Step 4 is kept\. Try gradient_checkpointing"):
        run.result(120)
    assert run.state == "failed"
    monkeypatch.undo()
    write_photos(photos)


def test_an_evaluation_is_kept_with_the_run_and_its_checkpoints(photos: Path) -> None:
    """It names every checkpoint, and a reopened run still has it."""
    run = train.dreambooth("judged", settings(photos)).result(120)
    found = run.evaluate(prompts=(), seeds=(0, 1)).result(120)
    assert [scores.step for scores in found.checkpoints] == [4, 8]
    assert run.evaluation == found
    assert all("diversity" in checkpoint.scores for checkpoint in Run.open("judged", run.folder).checkpoints)
    with pytest.raises(InputError, match=r"step 5 has no checkpoint"):
        run.evaluate(steps=[5])


def test_stop_before_the_first_step_ends_it_at_once(photos: Path) -> None:
    """While it waits for the device or paints class images, nobody waits for them."""
    release = threading.Event()
    device_queue("cpu").submit(release.wait, 60)
    run = train.dreambooth("hasty", settings(photos))
    run.stop()
    run.result(120)
    assert (run.state, run.step, run.checkpoints) == ("stopped", 0, [])
    release.set()
    run.resume().result(120)
    assert run.state == "done"
