"""A run's card: what the model is, how it was made and how to make it again, as the Hugging Face Hub shows it.

The head is YAML that the hub reads (https://huggingface.co/docs/hub/model-cards), the rest is for people. It may be
published as it is: pictures are named by their place beside the card, and nothing in it is a path of this machine.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import yaml

from jupyter_spaces.models.weights import readable
from jupyter_spaces.train.checkpoint import Checkpoint, read_state
from jupyter_spaces.train.config import TrainConfig, fields
from jupyter_spaces.train.evaluate.evaluation import HEADS, Evaluation
from jupyter_spaces.train.export.markdown import block, code, table
from jupyter_spaces.train.export.origin import is_repository, origin
from jupyter_spaces.train.history import History
from jupyter_spaces.train.run_folder import Sample, write_text

PICTURES = 8  # samples that are shown
# What is a place on this machine, or has a section of its own.
_PLACES = {"instance_images": "photos/", "class_images": "class/", "masks": "masks/"}
_ALWAYS = ("model", "method", "steps", "batch_size", "learning_rate", "seed")
_LICENSE = (
    "No license is given yet, and that is yours to decide: add `license:` to the head of this card. The license of the "
    "base model may say which ones are possible, and people in the photos have rights of their own."
)


def write_card(
    folder: Path,
    config: TrainConfig,
    *,
    history: History,
    samples: Sequence[Sample],
    checkpoint: Checkpoint,
    evaluation: Evaluation | None = None,
) -> Path:
    """Write `card.md` into the run's folder and return its path.

    history, samples: of the run; what came after the checkpoint is left out, and so are pictures outside `folder`,
    which nobody could see there.
    """
    name = folder.resolve().name
    shown = _latest(samples, checkpoint.step, folder)
    sections = [
        f"# {name}",
        _introduction(config, checkpoint),
        _gallery(shown, folder),
        "## Use\n\n" + _use(config),
        "## Settings\n\n" + _settings(config, checkpoint),
        "## Training\n\n" + _curves(history, checkpoint.step),
        "## Evaluation\n\n" + _evaluation(evaluation) if evaluation is not None else "",
        "## Make it again\n\n" + _again(name, config),
        "## License\n\n" + _LICENSE,
    ]
    path = folder / "card.md"
    write_text(path, _head(config, shown, folder) + "\n\n".join(filter(None, sections)) + "\n")
    return path


def _head(config: TrainConfig, shown: Sequence[Sample], folder: Path) -> str:
    lora = config.method == "lora"
    values: dict[str, Any] = {
        **({"base_model": config.model} if is_repository(config.model) else {}),
        "library_name": "diffusers",
        "pipeline_tag": "text-to-image",
        "instance_prompt": config.instance_prompt,
        "tags": ["text-to-image", "diffusers", "dreambooth", *(["lora"] if lora else [])],
        "widget": [{"text": one.prompt, "output": {"url": _link(one, folder)}} for one in shown],
    }
    if not shown:
        del values["widget"]
    return f"---\n{yaml.safe_dump(values, sort_keys=False, allow_unicode=True)}---\n\n"


def _introduction(config: TrainConfig, checkpoint: Checkpoint) -> str:
    what = "Adapters (LoRA) for" if config.method == "lora" else "A model made from"
    lines = [
        f"{what} {code(origin(config.model))}, trained by DreamBooth ([Ruiz et al., 2023]"
        f"(https://arxiv.org/abs/2208.12242)) for {checkpoint.step} steps.",
        f"- The subject: {code(config.instance_prompt)}",
    ]
    if config.class_prompt is not None:
        kept = "kept by class images" if config.with_prior else "not kept"
        lines.append(f"- Its class: {code(config.class_prompt)}, {kept}")
    return "\n\n".join([lines[0], "\n".join(lines[1:])])


def _latest(samples: Sequence[Sample], step: int, folder: Path) -> list[Sample]:
    """The pictures of the last step that has some, up to the checkpoint's."""
    inside = [one for one in samples if one.step <= step and one.path.resolve().is_relative_to(folder.resolve())]
    last = max((one.step for one in inside), default=None)
    return [one for one in inside if one.step == last][:PICTURES]


def _link(sample: Sample, folder: Path) -> str:
    return quote(sample.path.resolve().relative_to(folder.resolve()).as_posix())


def _gallery(shown: Sequence[Sample], folder: Path) -> str:
    if not shown:
        return ""
    rows = [[code(one.prompt), str(one.seed), f"![seed {one.seed}]({_link(one, folder)})"] for one in shown]
    return f"Painted after step {shown[0].step}:\n\n" + table(["prompt", "seed", "picture"], rows)


