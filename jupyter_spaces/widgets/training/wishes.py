"""What a page may ask of a run: which wishes make sense now, and what each of them does.

A page can be out of date, and a message can say anything. So the same rule that tells the page why a button rests is
asked again when a wish arrives, and every number is checked here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components.wording import shown
from jupyter_spaces.widgets.training.figures import ENDED
from jupyter_spaces.widgets.training.wording import number_text

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

WISHES = ("pause", "go_on", "stop", "checkpoint", "sample", "learning_rate", "use", "roll_back", "resume")
LONGEST_PROMPT = 2000  # characters
MOST_STEPS = 10_000_000


@dataclass(frozen=True)
class Act:
    """One wish that was understood: what it does, and what is said while it is done and afterwards."""

    do: Callable[[], object]
    doing: str
    done: str


def refusals(run: Run) -> dict[str, str]:
    """For every wish the sentence why it makes no sense now, or '' when it does."""
    state, live = run.state, run.job is not None
    running = live and state in ("training", "paused")
    not_running = _why_not_running(state, live)
    none_saved = "" if run.checkpoints else "There is no checkpoint yet."
    return {
        "pause": "" if live and state == "training" else not_running or "The run is paused already.",
        "go_on": "" if live and state == "paused" else not_running or "The run is not paused.",
        "stop": "" if live and state not in ENDED else not_running,
        "checkpoint": "" if running else not_running,
        "sample": "" if running else not_running,
        "learning_rate": "" if running else not_running,
        "use": none_saved,
        "roll_back": none_saved or ("" if running or state in ENDED else not_running),
        "resume": "The run is going on already." if live and state not in ENDED else "",
    }


def _why_not_running(state: str, live: bool) -> str:
    if not live:
        return "The run was read from its folder and does not run: press Resume first."
    return {
        "waiting": "The run waits for its turn; it has not begun.",
        "preparing": "The run is still preparing; training has not begun.",
        "done": "The run is done.",
        "stopped": "The run was stopped: press Resume first.",
        "failed": "The run has failed: press Resume to go on from its last checkpoint.",
    }.get(state, "")


def read_wish(run: Run, message: object) -> Act | None:
    """The act that a message asks for; None when it is none.

    Raises `InputError` with a sentence for a value that does not fit, or a wish that makes no sense now.
    """
    if not isinstance(message, Mapping):
        return None
    wish = message.get("do")
    if not isinstance(wish, str) or wish not in WISHES:
        return None
    if refusal := refusals(run)[wish]:
        raise InputError(refusal)
    return _READERS[wish](run, message)


def _sample(run: Run, message: Mapping[str, Any]) -> Act:
    given = message.get("prompt")
    prompt = given.strip()[:LONGEST_PROMPT] if isinstance(given, str) else ""
    seed = whole(message.get("seed"), "seed", 0, 2**63 - 1)
    return Act(lambda: run.sample(prompt or None, seed), "", "A sample is painted after this step.")


def _set_learning_rate(run: Run, message: Mapping[str, Any]) -> Act:
    given = message.get("value")
    value = _number(given)
    if value is None or not 0 < value < math.inf:
        raise InputError(f"The learning rate is a number above 0, such as 5e-6; {shown(given)} is none.")
    said = f"The learning rate is {number_text(value)} from the next step."
    return Act(lambda: run.set_learning_rate(value), "", said)


def _use(run: Run, message: Mapping[str, Any]) -> Act:
    step = saved_step(run, message.get("step"))
    return Act(lambda: run.use(step), f"Loading step {step} …", f"run.pipeline is step {step} now.")


def _roll_back(run: Run, message: Mapping[str, Any]) -> Act:
    step = saved_step(run, message.get("step"))
    return Act(lambda: run.roll_back(step), "", f"Back to step {step}.")


def _resume(run: Run, message: Mapping[str, Any]) -> Act:
    steps = whole(message.get("steps"), "number of steps", 1, MOST_STEPS)
    if steps is not None and steps <= run.step:
        raise InputError(f"The run has {run.step} steps behind it: resume to a larger number than {steps}.")
    if steps is None and run.step >= run.config.steps:
        raise InputError(f"All {run.config.steps} steps are done: say to which step the run shall go on.")
    return Act(lambda: run.resume(steps), "Loading the model …", "The run goes on.")


_READERS: Mapping[str, Callable[[Run, Mapping[str, Any]], Act]] = {
    "pause": lambda run, _: Act(run.pause, "", "Paused after this step."),
    "go_on": lambda run, _: Act(run.go_on, "", ""),
    "stop": lambda run, _: Act(run.stop, "", "Stopping after this step; everything is kept."),
    "checkpoint": lambda run, _: Act(run.checkpoint, "", "A checkpoint is saved after this step."),
    "sample": _sample,
    "learning_rate": _set_learning_rate,
    "use": _use,
    "roll_back": _roll_back,
    "resume": _resume,
}


def saved_step(run: Run, given: object) -> int:
    """A step that has a checkpoint."""
    saved = [checkpoint.step for checkpoint in run.checkpoints]
    if isinstance(given, bool) or not isinstance(given, int) or given not in saved:
        raise InputError(f"There is no checkpoint of step {shown(given)}; there are {', '.join(map(str, saved))}.")
    return given


def whole(given: object, name: str, low: int, high: int) -> int | None:
    """A whole number that came as text or number; None for an empty field."""
    if given is None or given == "":
        return None
    value = _number(given)
    if value is None or not math.isfinite(value) or value != int(value) or not low <= int(value) <= high:
        raise InputError(f"The {name} is a whole number from {low} to {high}; {shown(given)} is none.")
    return int(given) if isinstance(given, str) and given.strip().isdecimal() else int(value)


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        return None
    try:
        return float(given)
    except (ValueError, OverflowError):
        return None
