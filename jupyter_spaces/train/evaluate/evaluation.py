"""What an evaluation found: the raw measures of each checkpoint, the dials that they make, and the one to use."""

from __future__ import annotations

import dataclasses
import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_spaces.errors import CheckpointError, NameNotFoundError
from jupyter_spaces.train.evaluate.dials import LEAST_GAP, class_kept_percent, fidelity_percent, knee, percent_of_base

FORMAT = 1  # of the JSON
HEADS = {
    "fidelity": "subject learned",
    "class_kept": "class kept",
    "prompt_followed": "prompt followed",
    "diversity": "diversity",
}


@dataclass(frozen=True)
class Scores:
    """The raw measures of one model."""

    step: int | None  # of the checkpoint; None for the untrained model
    fidelity: float  # mean cosine of pictures of the subject with the photos (DINO or CLIP-I)
    prior: float  # mean cosine of pictures of the class with the photos (PRES); lower is better
    prompt: float  # see `Evaluation.prompt_by`
    diversity: float  # mean distance of pictures of one prompt (DIV), see `Evaluation.diversity_by`; NaN with one seed


@dataclass(frozen=True)
class Dials:
    """The measures of one checkpoint in percent; NaN where it cannot be told."""

    step: int
    fidelity: float  # 0 is the untrained model, 100 as alike as the photos are to each other
    class_kept: float  # 100 is the untrained model, 0 when the class looks like the subject
    prompt_followed: float  # 100 is the untrained model
    diversity: float  # 100 is the untrained model


@dataclass(frozen=True)
class Evaluation:
    """The checkpoints of a run, measured in the same way. Shows as a table; `evaluation[400]` are the dials of one."""

    instance_prompt: str
    class_prompt: str
    prompts: tuple[str, ...]  # what was painted of the subject, the instance prompt first
    seeds: tuple[int, ...]  # one picture per prompt and seed
    embedder: str
    prompt_by: str  # "CLIP-T", or "diffusion classifier"
    diversity_by: str  # "LPIPS", or "1 - cosine"
    mark: float  # mutual similarity of the photos
    base: Scores
    checkpoints: tuple[Scores, ...]  # ascending

    @property
    def dials(self) -> tuple[Dials, ...]:
        """Every checkpoint in percent, ascending."""
        return tuple(self._percent(scores) for scores in self.checkpoints)

    def __getitem__(self, step: int) -> Dials:
        """The dials of a checkpoint. Raises `NameNotFoundError` for a step that was not evaluated."""
        for dials in self.dials:
            if dials.step == step:
                return dials
        steps = ", ".join(str(scores.step) for scores in self.checkpoints)
        raise NameNotFoundError(f"No checkpoint of step {step!r} was evaluated. These were: {steps}.")

    @property
    def recommended(self) -> int | None:
        """The step that has learned the subject and kept the class best, see `knee`; None when none has."""
        dials = self.dials
        return knee([one.step for one in dials], [one.fidelity for one in dials], [one.class_kept for one in dials])

    @property
    def notices(self) -> tuple[str, ...]:
        """What the numbers do not say, in sentences."""
        found = []
        if self.mark - self.base.fidelity < LEAST_GAP or self.mark - self.base.prior < LEAST_GAP:
            found.append(
                f"The photos are no more alike to each other ({self.mark:.3f}) than the untrained model's pictures are "
                f"to them ({self.base.fidelity:.3f}): this embedder does not tell the subject from its class. Use "
                "another one, or photos that show more of the subject and less of its surroundings."
            )
        if self.base.prompt <= 0:
            found.append(
                "The untrained model does not follow these prompts itself, so there is nothing to compare with."
            )
        copied = [str(one.step) for one in self.dials if one.fidelity > 115]
        if copied:
            found.append(
                f"At step {', '.join(copied)} the pictures are more alike to the photos than these are to each other: "
                "photos may be learned by heart."
            )
        return tuple(found)

    def as_table(self) -> list[dict[str, Any]]:
        """One row per checkpoint, dials and raw measures by name; `pandas.DataFrame` takes it as it is."""
        raw = ("fidelity", "prior", "prompt", "diversity")
        return [
            {
                **dataclasses.asdict(dials),
                **{f"raw_{name}": getattr(scores, name) for name in raw},
                "recommended": dials.step == self.recommended,
            }
            for dials, scores in zip(self.dials, self.checkpoints, strict=True)
        ]

    def to_json(self) -> str:
        """Everything, as JSON; what could not be measured is null."""
        plain = {"format": FORMAT, **dataclasses.asdict(self), "recommended": self.recommended}
        return json.dumps(_without_nan(plain), indent=1, allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Evaluation:
        """What `to_json` wrote. Raises `CheckpointError` for anything else."""
        try:
            plain: dict[str, Any] = json.loads(text)
            if plain.pop("format") != FORMAT:
                raise ValueError("it is of another version")
            del plain["recommended"]  # follows from the rest
            plain["base"] = _scores(plain["base"])
            plain["checkpoints"] = [_scores(row) for row in plain["checkpoints"]]
            fields: dict[str, Any] = {name: tuple(is_) if isinstance(is_, list) else is_ for name, is_ in plain.items()}
            return cls(**fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"this is not an evaluation that can be read ({error}). Evaluate the run again."
            ) from None

    def _percent(self, scores: Scores) -> Dials:
        assert scores.step is not None
        base, mark = self.base, self.mark
        return Dials(
            scores.step,
            fidelity=fidelity_percent(scores.fidelity, base.fidelity, mark),
            class_kept=class_kept_percent(scores.prior, base.prior, mark),
            prompt_followed=percent_of_base(scores.prompt, base.prompt),
            diversity=percent_of_base(scores.diversity, base.diversity),
        )

    def _caption(self) -> str:
        recommended = "none" if self.recommended is None else f"step {self.recommended}"
        return f"Recommended: {recommended}. By {self.embedder}; prompts by {self.prompt_by}."

    def __repr__(self) -> str:
        lines = [("step", *HEADS.values())]
        lines += [(str(one.step), *(_percent_text(getattr(one, name)) for name in HEADS)) for one in self.dials]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        rows = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([*rows, self._caption(), *self.notices])

    def _repr_html_(self) -> str:
        """A table with a bar for each dial; static, without a script."""
        head = "".join(f"<th style='text-align:left'>{text}</th>" for text in ("step", *HEADS.values()))
        body = "".join(self._row(dials) for dials in self.dials)
        below = "".join(f"<p>{html.escape(text)}</p>" for text in (self._caption(), *self.notices))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"

    def _row(self, dials: Dials) -> str:
        chosen = dials.step == self.recommended
        step = f"<b>{dials.step} ★</b>" if chosen else str(dials.step)
        cells = "".join(f"<td style='text-align:left'>{_bar(getattr(dials, name))}</td>" for name in HEADS)
        return f"<tr><td style='text-align:left'>{step}</td>{cells}</tr>"


def _percent_text(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0f} %"


def _bar(value: float) -> str:
    width = 0 if math.isnan(value) else min(100, max(0, round(value)))
    return (
        "<div style='display:inline-block;width:80px;height:8px;margin-right:6px;background:rgba(128,128,128,0.25)'>"
        f"<div style='width:{width}%;height:8px;background:#3f78c9'></div></div>{_percent_text(value)}"
    )


def _scores(row: Mapping[str, Any]) -> Scores:
    fields: dict[str, Any] = {name: math.nan if is_ is None and name != "step" else is_ for name, is_ in row.items()}
    return Scores(**fields)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
