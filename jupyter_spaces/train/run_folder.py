"""The files of a run. They are the run: complete without the notebook that started it.

config.yaml          what it was told
metrics.jsonl        one JSON object per step
probes.jsonl         one per probe
photos/ class/       small pictures of what it learned from
samples/             step-000100-00000.png and so on, and samples.jsonl with prompt and seed of each
checkpoints/         see checkpoint.py
final/               the pipeline or the adapters
card.md              what it is, for people
"""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import yaml

from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.train.config import TrainConfig, read_config
from jupyter_spaces.train.history import History, ProbeRow, StepRow

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Sample:
    """A picture that the model painted on the way."""

    step: int
    prompt: str
    seed: int
    path: Path


class RunFolder:
    """One run's folder. One process writes it; anyone may read it meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metrics: IO[str] | None = None

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def final(self) -> Path:
        return self.path / "final"

    # The config

    def write_config(self, config: TrainConfig) -> None:
        """Keep the config; pictures that were given as objects are named by their number."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(
            self.path / "config.yaml", yaml.safe_dump(plain(config.as_dict()), sort_keys=False, allow_unicode=True)
        )

    def read_config(self) -> TrainConfig:
        """The config. Raises `CheckpointError` where there is none."""
        path = self.path / "config.yaml"
        if not path.is_file():
            raise CheckpointError(f"{self.path} is not the folder of a run: it has no config.yaml.")
        return read_config(path)

    # The curves

    def append_step(self, row: StepRow) -> None:
        """Write a step's line and hand it to the system, so that a killed process loses none."""
        if self._metrics is None:
            self._metrics = (self.path / "metrics.jsonl").open("a", encoding="utf-8")
        self._metrics.write(_line(asdict(row)))
        self._metrics.flush()

    def append_probe(self, row: ProbeRow) -> None:
        """Write a probe's line."""
        _append(self.path / "probes.jsonl", asdict(row))

    def read_history(self) -> History:
        """The curves as far as they were written; a last line that a crash cut off is left out."""
        history = History()
        for line in _lines(self.path / "metrics.jsonl"):
            history.steps.append(StepRow(**{name: _number(value) for name, value in line.items()}))
        for line in _lines(self.path / "probes.jsonl"):
            history.probes.append(ProbeRow(**{name: _number(value) for name, value in line.items()}))
        return history

    def cut(self, step: int) -> None:
        """Remove the lines and samples after this step: a run goes on from there."""
        self.close()
        for name in ("metrics.jsonl", "probes.jsonl"):
            if (self.path / name).is_file():
                kept = [line for line in _lines(self.path / name) if line["step"] <= step]
                write_text(self.path / name, "".join(map(_line, kept)))
        samples = self.read_samples()
        for sample in samples:
            if sample.step > step:
                sample.path.unlink(missing_ok=True)
        if samples:
            kept = [_sample_line(sample) for sample in samples if sample.step <= step]
            write_text(self.path / "samples" / "samples.jsonl", "".join(map(_line, kept)))

    def close(self) -> None:
        """Close what is open; writing opens it again."""
        if self._metrics is not None:
            self._metrics.close()
            self._metrics = None

    # The pictures

    def add_sample(self, step: int, prompt: str, seed: int, picture: Image.Image) -> Sample:
        """Keep a sample picture."""
        folder = self.path / "samples"
        folder.mkdir(parents=True, exist_ok=True)
        # above that of the last one, not the count: one that was deleted by hand must not cost another
        numbers = [int(Path(line["file"]).stem.rpartition("-")[2]) for line in _lines(folder / "samples.jsonl")]
        number = max(numbers, default=-1) + 1
        path = folder / f"step-{step:06d}-{number:05d}.png"
        save_picture(picture, path)
        sample = Sample(step, prompt, seed, path)
        _append(folder / "samples.jsonl", _sample_line(sample))
        return sample

    def read_samples(self) -> list[Sample]:
        """The samples in the order in which they were made."""
        folder = self.path / "samples"
        found = [
            Sample(line["step"], line["prompt"], line["seed"], folder / Path(line["file"]).name)
            for line in _lines(folder / "samples.jsonl")
        ]
        return [sample for sample in found if sample.path.is_file()]

    def write_pictures(self, kind: str, pictures: Iterable[Image.Image]) -> list[Path]:
        """Keep small pictures of the photos ("photos") or the class images ("class")."""
        folder = self.path / kind
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for number, picture in enumerate(pictures):
            paths.append(folder / f"{number:03d}.png")
            save_picture(picture, paths[-1])
        return paths

    def pictures(self, kind: str) -> list[Path]:
        """The small pictures of a kind."""
        return sorted((self.path / kind).glob("*.png"))


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """A config's values as YAML can write them: a picture that was given as an object is named as one."""
    images = values["instance_images"]
    if isinstance(images, list):
        images = [str(value) if isinstance(value, str | Path) else "(a picture)" for value in images]
    return {**values, "instance_images": images}


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a PNG under another name and rename it."""
    part = path.with_name(f".{secrets.token_hex(4)}.png")
    picture.save(part)
    os.replace(part, path)


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old one or the new one."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _line(values: Mapping[str, Any]) -> str:
    # JSON has no NaN: what does not apply is null
    clean = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()
    }
    return json.dumps(clean) + "\n"


def _append(path: Path, values: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(_line(values))


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for text in file:
            try:
                yield json.loads(text)
            except ValueError:
                return  # cut off by a crash: it is the last one


def _number(value: float | None) -> Any:
    return math.nan if value is None else value


def _sample_line(sample: Sample) -> dict[str, Any]:
    return {"step": sample.step, "prompt": sample.prompt, "seed": sample.seed, "file": sample.path.name}
