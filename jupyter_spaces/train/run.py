"""A run: a training job with its folder, as people hold it.

What happens on the training thread is `training`'s; here is what people and views see of it and ask of it. A view knows
only this object: it subscribes, and reads the attributes when it is told that something changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError, JobCancelled, TrainError
from jupyter_spaces.hosts import has_host, host
from jupyter_spaces.jobs import Job, current_job, device_queue
from jupyter_spaces.models import Pipeline, adopt, load
from jupyter_spaces.models.ledger import ledger
from jupyter_spaces.train import checkpoint as checkpoints
from jupyter_spaces.train.checkpoint import Checkpoint
from jupyter_spaces.train.commands import Commands
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.history import History
from jupyter_spaces.train.personalised import personalised
from jupyter_spaces.train.prepare import device_for
from jupyter_spaces.train.run_folder import RunFolder, Sample, plain
from jupyter_spaces.train.training import Training

if TYPE_CHECKING:
    from jupyter_spaces.train.evaluate import Embedder, Evaluation

Listener = Callable[[str], None]
# Fields that may change from one part of a run to the next. More `steps` go on with the same weights; where the rate
# falls with them, or class images are still made, not exactly as a run that was longer from the start.
_FREE: dict[str, Any] = {
    "steps": 10**9, "checkpoint_every": None, "keep_checkpoints": 1, "sample_every": None,
    "sample_prompts": (), "sample_seeds": (0,), "sample_steps": 1, "sample_guidance_scale": 1.0,
    "gradient_checkpointing": False, "device": None,
}  # fmt: skip
CLASS_PICTURES = 16  # class images that a view shows


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
        self._training: Training | None = None
        self.commands = Commands()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._pipeline: Pipeline | None = None
        self.used: int | None = None
        """The step of the checkpoint that `pipeline` is made of; None before it was asked for."""

    @classmethod
    def open(cls, name: str, folder: Path) -> Run:
        """The run of a folder, as it was left. Raises `CheckpointError` where there is none."""
        files = RunFolder(folder)
        run = cls(name, files.read_config(), folder)
        run.history = files.read_history()
        run.look()
        run.state = "done" if run.finished else "stopped"
        return run

    # Starting and waiting

    def start(self) -> Run:
        """Begin, or go on from the last checkpoint, as a job on the device's queue."""
        if self.job is not None and not self.job.done():
            raise TrainError(f"The run {self.name!r} is under way: it is {self.state} at step {self.step}.")
        self._base = self._base or _load(self.config.model)
        device = device_for(self.config, self._base)
        self.commands = Commands()
        self.tell_state("waiting", f"waiting for {device}")
        self.job = device_queue(str(device)).submit(self._train, name=f"train {self.name}", inline=False)
        self.job.add_done_callback(self._ended)
        return self

    def resume(self, steps: int | None = None) -> Run:
        """Go on from the last checkpoint, up to `steps` in all if more are wanted."""
        if steps is not None:
            self.config = self.config.replace(steps=steps)
        if self.finished:
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
    def finished(self) -> bool:
        """Whether there is a checkpoint of the last step; rows alone may be ahead of what was kept."""
        return bool(self.checkpoints) and self.checkpoints[-1].step >= self.config.steps

    @property
    def live(self) -> bool:
        """Whether it waits, prepares, trains or is paused."""
        return self.job is not None and not self.job.done()

    @property
    def learning_rate(self) -> float | None:
        """The denoiser's rate: that of the next step while it trains, else that of the last; None before the first."""
        rate = self._training.learning_rate if self._training is not None else None
        last = self.history.steps.last()
        return rate if rate is not None or last is None else last["lr"]

    # Asking something of it

    def pause(self) -> None:
        """Pause after this step. The device serves others meanwhile."""
        self._asked("pause").pause(True)

    def go_on(self) -> None:
        """Go on after a pause."""
        self._asked("go on").pause(False)

    def stop(self) -> None:
        """End after this step, at once before the first one. Everything is kept, and `resume` goes on."""
        self._asked("stop").stop()
        if self.job is not None and self.state in ("waiting", "preparing"):
            self.job.cancel("stopped")

    def checkpoint(self) -> None:
        """Write a checkpoint after this step."""
        self._asked("write a checkpoint").put(lambda training: training.keep())

    def sample(self, prompt: str | None = None, seed: int | None = None) -> None:
        """Paint a sample after this step; the config's own prompts and seeds where none is given."""
        prompts = [prompt] if prompt else None
        seeds = [seed] if seed is not None else None
        self._asked("paint a sample").put(lambda training: training.paint(prompts, seeds))

    def set_learning_rate(self, value: float) -> None:
        """Train on with this peak rate of the denoiser; others keep their ratio to it. Raises `InputError`."""
        if not 0 < value < 1:
            raise InputError(f"learning rate {value!r}: it lies between 0 and 1; 0.00001 to 0.001 is usual.")
        self._asked("change the learning rate").put(lambda training: training.set_learning_rate(value))

    def roll_back(self, step: int) -> None:
        """Forget what came after this step's checkpoint, and train on from there. Raises `InputError`."""
        checkpoint = self.checkpoint_of(step)
        if self.live:
            self.commands.put(lambda training: training.restore(checkpoint))
        else:
            self.files.cut(step)
            for later in self.checkpoints:
                if later.step > step:
                    checkpoints.remove(later)
            self.history = self.files.read_history()
            self.look()
            self.tell_state("stopped", f"rolled back to step {step}; run.resume() goes on from there")

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
        checkpoint = self.checkpoint_of(step)
        self._base = self._base or _load(self.config.model)
        made = personalised(self._base, self.config, checkpoint)
        if self._pipeline is None:
            self._pipeline = adopt(self.name, made, source=str(self.folder))
        else:
            self._pipeline.replace(made, source=str(self.folder), device=str(made.device))
        self.used = step
        return self._pipeline

    # Did it work?

    def evaluate(
        self,
        *,
        steps: Sequence[int] | None = None,
        embedder: Embedder | None = None,
        prompts: Sequence[str] | None = None,
        seeds: Sequence[int] = (0, 1, 2, 3),
    ) -> Job[Evaluation]:
        """Measure what its checkpoints learned, kept and follow: `await run.evaluate()`, or `.result()`.

        steps: which checkpoints, all when None. embedder: `train.evaluate.load_embedder(folder)` of a DINO or CLIP
        model; the diffusion model's own features without one. prompts: templates with {} for the subject, beside the
        two prompts of the config. The result is kept in the run's folder, and the scores with each checkpoint.
        """
        from jupyter_spaces.train.assessment import assess
        from jupyter_spaces.train.evaluate.prompts import CONTEXTS

        self._base = self._base or _load(self.config.model)
        for step in steps or ():
            self.checkpoint_of(step)

        def judge() -> Evaluation:
            asked = CONTEXTS if prompts is None else prompts
            found = assess(self, _inner(self._base), steps=steps, embedder=embedder, prompts=asked, seeds=seeds)
            self.look()
            self.tell("checkpoint")
            return found

        device = device_for(self.config, self._base)
        return device_queue(str(device)).submit(judge, name=f"evaluate {self.name}")

    @property
    def evaluation(self) -> Evaluation | None:
        """The last evaluation, from the run's folder."""
        from jupyter_spaces.train.assessment import KEPT
        from jupyter_spaces.train.evaluate import Evaluation

        path = self.folder / KEPT
        return Evaluation.from_json(path.read_text("utf-8")) if path.is_file() else None

    # For views and the training thread

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

    def _ended(self, job: Job[None]) -> None:
        """Runs when the job is over, whichever way."""
        error = job.exception()
        if error is not None and not isinstance(error, JobCancelled):
            self.tell_state("failed", str(error) or type(error).__name__)
        elif self.state in ("waiting", "preparing", "training", "paused"):
            self.tell_state("stopped", "stopped")

    # Inside

    def _train(self) -> None:
        job: Job[None] | None = current_job()
        assert job is not None
        self._training = Training(self, _inner(self._base), job)
        try:
            self._training.train()
        finally:
            self._training = None

    def _asked(self, what: str) -> Commands:
        if not self.live:
            raise TrainError(
                f"The run {self.name!r} is {self.state}, so it cannot {what}. run.resume() lets it train again."
            )
        return self.commands

    def checkpoint_of(self, step: int) -> Checkpoint:
        """The checkpoint of this step. Raises `InputError` naming those that there are."""
        for checkpoint in self.checkpoints:
            if checkpoint.step == step:
                return checkpoint
        known = ", ".join(str(checkpoint.step) for checkpoint in self.checkpoints) or "none yet"
        raise InputError(f"step {step!r} has no checkpoint. There are: {known}.")

    def look(self) -> None:
        """Read what lies in the folder."""
        self.samples = self.files.read_samples()
        self.checkpoints = checkpoints.list_checkpoints(self.files.checkpoints)
        self.photos = self.files.pictures("photos")
        shown = self._training.class_pictures()[:CLASS_PICTURES] if self._training is not None else []
        if len(shown) > len(self.files.pictures("class")):
            from PIL import Image

            self.files.write_pictures("class", (Image.open(path).convert("RGB") for path in shown))
        self.class_images = self.files.pictures("class")

    def tell_state(self, state: str, notice: str) -> None:
        self.state, self.notice = state, notice
        self.tell("state")

    def tell(self, what: str) -> None:
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
