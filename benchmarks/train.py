"""`scripts/bench train`: does a run learn the subject and keep the class, and what does a step cost?

The toy problem of `toy` on the tiny model, with several seeds: with class images, with the untrained model's answer as
their target, without a class, and as adapters. The numbers are a table for people and JSON for machines in output/.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import toy
from benchmarks.machine import machine

OUTPUT = Path("output")
PICTURES = 24  # per prompt
VARIANTS: dict[str, dict[str, Any]] = {
    "full, class images": {"class_prompt": toy.CLASS_PROMPT},
    "full, the untrained model's answer": {"class_prompt": toy.CLASS_PROMPT, "prior_target": "base"},
    "full, without a class": {"class_prompt": toy.CLASS_PROMPT, "prior_loss_weight": 0.0},
    "adapters, class images": {"class_prompt": toy.CLASS_PROMPT, "method": "lora", "lora_rank": 16},
}


@dataclass(frozen=True)
class Outcome:
    """What one run did and cost."""

    result: toy.Result
    class_probe: float  # at the end; see jupyter_spaces.train.probes
    seconds_per_step: float  # the median
    seconds: float  # from the start to the last step
    peak_memory: float  # bytes, of the process


def settings(photos: Path, seed: int, steps: int) -> dict[str, Any]:
    """The settings that all variants share."""
    return {
        "model": "tiny", "instance_images": str(photos), "instance_prompt": toy.INSTANCE_PROMPT, "steps": steps,
        "batch_size": 4, "num_class_images": 48, "seed": seed, "sample_every": None, "checkpoint_every": None,
        "probe_every": steps, "lr_schedule": "cosine", "prior_guidance_scale": 4.0, "hold_out": False,
        "train_text_encoder": True,
    }  # fmt: skip


def train(
    photos: Path, folder: Path, variant: dict[str, Any], *, seed: int, steps: int, pictures: int = PICTURES
) -> Outcome:
    """One run and what its model paints."""
    from jupyter_spaces import train

    started = time.perf_counter()
    run = train.dreambooth(folder.name, settings(photos, seed, steps) | variant, folder=folder).result()
    seconds = time.perf_counter() - started
    return Outcome(
        result=measure(run.pipeline, toy.subject(photos), pictures),
        class_probe=float(run.history["class_loss"][-1]),
        seconds_per_step=statistics.median(run.history["seconds"].tolist()),
        seconds=seconds,
        peak_memory=float(run.history["memory"].max()),
    )


def measure(pipeline: Any, mark: npt.NDArray[np.float64], pictures: int = PICTURES) -> toy.Result:
    """What a model paints of the three prompts."""
    painted = [
        [np.asarray(pipeline(prompt, steps=20, guidance_scale=4.0, seed=seed)) for seed in range(pictures)]
        for prompt in (toy.INSTANCE_PROMPT, toy.CLASS_PROMPT, toy.ELSEWHERE)
    ]
    return toy.measure(painted[0], painted[1], painted[2], mark)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench train")
    parser.add_argument("--quick", action="store_true", help="one seed and few steps: does it run at all?")
    seeds, steps = ((3,), 60) if parser.parse_args().quick else ((3, 4, 5), 400)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from jupyter_spaces import models

    found: dict[str, Any] = {"machine": machine(), "steps": steps}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        photos = toy.photos(Path(folder) / "photos")
        base = measure(models.load("tiny"), toy.subject(photos))
        rows.append(_row("the untrained model", "", base, None))
        found["base"] = asdict(base)
        for number, (name, variant) in enumerate(VARIANTS.items()):
            for seed in seeds:
                print(f"{name}, seed {seed}", flush=True)
                outcome = train(photos, Path(folder) / f"run-{number}-{seed}", variant, seed=seed, steps=steps)
                found[f"{name}, seed {seed}"] = asdict(outcome)
                rows.append(_row(name, str(seed), outcome.result, outcome))
                print(rows[-1], flush=True)
                models.free(f"run-{number}-{seed}")
    head = (
        f"{found['machine']}; {steps} steps, batch 4 + 4, {PICTURES} pictures per prompt\n\n"
        "| variant | seed | fidelity | prior | diversity | class kept | elsewhere | class probe | s/step |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "bench-train.json").write_text(json.dumps(found, indent=1))
    (OUTPUT / "bench-train.md").write_text(head + "\n".join(rows) + "\n")
    print(head + "\n".join(rows))


def _row(name: str, seed: str, result: toy.Result, outcome: Outcome | None) -> str:
    cost = f"{outcome.class_probe:.3f} | {outcome.seconds_per_step:.2f}" if outcome is not None else " | "
    return (
        f"| {name} | {seed} | {result.fidelity:.2f} | {result.prior:.2f} | {result.diversity:.2f} | "
        f"{result.class_kept:.2f} | {result.elsewhere:.2f} | {cost} |"
    )


if __name__ == "__main__":
    main()
