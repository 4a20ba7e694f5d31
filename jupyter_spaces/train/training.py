"""What the training thread does with a run: prepare, then obey, step, note, keep and show until the last step.

One object per job. It writes what a `Run` shows (state, curves, samples, checkpoints) and the run's folder; everybody
else only reads the run, and asks by `Commands`. It goes when the job is over, and the memory of the optimizer with it.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jupyter_spaces.errors import JobCancelled, TrainingTooLarge
from jupyter_spaces.models.devices import empty_cache, leave_a_core, out_of_memory
from jupyter_spaces.train import checkpoint as checkpoints
from jupyter_spaces.train import sampler
from jupyter_spaces.train.checkpoint import Checkpoint
from jupyter_spaces.train.prepare import Prepared, prepare

if TYPE_CHECKING:
    from jupyter_spaces.jobs import Job
    from jupyter_spaces.train.measured import Measured
    from jupyter_spaces.train.run import Run

IN_FLIGHT = 2  # steps that a GPU may be behind


class Training:
    """One job's work on a run. `base` is the diffusers pipeline that it starts from."""

    def __init__(self, run: Run, base: Any, job: Job[None]) -> None:
        self._run = run
        self._base = base
        self._job = job
        self._made: Prepared | None = None
        self._in_flight: deque[Measured] = deque()
        self._before = 0.0  # when the step before was ready, by time.perf_counter

    @property
    def _prepared(self) -> Prepared:
        assert self._made is not None
        return self._made

    @property
    def learning_rate(self) -> float | None:
        """The rate of the next step; None before there is a trainer."""
        return None if self._made is None else self._made.trainer.learning_rate

    def class_pictures(self) -> list[Path]:
        """The class images that can be shown."""
        made = self._made.class_images if self._made is not None else None
        return [] if made is None else made.pictures

    def train(self) -> None:
        """All of it. A cancelled job keeps its last step before it ends."""
        leave_a_core()
        try:
            self._prepare()
            self._loop()
        except JobCancelled:
            self._leave("stopped", "stopped" if self._made else "stopped before the first step")
            raise
        except Exception as error:
            if out_of_memory(error):
                raise self._too_large() from None
            raise
        finally:
            self._run.files.close()

    def _prepare(self) -> None:
        def say(text: str) -> None:
            if text != self._run.notice:
                self._run.tell_state("training" if self._run.state == "training" else "preparing", text)
                self._job.set_progress(None, text)

        self._run.files.write_config(self._run.config)
        checkpoints.remove_leftovers(self._run.files.checkpoints)
        self._made = prepare(self._run.config, self._base, say=say, check=self._job.check)
        self._run.warnings = self._made.warnings
        self._run.files.write_pictures("photos", self._made.pictures)
        trainer = self._made.trainer
        self._run.look()
        last = self._run.checkpoints[-1] if self._run.checkpoints else None
        if last is not None:
            checkpoints.load_checkpoint(trainer, last.folder)
        self._run.files.cut(trainer.done)
        self._run.history = self._run.files.read_history()
        self._run.look()
        self._run.tell("images")

    def _loop(self) -> None:
        trainer, config, commands = self._prepared.trainer, self._prepared.trainer.config, self._run.commands
        if trainer.done == 0:
            self._every_so_often()
        self._run.tell_state("training", "")
        self._before = time.perf_counter()
        while trainer.done < config.steps and not commands.stopping:
            self._in_flight.append(trainer.step())
            while self._in_flight and (self._in_flight[0].ready() or len(self._in_flight) > IN_FLIGHT):
                self._note()
            if self._is_due():
                self._every_so_often()
            self._job.yield_device()
            commands.obey(self)
            while commands.paused and not commands.stopping:
                self._drain()
                self._run.tell_state("paused", "")
                commands.wait(self._job)
                commands.obey(self)
                self._before = time.perf_counter()
            if self._run.state == "paused" and not commands.paused:
                self._run.tell_state("training", "")
        self._drain()
        if trainer.done < config.steps:
            self._leave("stopped", "stopped; run.resume() goes on")
            return
        self._keep_last()
        self._run.tell_state("training", "writing the model and its card")
        self._export()
        self._run.tell_state("done", "")

    def _export(self) -> None:
        """Write what other programs read: the pipeline or the adapters, and the card."""
        from jupyter_spaces.train.export import write_card, write_final

        run = self._run
        last = run.checkpoints[-1]
        write_final(self._base, run.config, last, run.files.final)
        write_card(run.folder, run.config, history=run.history, samples=run.samples, checkpoint=last)

    def _note(self) -> None:
        """Keep what the oldest step in flight measured."""
        row = self._in_flight.popleft().row(self._before)
        self._before = time.perf_counter()
        self._run.history.steps.append(row)
        self._run.files.append_step(row)
        self._job.set_progress(step=row.step, total=self._run.config.steps, text=f"loss {row.loss:.4f}")
        self._run.tell("step")

    def _drain(self) -> None:
        """Wait for the steps in flight: what follows is about the state after them, and may not keep a broken one."""
        while self._in_flight:
            self._note()

    def _is_due(self) -> bool:
        config, done = self._run.config, self._prepared.trainer.done
        return any(
            every and done % every == 0 for every in (config.probe_every, config.sample_every, config.checkpoint_every)
        )

    def _every_so_often(self) -> None:
        """Probe, keep and paint what is due at this step."""
        self._drain()
        config, done = self._run.config, self._prepared.trainer.done
        if config.probe_every and done % config.probe_every == 0:
            self._probe()
        if config.checkpoint_every and done and done % config.checkpoint_every == 0 and done < config.steps:
            self.keep()
        if config.sample_every and done % config.sample_every == 0:
            self.paint(None, None)
        self._before = time.perf_counter()

    def _probe(self) -> None:
        with self._prepared.trainer.averaged():
            row = self._prepared.probes.measure()
        self._run.history.probes.append(row)
        self._run.files.append_probe(row)
        self._run.tell("probe")

    def keep(self) -> None:
        """Write a checkpoint, and remove those that are too many."""
        self._drain()
        checkpoints.write_checkpoint(self._prepared.trainer, self._run.files.checkpoints)
        best = self._best()
        checkpoints.prune(self._run.files.checkpoints, self._run.config.keep_checkpoints, frozenset(best))
        self._run.checkpoints = checkpoints.list_checkpoints(self._run.files.checkpoints)
        self._run.tell("checkpoint")

    def _best(self) -> list[int]:
        """The step of the checkpoint whose held-out photo had the least loss, where one is held out."""
        probes = self._run.history.probes.rows()
        kept = {checkpoint.step for checkpoint in checkpoints.list_checkpoints(self._run.files.checkpoints)}
        rows = [row for row in probes if int(row[0]) in kept and np.isfinite(row[2])]
        return [int(min(rows, key=lambda row: float(row[2]))[0])] if rows else []

    def paint(self, prompts: list[str] | None, seeds: list[int] | None) -> None:
        """Paint samples of these prompts and seeds, the config's own where there are none."""
        self._drain()
        trainer, config = self._prepared.trainer, self._prepared.trainer.config
        assert config.resolution is not None
        own = list(config.sample_prompts) or [
            config.instance_prompt,
            *([config.class_prompt] if config.class_prompt else []),
        ]
        pairs = [(prompt, seed) for prompt in prompts or own for seed in seeds or config.sample_seeds]
        with trainer.averaged():
            pipeline = trainer.trained.pipeline()
            for prompt, seed in pairs:
                (picture,) = sampler.paint(
                    pipeline,
                    [prompt],
                    [seed],
                    steps=config.sample_steps,
                    guidance_scale=config.sample_guidance_scale,
                    resolution=config.resolution,
                    on_step=self._job.check,
                )
                self._run.samples = [
                    *self._run.samples,
                    self._run.files.add_sample(trainer.done, prompt, seed, picture),
                ]
                self._run.tell("sample")

    def set_learning_rate(self, value: float) -> None:
        """Train on with this peak rate of the denoiser."""
        trainer = self._prepared.trainer
        trainer.rate = value / float(trainer.optimizer.param_groups[0]["peak"])

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint; what came after it is forgotten."""
        self._drain()
        checkpoints.load_checkpoint(self._prepared.trainer, checkpoint.folder)
        self._run.history.cut(checkpoint.step)
        self._run.files.cut(checkpoint.step)
        for later in self._run.checkpoints:
            if later.step > checkpoint.step:
                checkpoints.remove(later)
        self._run.look()
        self._run.tell_state(self._run.state, f"rolled back to step {checkpoint.step}")

    def _leave(self, state: str, notice: str) -> None:
        """Keep the last step and say how it ended."""
        self._keep_last()
        self._run.tell_state(state, notice)

    def _keep_last(self) -> None:
        if self._made is None or not self._made.trainer.done:
            return
        if not self._run.checkpoints or self._run.checkpoints[-1].step != self._made.trainer.done:
            self.keep()

    def _too_large(self) -> TrainingTooLarge:
        self._made = None
        empty_cache(str(self._job.device))
        kept = f"Step {self._run.checkpoints[-1].step} is kept. " if self._run.checkpoints else ""
        advice = [
            text
            for text, useful in (
                ("gradient_checkpointing: true", not self._run.config.gradient_checkpointing),
                (
                    f"gradient_accumulation: {2 * self._run.config.gradient_accumulation}",
                    self._run.config.batch_size > 1,
                ),
                ("method: lora", self._run.config.method == "full"),
                ("optimizer: adamw8bit", self._run.config.optimizer == "adamw" and self._run.config.method == "full"),
                ("a smaller resolution", True),
            )
            if useful
        ]
        return TrainingTooLarge(
            f"{self._job.device} ran out of memory at step {self._run.step + 1}. {kept}Try {', then '.join(advice)}."
        )