def _use(config: TrainConfig) -> str:
    if config.method == "lora":
        base = f"pipe = DiffusionPipeline.from_pretrained({origin(config.model)!r})  # the base model"
        loads = f"{base}\npipe.load_lora_weights('final')"
    else:
        loads = "pipe = DiffusionPipeline.from_pretrained('final')"
    text = f"from diffusers import DiffusionPipeline\n\n{loads}\npipe({config.instance_prompt!r}).images[0]"
    return block(text, "python")


def _settings(config: TrainConfig, checkpoint: Checkpoint) -> str:
    known = fields()
    told = _told(config)
    for name in _ALWAYS:
        told.setdefault(name, getattr(config, name))
    rows = [
        [f"`{name}`", "the model's own" if told[name] is None else code(_plain(told[name])), known[name][1].says]
        for name in known
        if name in told and name not in _PLACES
    ]
    state = read_state(checkpoint.folder)
    versions = ", ".join(f"{library} {version}" for library, version in state["versions"].items())
    more = f"Every other setting is the default. Made with {versions}, on {state['device']}."
    return table(["setting", "value", "meaning"], rows) + f"\n\n{more}"


def _told(config: TrainConfig) -> dict[str, Any]:
    """The settings that are not the defaults, fit to be published: places are the usual names of such folders."""
    told: dict[str, Any] = {}
    for name, (default, _knob) in fields().items():
        value = getattr(config, name)
        if value != default and name != "device":
            told[name] = _PLACES.get(name, value)
    if "model" in told:
        told["model"] = origin(config.model)
    return told


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _curves(history: History, step: int) -> str:
    """The figures that say how it went; a step's loss alone says little, so it is averaged over a tenth of them."""
    steps = _until(history.steps.rows(), step)
    if not len(steps):
        return "There is no record of the training."
    columns = {name: steps[:, place] for place, name in enumerate(history.steps.columns)}
    tenth = max(1, len(steps) // 10)
    rows = [["steps", str(len(steps))]]
    for name, says in (("instance_loss", "loss on the photos"), ("prior_loss", "loss on class images")):
        first, last = _mean(columns[name][:tenth]), _mean(columns[name][-tenth:])
        if math.isfinite(last):
            rows.append([f"{says}, first and last tenth", f"{first:.4f}, {last:.4f}"])
    probes = _until(history.probes.rows(), step)
    for place, says in ((1, "probe loss of the class"), (2, "probe loss of the held-out photo")):
        values = probes[np.isfinite(probes[:, place])]
        if len(values):
            best = values[np.argmin(values[:, place])]
            ends = f"{values[0, place]:.4f}, {values[-1, place]:.4f}"
            rows.append([f"{says}, first and last", ends])
            rows.append([f"{says}, lowest", f"{best[place]:.4f} at step {int(best[0])}"])
    rows.append(["learning rate, highest", f"{columns['lr'].max():.3g}"])
    rows.append(["time per step, median", f"{np.median(columns['seconds']):.3g} s"])
    rows.append(["memory, most", readable(float(columns["memory"].max()))])
    return table(["figure", "value"], rows)


def _until(rows: Any, step: int) -> Any:
    return rows[rows[:, 0] <= step]


def _mean(values: Any) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan


def _evaluation(evaluation: Evaluation) -> str:
    rows = []
    for dials in evaluation.dials:
        chosen = " (recommended)" if dials.step == evaluation.recommended else ""
        values = [getattr(dials, name) for name in HEADS]
        rows.append([f"{dials.step}{chosen}", *("-" if math.isnan(value) else f"{value:.0f} %" for value in values)])
    how = (
        f"Prompts of the subject: {len(evaluation.prompts)}, and one of its class; seeds of each: "
        f"{len(evaluation.seeds)}. Pictures are compared by {code(origin(evaluation.embedder))}, prompts by "
        f"{evaluation.prompt_by}, diversity is {evaluation.diversity_by}. The untrained model is 0 % of the subject, "
        "and 100 % of all else."
    )
    notices = "\n".join(f"- {notice}" for notice in evaluation.notices)
    return "\n\n".join(filter(None, [table(["step", *HEADS.values()], rows), how, notices]))


def _again(name: str, config: TrainConfig) -> str:
    """The cell of the run. A field that was left to its default is left to it again."""
    told = {key: list(value) if isinstance(value, tuple) else value for key, value in _told(config).items()}
    order = {field.name: place for place, field in enumerate(dataclasses.fields(config))}
    told = dict(sorted(told.items(), key=lambda item: (item[0] != "model", order[item[0]])))
    cell = f"%%train dreambooth {name}\n{yaml.safe_dump(told, sort_keys=False, allow_unicode=True)}"
    needs = "With the photos in `photos/`, in a notebook after `%load_ext jupyter_spaces`"
    if "model" in told and not is_repository(config.model):
        needs += ", and with the base model at hand under this name"
    return f"{needs}:\n\n{block(cell)}"
