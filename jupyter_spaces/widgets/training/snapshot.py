"""The static form of a run: what a reader without a kernel sees in the place of the dashboard.

One piece of HTML without a script: how the run stands, its curves as a picture, its samples. The styles are on the
elements, as in `view/snapshot.py`. The curves are an SVG inside an img: JupyterLab drops a bare svg element from a
notebook that it does not trust.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.wording import size_text
from jupyter_spaces.widgets.pictures import image_tag
from jupyter_spaces.widgets.training.album import evenly, small
from jupyter_spaces.widgets.training.drawing import Drawing, png, svg
from jupyter_spaces.widgets.training.envelope import Smoothing
from jupyter_spaces.widgets.training.figures import figures
from jupyter_spaces.widgets.training.plot import plot
from jupyter_spaces.widgets.training.wording import duration_text, number_text

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

SIDE = 192  # pixels of a sample
MOST_COLUMNS, MOST_ROWS, MOST_PHOTOS = 8, 6, 8

_MUTED = "color:var(--jp-ui-font-color2,#757575)"
_LINE = "1px solid var(--jp-border-color2,#9994)"
_BAD = "color:var(--jp-error-color1,#d32f2f)"


def run_snapshot(run: Run) -> dict[str, Any]:
    """The mime bundle of a run: text/html, text/plain and, once something was measured, image/png of the curves."""
    drawing = plot(run.history, run.config.steps, [each.step for each in run.checkpoints])
    bundle = {"text/html": _html(run, drawing), "text/plain": plain(run)}
    if drawing is not None:
        bundle["image/png"] = base64.b64encode(png(drawing)).decode()
    return bundle


def plain(run: Run) -> str:
    """The text of `run_snapshot`: a line for the state, and one per figure."""
    head = f"{run.name}: {run.state}, step {run.step} of {run.config.steps}"
    lines = [head, *([run.notice] if run.notice else []), *(f"{name}: {text}" for name, text in key_figures(run))]
    return "\n  ".join(lines)


def key_figures(run: Run) -> list[tuple[str, str]]:
    """What a person asks first, in words."""
    seen, rows = figures(run), run.history.steps.rows()
    found = []
    labels = {"loss": "loss, smoothed", "instance_loss": "instance loss", "prior_loss": "prior loss"}
    for name, label in labels.items():
        values = rows[:, [run.history.steps.columns.index(name)]]
        if len(values) and math.isfinite(average := float(Smoothing(1).extend(values)[-1, 0])):
            found.append((label, number_text(average)))
    for name, label in {"class_loss": "class probe", "photo_loss": "photo probe"}.items():
        probed = [value for value in run.history[name].tolist() if math.isfinite(value)]
        if probed:
            found.append((label, f"{number_text(probed[0])} → {number_text(probed[-1])}"))
    if seen.lr is not None:
        found.append(("learning rate", number_text(seen.lr)))
    if seen.speed is not None:
        found.append(("speed", f"{number_text(seen.speed)} steps/s"))
    if seen.elapsed:
        found.append(("time", duration_text(seen.elapsed)))
    if seen.memory is not None:
        found.append(("memory", size_text(seen.memory)))
    if run.checkpoints:
        found.append(("checkpoints", ", ".join(str(each.step) for each in run.checkpoints)))
    return found


def _html(run: Run, drawing: Drawing | None) -> str:
    head = (
        f'<div style="font-size:1.25em;font-weight:600">{escape(run.name)}</div>'
        f"<div>{escape(run.state)}, step {run.step} of {run.config.steps}</div>"
    )
    if run.notice:
        color = _BAD if run.state == "failed" else _MUTED
        head += f'<div style="{color};white-space:pre-wrap">{escape(run.notice)}</div>'
    head += "".join(f'<div style="{_MUTED}">⚠ {escape(warning)}</div>' for warning in run.warnings)
    body = [head, _table(key_figures(run))]
    if drawing is not None:
        curves = Blob(svg(drawing, f"The curves of {run.name}").encode(), "image/svg+xml")
        body.append(image_tag(curves, f"The curves of {run.name}", "max-width:100%;height:auto;margin-top:8px"))
    body += [_samples(run), _row("Photos", run.photos), _row("Class images", run.class_images)]
    return f'<div class="jsp-static" style="padding:4px 0">{"".join(body)}</div>'


def _table(figures: Sequence[tuple[str, str]]) -> str:
    cell = "padding:1px 14px 1px 0;text-align:left;border:none;background:none"
    rows = "".join(
        f'<tr style="background:none"><td style="{cell};{_MUTED}">{escape(name)}</td>'
        f'<td style="{cell}">{escape(text)}</td></tr>'
        for name, text in figures
    )
    return f'<table style="border-collapse:collapse;margin:6px 0;font-size:inherit">{rows}</table>' if rows else ""


def _samples(run: Run) -> str:
    """Rows are prompt and seed, columns are steps."""
    rows = dict.fromkeys((each.prompt, each.seed) for each in run.samples)
    steps = sorted({each.step for each in run.samples})
    if not rows:
        return ""
    found = {(each.prompt, each.seed, each.step): each.path for each in run.samples}
    columns = evenly(steps, MOST_COLUMNS)
    cell = "padding:2px 6px 2px 0;text-align:left;vertical-align:top;border:none;background:none"
    head = "".join(f'<th style="{cell};font-weight:400;{_MUTED}">step {step}</th>' for step in columns)
    lines = []
    for prompt, seed in evenly(list(rows), MOST_ROWS):
        pictures = [found.get((prompt, seed, step)) for step in columns]
        cells = "".join(
            f'<td style="{cell}">{_picture(path, f"{prompt}, step {step}") if path else ""}</td>'
            for step, path in zip(columns, pictures, strict=True)
        )
        words = f'{escape(prompt)}<br><span style="{_MUTED}">seed {seed}</span>'
        lines.append(f'<tr style="background:none"><td style="{cell};max-width:140px">{words}</td>{cells}</tr>')
    return (
        f'<div style="border-top:{_LINE};margin-top:8px;padding-top:8px;overflow-x:auto">'
        '<table style="border-collapse:collapse;font-size:inherit">'
        f'<tr style="background:none"><td style="{cell}"></td>{head}</tr>{"".join(lines)}</table></div>'
    )


def _row(title: str, paths: Sequence[Any]) -> str:
    pictures = "".join(_picture(path, path.stem, 64) for path in evenly(paths, MOST_PHOTOS))
    if not pictures:
        return ""
    return (
        f'<div style="{_MUTED};margin-top:8px">{escape(title)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:4px">{pictures}</div>'
    )


def _picture(path: Any, alt: str, width: int = 96) -> str:
    blob = small(path, SIDE)
    return "" if blob is None else image_tag(blob, alt, f"width:{width}px;max-width:none;height:auto;border-radius:2px")
