"""The runs by name: those of this kernel, and those that lie in the folder `runs/`."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_spaces.errors import ConfigError, NameNotFoundError, TrainError, did_you_mean
from jupyter_spaces.train.config import TrainConfig

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Runs(Mapping[str, "Run"]):
    """`runs["my-dog"]`: the run of this kernel, else the one in `runs/my-dog` below the working folder, reopened."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs: dict[Path, Run] = {}

    @property
    def root(self) -> Path:
        """Where runs are kept unless they are told otherwise."""
        return Path.cwd() / "runs"

    def make(self, name: str, config: TrainConfig, folder: Path | None = None) -> Run:
        """A new run of this name that has not begun, or the one that is there, with the new config.

        A run of the same name whose config differs in what its checkpoints depend on starts anew, in a folder of its
        own: nothing that was trained is overwritten. Raises `TrainError` when that one is under way.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{name!r} is no name of a run: it becomes a folder. Use letters, digits, '-', '_' and '.', beginning "
                "with a letter or digit."
            )
        with self._lock:
            path = (folder or self.root / name).absolute()
            number = 2
            while (run := self._at(name, path)) is not None and not run.continues(config):
                if run.live:
                    raise TrainError(
                        f"The run {name!r} is under way with other settings: it is {run.state} at step {run.step}. "
                        f"Stop it, runs[{name!r}].stop(), or give the new one another name."
                    )
                path = path.with_name(f"{(folder or self.root / name).name}-{number}")
                number += 1
            if run is None:
                from jupyter_spaces.train.run import Run

                run = Run(path.name if number > 2 else name, config, path)
            elif not run.live:
                run.config = config
            self._runs[path] = run
            return run

    def _at(self, name: str, path: Path) -> Run | None:
        if path in self._runs:
            return self._runs[path]
        # imported by the first run: `%load_ext` itself stays light
        from jupyter_spaces.train.run import Run

        return Run.open(path.name, path) if (path / "config.yaml").is_file() else None

    def __getitem__(self, name: str) -> Run:
        with self._lock:
            path = (self.root / name).absolute()
            run = next((run for run in self._runs.values() if run.name == name), None) or self._at(name, path)
            if run is None:
                known = list(self)
                raise NameNotFoundError(
                    f"No run is named {name!r}. Runs: {', '.join(known) or 'none yet; %%train dreambooth makes one'}."
                    f"{did_you_mean(str(name), known)}"
                )
            self._runs[run.folder.absolute()] = run
            return run

    def __iter__(self) -> Iterator[str]:
        there = [path.parent.name for path in sorted(self.root.glob("*/config.yaml"))]
        with self._lock:
            return iter(dict.fromkeys([*(run.name for run in self._runs.values()), *there]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        lines = [repr(self[name]) for name in self]
        return "\n".join(lines) or "No run yet. %%train dreambooth NAME makes one."


runs = Runs()
