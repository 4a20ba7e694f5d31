"""`%%train` and `%train`: they parse, and `train` does the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from jupyter_spaces.errors import SpacesError, did_you_mean
from jupyter_spaces.magics.options import Parser, split
from jupyter_spaces.train import PRESETS, dreambooth, fields, runs
from jupyter_spaces.train.config import read_mapping

if TYPE_CHECKING:
    from jupyter_spaces.train.run import Run

METHODS = ("dreambooth",)

EPILOG = """\
The cell is YAML, one `name: value` per line. It returns at once with a live dashboard; executed headless it waits for
the run, and an error fails it. Running it again goes on with the run, or shows it when it is done; with other settings
it starts another run beside it.

    %%train dreambooth my-dog
    instance_images: photos/
    instance_prompt: a photo of sks dog
    class_prompt: a photo of a dog
    steps: 400

A value $NAME is the notebook's variable NAME.
Afterwards: run = runs["my-dog"]; run.pipeline("a photo of sks dog at the beach"); run.history; await run.
"""


def cell_parser() -> Parser:
    """The parser of the line of a `%%train` cell."""
    parser = Parser("%%train", description="Teach a model a new subject.", epilog=EPILOG + "\n" + _fields_help())
    parser.add_argument("method", metavar="METHOD", help="dreambooth")
    parser.add_argument("name", metavar="NAME", help="the run's name; it becomes the folder runs/NAME")
    parser.add_argument("--folder", metavar="FOLDER", help="keep the run there instead")
    return parser


def train_cell_magic(shell: Any) -> Callable[[str, str], None]:
    """`%%train` of one IPython shell."""

    def train(line: str, cell: str) -> None:
        parsed = cell_parser().parse_words(split(line, "%%train"))
        if parsed.method not in METHODS:
            raise UsageError(
                f"%%train: there is no method {parsed.method!r}.{did_you_mean(parsed.method, METHODS)} "
                f"Write %%train dreambooth {parsed.name}."
            )
        try:
            told = {key: _variable(key, value, shell.user_ns) for key, value in read_mapping(cell).items()}
            run = dreambooth(parsed.name, told, folder=Path(parsed.folder).expanduser() if parsed.folder else None)
            if run.name != parsed.name:
                print(f"runs[{parsed.name!r}] has other settings and stays as it is; this run is runs[{run.name!r}].")
            display_run(run)
        except SpacesError as error:
            raise UsageError(f"%%train {parsed.name}: {error}") from error

    train.__doc__ = cell_parser().format_help()
    return train


def train_line_magic(line: str) -> Any:
    """The runs of this notebook and its folder.

    %train                  the runs
    %train show NAME        the dashboard of a run
    %train stop NAME        end it after this step; everything is kept
    %train pause NAME       pause it; %train continue NAME goes on
    %train resume NAME      let a stopped run train again
    %train presets          starting points for `preset: NAME`
    """
    match split(line, "%train"):
        case [] | ["list"]:
            print(repr(runs))
        case ["help" | "-h" | "--help", *_]:
            print(train_line_magic.__doc__)
        case ["presets"]:
            print("\n".join(f"{name}: {dict(values) or 'every field as usual'}" for name, values in PRESETS.items()))
        case [command, name] if command in COMMANDS:
            try:
                COMMANDS[command](runs[name])
            except SpacesError as error:
                raise UsageError(f"%train {command}: {error}") from error
        case [command] if command in COMMANDS:
            raise UsageError(f"%train {command}: which run? Runs: {', '.join(runs) or 'none yet'}.")
        case [command, *names] if command in COMMANDS:
            raise UsageError(f"%train {command} takes one name, got {' '.join(map(repr, names))}.")
        case [command, *_]:
            known = (*COMMANDS, "list", "presets", "help")
            raise UsageError(
                f"%train: there is no command {command!r}.{did_you_mean(command, known)} Commands: {', '.join(known)}."
            )
    return None


def display_run(run: Run) -> None:
    """Show a run as the output of this cell; headless, wait for it first."""
    from jupyter_spaces.widgets import training

    training.display_run(run)


def _variable(field: str, value: Any, namespace: dict[str, Any]) -> Any:
    """What a value `$NAME` stands for: the notebook's variable."""
    if not (isinstance(value, str) and value.startswith("$") and value[1:].isidentifier()):
        return value
    if value[1:] not in namespace:
        raise UsageError(
            f"%%train: {field}: the notebook has no variable {value[1:]!r}.{did_you_mean(value[1:], namespace)}"
        )
    return namespace[value[1:]]


COMMANDS: dict[str, Callable[[Run], None]] = {
    "show": display_run,
    "stop": lambda run: run.stop(),
    "pause": lambda run: run.pause(),
    "continue": lambda run: run.go_on(),
    "resume": lambda run: display_run(run.resume()),
}


def _fields_help() -> str:
    lines = ["Fields:"]
    for name, (default, knob) in fields().items():
        shown = (
            "" if default in (None, (), "") else f" [{str(default).lower() if isinstance(default, bool) else default}]"
        )
        unit = f" {knob.unit}" if knob.unit else ""
        lines.append(f"  {name}{shown}: {knob.says or knob.range} ({knob.range}{unit})")
    return "\n".join(lines)
