"""A run: a training job with its folder, as people hold it.

The loop is here and fits one screen: obey, step, note, keep, show. The trainer knows nothing of all that, and a view
knows only this object: it subscribes, and reads the attributes when it is told that something changed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError, JobCancelled, TrainError, TrainingTooLarge
from jupyter_spaces.hosts import has_host, host
from jupyter_spaces.jobs import Job, device_queue
from jupyter_spaces.models import Pipeline, adopt, load
from jupyter_spaces.models.devices import empty_cache, leave_a_core, out_of_memory
from jupyter_spaces.models.ledger import ledger
from jupyter_spaces.train import checkpoint as checkpoints
from jupyter_spaces.train.checkpoint import Checkpoint
from jupyter_spaces.train.commands import Commands
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.history import History
from jupyter_spaces.train.personalised import personalised
from jupyter_spaces.train.prepare import Prepared, device_for, prepare
from jupyter_spaces.train.run_folder import RunFolder, Sample, plain
from jupyter_spaces.train.sampler import paint

if TYPE_CHECKING:
    from jupyter_spaces.train.measured import Measured

Listener = Callable[[str], None]
# Fields that may change from one part of a run to the next: they change neither the weights nor what is drawn.
_FREE: dict[str, Any] = {
    "steps": 1, "warmup_steps": 0, "checkpoint_every": None, "keep_checkpoints": 1, "sample_every": None,
    "sample_prompts": (), "sample_seeds": (0,), "sample_steps": 1, "sample_guidance_scale": 1.0,
    "gradient_checkpointing": False, "device": None,
}  # fmt: skip
CLASS_PICTURES = 16  # class images that a view shows
IN_FLIGHT = 2  # steps that a GPU may be behind


class Run:
    """One DreamBooth run. Made by `train.dreambooth`, or by `runs[name]` from its folder.

    `state`: waiting, preparing, training, paused, done, stopped or failed. `step` counts the optimizer steps that are
    done. `notice` is one sentence: what is being prepared, or why it stopped. `await run` and `run.result()` wait for
    the end and raise what the run raised.
    """

    def __init__(self, name: str, config: TrainConfig, folder: Path) -> None:
        self.name = name
        self.config = config
        self.folder = folder
        self.files = RunFolder(folder)
        self.job: Job[None] | None = None
        self.state = "stopped"
        self.notice = ""
        self.warnings: tuple[str, ...] = ()
        self.history = History()
        self.samples: list[Sample] = []
        self.checkpoints: list[Checkpoint] = []
        self.photos: list[Path] = []
        self.class_images: list[Path] = []
        self._base: Any = None
        self._prepared: Prepared | None = None
        self._commands = Commands()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._pipeline: Pipeline | None = None

    @classmethod
    def open(cls, name: str, folder: Path) -> Run:
        """The run of a folder, as it was left. Raises `CheckpointError` where there is none."""
        files = RunFolder(folder)
        run = cls(name, files.read_config(), folder)
        run.history = files.read_history()
        run._look()
        run.state = "done" if run.step >= run.config.steps else "stopped"
        return run

    # Starting and waiting

    def start(self) -> Run:
        """Begin, or go on from the last checkpoint, as a job on the device's queue."""
        if self.job is not None and not self.job.done():
            raise TrainError(f"The run {self.name!r} is under way: it is {self.state} at step {self.step}.")
        self._base = self._base or _load(self.config.model)
        device = device_for(self.config, self._base)
        self._commands = Commands()
        self._tell_state("waiting", f"waiting for {device}")
        self.job = device_queue(str(device)).submit(self._train, name=f"train {self.name}", inline=False)
        self.job.add_done_callback(self._ended)
        return self

    def resume(self, steps: int | None = None) -> Run:
        """Go on from the last checkpoint, up to `steps` in all if more are wanted."""
        if steps is not None:
            self.config = self.config.replace(steps=steps)
        if self.step >= self.config.steps:
            raise TrainError(
                f"The run {self.name!r} has done its {self.config.steps} steps. Say how many it shall do in all: "
                f"run.resume(steps={2 * self.config.steps})."
            )
        return self.start()

    def result(self, timeout: float | None = None) -> Run:
        """Wait for the end; the run itself. Raises what the run raised, `JobTimeout` after `timeout` seconds."""
        if self.job is not None:
            try:
                self.job.result(timeout)
            except JobCancelled:
                if self.state != "stopped":
                    raise
        return self

    def __await__(self) -> Generator[Any, None, Run]:
        if self.job is not None:
            yield from self.job.__await__()
        return self

    def continues(self, config: TrainConfig) -> bool:
        """Whether a run with this config could go on from this one's checkpoints, with the same result."""
        mine, theirs = (each.replace(**_FREE).as_dict() for each in (self.config, config))
        return plain(mine) == plain(theirs)

    @property
    def step(self) -> int:
        """Optimizer steps done."""
        last = self.history.steps.last()
        return int(last["step"]) if last else 0

    @property
    def live(self) -> bool:
        """Whether it waits, prepares, trains or is paused."""
        return self.job is not None and not self.job.done()

    @property
    def learning_rate(self) -> float | None:
        """The rate of the next step; None before there is a trainer."""
        return self._prepared.trainer.learning_rate if self._prepared is not None else None

    # Asking something of it

    def pause(self) -> None:
        """Pause after this step. The device serves others meanwhile."""
        self._asked("pause").pause(True)

    def go_on(self) -> None:
        """Go on after a pause."""
        self._asked("go on").pause(False)

    def stop(self) -> None:
        """End after this step. Everything is kept, and `resume` goes on."""
        self._asked("stop").stop()

    def checkpoint(self) -> None:
        """Write a checkpoint after this step."""
        self._asked("write a checkpoint").put(self._keep)

    def sample(self, prompt: str | None = None, seed: int | None = None) -> None:
        """Paint a sample after this step; the config's own prompts and seeds where none is given."""
        prompts = [prompt] if prompt else None
        seeds = [seed] if seed is not None else None
        self._asked("paint a sample").put(lambda: self._paint(prompts, seeds))

    def set_learning_rate(self, value: float) -> None:
        """Train on with this peak rate of the denoiser; others keep their ratio to it. Raises `InputError`."""
        if not 0 < value < 1:
            raise InputError(f"learning rate {value!r}: it lies between 0 and 1; 0.00001 to 0.001 is usual.")

        def change() -> None:
            assert self._prepared is not None
            trainer = self._prepared.trainer
            trainer.rate = value / float(trainer.optimizer.param_groups[0]["peak"])

        self._asked("change the learning rate").put(change)

    def roll_back(self, step: int) -> None:
        """Forget what came after this step's checkpoint, and train on from there. Raises `InputError`."""
        checkpoint = self._checkpoint_of(step)
        if self.live:
            self._commands.put(lambda: self._restore(checkpoint))
        else:
            self.files.cut(step)
            for later in self.checkpoints:
                if later.step > step:
                    checkpoints.remove(later)
            self.history = self.files.read_history()
            self._look()
            self._tell_state("stopped", f"rolled back to step {step}; run.resume() goes on from there")

    # The model that it made

    @property
    def pipeline(self) -> Pipeline:
        """The personalised model: that of the last checkpoint, or of the one that `use` named."""
        if self._pipeline is None:
            if not self.checkpoints:
                raise TrainError(f"The run {self.name!r} has no checkpoint yet, so there is no model to use.")
            self.use(self.checkpoints[-1].step)
        assert self._pipeline is not None
        return self._pipeline

    def use(self, step: int) -> Pipeline:
        """Make the model of this checkpoint `run.pipeline`; everything that refers to it follows."""
        checkpoint = self._checkpoint_of(step)
        self._base = self._base or _load(self.config.model)
        made = personalised(self._base, self.config, checkpoint)
        if self._pipeline is None:
            self._pipeline = adopt(self.name, made, source=str(self.folder))
        else:
            self._pipeline.replace(made, source=str(self.folder), device=str(made.device))
        return self._pipeline

    # For views

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(what)` whenever something changed: "state" (also now), "step", "probe", "sample",
        "checkpoint" or "images". On the training thread; it must return soon. Returns what unsubscribes."""
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = [each for each in self._listeners if each is not listener]

        listener("state")
        return unsubscribe

    def _ipython_display_(self) -> None:
        if not has_host("run"):
            raise NotImplementedError  # IPython then shows the repr
        host("run")(self)

    def __repr__(self) -> str:
        last = self.history.steps.last()
        loss = f", loss {last['loss']:.4f}" if last else ""
        return f"<Run {self.name!r}: {self.state}, step {self.step} of {self.config.steps}{loss}, in {self.folder}>"

    # The training thread

    def _train(self) -> None:
        from jupyter_spaces.jobs import current_job

        job = current_job()
        assert job is not None
        leave_a_core()
        try:
            self._prepare(job)
            self._loop(job)
        except JobCancelled:
            self._leave("stopped", "stopped" if self._prepared else "stopped before the first step")
            raise
        except Exception as error:
            if out_of_memory(error):
                raise self._too_large() from None
            raise
        finally:
            self.files.close()

    def _prepare(self, job: Job[None]) -> None:
        def say(text: str) -> None:
            if text != self.notice:
                self._tell_state("training" if self.state == "training" else "preparing", text)
                job.set_progress(None, text)

        self.files.write_config(self.config)
        checkpoints.remove_leftovers(self.files.checkpoints)
        if self._prepared is None or self._prepared.trainer.config.steps != self.config.steps:
            self._prepared = prepare(self.config, _inner(self._base), say=say, check=job.check)
            self.warnings = self._prepared.warnings
            self.files.write_pictures("photos", self._prepared.pictures)
        trainer = self._prepared.trainer
        self._look()
        last = self.checkpoints[-1] if self.checkpoints else None
        if last is not None:
            checkpoints.load_checkpoint(trainer, last.folder)
        self.files.cut(trainer.done)
        self.history = self.files.read_history()
        self._look()
        self._tell("images")

    def _loop(self, job: Job[None]) -> None:
        assert self._prepared is not None
        trainer, config, commands = self._prepared.trainer, self._prepared.trainer.config, self._commands
        in_flight: deque[Measured] = deque()
        before = time.perf_counter()
        if trainer.done == 0:
            self._every_so_often()
        self._tell_state("training", "")
        while trainer.done < config.steps and not commands.stopping:
            in_flight.append(trainer.step())
            while in_flight and (in_flight[0].ready() or len(in_flight) > IN_FLIGHT):
                before = self._note(job, in_flight.popleft(), before)
            if self._is_due():
                while in_flight:
                    before = self._note(job, in_flight.popleft(), before)
                self._every_so_often()
                before = time.perf_counter()
            job.yield_device()
            commands.obey()
            while commands.paused and not commands.stopping:
                self._tell_state("paused", "")
                commands.wait(job)
                commands.obey()
                before = time.perf_counter()
            if self.state == "paused" and not commands.paused:
                self._tell_state("training", "")
        while in_flight:
            before = self._note(job, in_flight.popleft(), before)
        done = trainer.done >= config.steps
        self._leave("done" if done else "stopped", "" if done else "stopped; run.resume() goes on")

    def _note(self, job: Job[None], measured: Measured, before: float) -> float:
        """Keep what a step measured; the time at which it did."""
        row = measured.row(before)
        self.history.steps.append(row)
        self.files.append_step(row)
        job.set_progress(step=row.step, total=self.config.steps, text=f"loss {row.loss:.4f}")
        self._tell("step")
        return time.perf_counter()

    def _is_due(self) -> bool:
        assert self._prepared is not None
        config, done = self.config, self._prepared.trainer.done
        return any(
            every and done % every == 0 for every in (config.probe_every, config.sample_every, config.checkpoint_every)
        )

    def _every_so_often(self) -> None:
        """Probe, keep and paint what is due at this step."""
        assert self._prepared is not None
        config, done = self.config, self._prepared.trainer.done
        if config.probe_every and done % config.probe_every == 0:
            self._probe()
        if config.checkpoint_every and done and done % config.checkpoint_every == 0 and done < config.steps:
            self._keep()
        if config.sample_every and done % config.sample_every == 0:
            self._paint(None, None)

    def _probe(self) -> None:
        assert self._prepared is not None
        with self._prepared.trainer.averaged():
            row = self._prepared.probes.measure()
        self.history.probes.append(row)
        self.files.append_probe(row)
        self._tell("probe")

    def _keep(self) -> None:
        assert self._prepared is not None
        checkpoints.write_checkpoint(self._prepared.trainer, self.files.checkpoints)
        best = self._best()
        checkpoints.prune(self.files.checkpoints, self.config.keep_checkpoints, frozenset(best))
        self.checkpoints = checkpoints.list_checkpoints(self.files.checkpoints)
        self._tell("checkpoint")

    def _best(self) -> list[int]:
        """The step of the checkpoint whose held-out photo had the least loss, where one is held out."""
        import numpy as np

        probes = self.history.probes.rows()
        kept = {checkpoint.step for checkpoint in checkpoints.list_checkpoints(self.files.checkpoints)}
        rows = [row for row in probes if int(row[0]) in kept and np.isfinite(row[2])]
        return [int(min(rows, key=lambda row: float(row[2]))[0])] if rows else []

    def _paint(self, prompts: list[str] | None, seeds: list[int] | None) -> None:
        assert self._prepared is not None
        trainer, config = self._prepared.trainer, self._prepared.trainer.config
        assert config.resolution is not None
        assert self.job is not None
        own = list(config.sample_prompts) or [
            config.instance_prompt,
            *([config.class_prompt] if config.class_prompt else []),
        ]
        pairs = [(prompt, seed) for prompt in prompts or own for seed in seeds or config.sample_seeds]
        with trainer.averaged():
            pipeline = trainer.trained.pipeline()
            for prompt, seed in pairs:
                (picture,) = paint(
                    pipeline,
                    [prompt],
                    [seed],
                    steps=config.sample_steps,
                    guidance_scale=config.sample_guidance_scale,
                    resolution=config.resolution,
                    on_step=self.job.check,
                )
                self.samples = [*self.samples, self.files.add_sample(trainer.done, prompt, seed, picture)]
                self._tell("sample")

    def _restore(self, checkpoint: Checkpoint) -> None:
        assert self._prepared is not None
        checkpoints.load_checkpoint(self._prepared.trainer, checkpoint.folder)
        self.history.cut(checkpoint.step)
        self.files.cut(checkpoint.step)
        for later in self.checkpoints:
            if later.step > checkpoint.step:
                checkpoints.remove(later)
        self._look()
        self._tell_state(self.state, f"rolled back to step {checkpoint.step}")

    def _leave(self, state: str, notice: str) -> None:
        """Keep the last step and say how it ended."""
        if self._prepared is not None and self._prepared.trainer.done:
            done = self._prepared.trainer.done
            if not self.checkpoints or self.checkpoints[-1].step != done:
                self._keep()
        self._tell_state(state, notice)

    def _ended(self, job: Job[None]) -> None:
        """Runs when the job is over, whichever way."""
        error = job.exception()
        if error is not None and not isinstance(error, JobCancelled):
            self._tell_state("failed", str(error) or type(error).__name__)
        elif self.state in ("waiting", "preparing", "training", "paused"):
            self._tell_state("stopped", "stopped")

    def _too_large(self) -> TrainingTooLarge:
        assert self.job is not None
        self._prepared = None
        empty_cache(str(self.job.device))
        kept = f"Step {self.checkpoints[-1].step} is kept. " if self.checkpoints else ""
        advice = [
            text
            for text, useful in (
                ("gradient_checkpointing: true", not self.config.gradient_checkpointing),
                (f"gradient_accumulation: {2 * self.config.gradient_accumulation}", self.config.batch_size > 1),
                ("method: lora", self.config.method == "full"),
                ("optimizer: adamw8bit", self.config.optimizer == "adamw" and self.config.method == "full"),
                ("a smaller resolution", True),
            )
            if useful
        ]
        return TrainingTooLarge(
            f"{self.job.device} ran out of memory at step {self.step + 1}. {kept}Try {', then '.join(advice)}."
        )

    # Inside

    def _asked(self, what: str) -> Commands:
        if not self.live:
            raise TrainError(
                f"The run {self.name!r} is {self.state}, so it cannot {what}. run.resume() lets it train again."
            )
        return self._commands

    def _checkpoint_of(self, step: int) -> Checkpoint:
        for checkpoint in self.checkpoints:
            if checkpoint.step == step:
                return checkpoint
        known = ", ".join(str(checkpoint.step) for checkpoint in self.checkpoints) or "none yet"
        raise InputError(f"step {step!r} has no checkpoint. There are: {known}.")

    def _look(self) -> None:
        """Read what lies in the folder."""
        self.samples = self.files.read_samples()
        self.checkpoints = checkpoints.list_checkpoints(self.files.checkpoints)
        self.photos = self.files.pictures("photos")
        made = self._prepared.class_images if self._prepared is not None else None
        if made is not None:
            from PIL import Image

            shown = made.pictures[:CLASS_PICTURES]
            if len(shown) > len(self.files.pictures("class")):
                self.files.write_pictures("class", (Image.open(path).convert("RGB") for path in shown))
        self.class_images = self.files.pictures("class")

    def _tell_state(self, state: str, notice: str) -> None:
        self.state, self.notice = state, notice
        self._tell("state")

    def _tell(self, what: str) -> None:
        for listener in self._listeners:
            try:
                listener(what)
            except Exception as error:  # a view that fails must not end a training
                if self.job is not None:
                    self.job.emit("listener_error", f"{type(error).__name__}: {error}")


def _load(model: str) -> Any:
    """The model: one that is loaded under this name, else loaded now."""
    return ledger.get(model).model if model in ledger else load(model)


def _inner(model: Any) -> Any:
    return model.diffusers if isinstance(model, Pipeline) else model
