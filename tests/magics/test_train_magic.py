"""`%%train` and `%train`: a run from a cell, the runs of a notebook, and what a mistake is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from jupyter_spaces import models, runs, train
from jupyter_spaces.train.prior.cache import VARIABLE
from tests.magics.test_extension import complete
from tests.models.random_pipeline import random_pipeline
from tests.train.subject import settings, write_photos

Run = Callable[[str], Any]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with photos, a cache of its own, and the random model under the name "random"."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path / "photos")
    before = set(models)
    models.register("random", random_pipeline())
    yield tmp_path
    runs._runs.clear()
    for name in set(models) - before:
        models.free(name)


def cell(name: str, **more: Any) -> str:
    """A `%%train` cell: two steps of the random model, without samples."""
    short = {"steps": 2, "num_class_images": 1, "checkpoint_every": None, "probe_every": None}
    return f"%%train dreambooth {name}\n" + yaml.safe_dump(settings(Path("photos"), **{**short, **more}))


def outputs(shell: InteractiveShell, text: str) -> list[dict[str, Any]]:
    """The mime bundles that a cell displays."""
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        shell.run_cell(text).raise_error()
    return [output.data for output in captured.outputs]


def test_a_cell_waits_headless_and_shows_the_run(shell: InteractiveShell) -> None:
    """Nobody would see a later update: what is shown is the finished run, in HTML and in words, and no widget."""
    (bundle,) = outputs(shell, cell("mug"))
    assert runs["mug"].state == "done"
    assert bundle["text/plain"].startswith("mug: done, step 2 of 2")
    assert "done, step 2 of 2" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in bundle


def test_the_run_lies_in_the_folder_of_the_notebook(run: Run, place: Path) -> None:
    """Or in the one that the line names."""
    run(cell("mug"))
    assert (place / "runs" / "mug" / "config.yaml").is_file()
    run(cell("mug").replace("dreambooth mug", "dreambooth other --folder elsewhere/mine"))
    assert runs["other"].folder == place / "elsewhere" / "mine"
    assert (place / "elsewhere" / "mine" / "metrics.jsonl").is_file()


def test_a_dollar_names_a_variable_of_the_notebook(run: Run, shell: InteractiveShell) -> None:
    """Also one that YAML could not write: pictures."""
    from PIL import Image

    shell.user_ns["mine"] = [Image.open(path).copy() for path in sorted(Path("photos").iterdir())]
    run(cell("mug", instance_images="$mine"))
    assert len(runs["mug"].photos) == 5
    shell.user_ns["place"] = Path("photos")
    run(cell("other", instance_images="$place"))
    assert runs["other"].config.instance_images == "photos"
    # What only looks like one is a text.
    run(cell("third", instance_prompt="a red boat for $5"))
    assert runs["third"].config.instance_prompt == "a red boat for $5"


def test_running_the_cell_again_shows_the_finished_run(shell: InteractiveShell) -> None:
    """Nothing is trained again; samples and the like may differ, since they change no weight."""
    outputs(shell, cell("mug"))
    before = runs["mug"]
    job = before.job
    (bundle,) = outputs(shell, cell("mug"))
    assert "mug: done, step 2 of 2" in bundle["text/plain"]
    outputs(shell, cell("mug", sample_steps=3))
    assert runs["mug"] is before
    assert before.job is job


def test_more_steps_go_on_with_the_run(run: Run) -> None:
    """The cell says how many steps there are in all."""
    run(cell("mug"))
    run(cell("mug", steps=3))
    assert (runs["mug"].step, list(runs)) == (3, ["mug"])


def test_other_settings_start_a_run_beside_it_and_say_so(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What was trained is not overwritten."""
    run(cell("mug"))
    capsys.readouterr()
    run(cell("mug", learning_rate=2e-3))
    said = capsys.readouterr().out
    assert "runs['mug'] has other settings and stays as it is; this run is runs['mug-2']." in said
    assert "mug-2: done, step 2 of 2" in said
    assert list(runs) == ["mug", "mug-2"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("%%train dreamboth mug\nsteps: 2", r"there is no method 'dreamboth'\. Did you mean 'dreambooth'\?"),
        ("%%train dreambooth\nsteps: 2", r"the following arguments are required: NAME\. %%train\? shows the help"),
        ("%%train dreambooth my mug\nsteps: 2", r"'mug' is one word too many"),
        ("%%train dreambooth mug --foldr x\nsteps: 2", r"no option --foldr\. Did you mean '--folder'\?"),
        ("%%train dreambooth ../mug\ninstance_images: photos\ninstance_prompt: a", r"'\.\./mug' is no name of a run"),
        ("%%train dreambooth mug\nstep: 2", r"%%train mug: there is no field 'step'\. Did you mean 'steps'\?"),
        ("%%train dreambooth mug\nmax_train_steps: 2", r"no field 'max_train_steps'\. It is called 'steps' here\."),
        ("%%train dreambooth mug\nlora_dropout: 0.1", r"lora_dropout is not offered: .* Use a lower lora_rank"),
        ("%%train dreambooth mug\nmethod: lore\ninstance_images: photos\ninstance_prompt: a", r"'lora'"),
        ("%%train dreambooth mug\npreset: objekt", r"preset: 'objekt' is none\. It is one of object, .*'object'\?"),
        ("%%train dreambooth mug\ninstance_images: photos", r"instance_prompt is missing: write the prompt"),
        ("%%train dreambooth mug\nsteps: [2", r"the config is not YAML, line \d"),
        ("%%train dreambooth mug\na photo: of: b", r"the config is not YAML, line 1: .*quote a value that holds a"),
        ("%%train dreambooth mug\n- steps", r"the config is a list\. Write one `name: value` per line"),
        ("%%train dreambooth mug\ninstance_images: $photso", r"instance_images: the notebook has no variable 'photso'"),
    ],
)
def test_a_mistake_in_a_cell_gets_one_line(run: Run, text: str, sentence: str) -> None:
    """It says what was given, what is accepted, and what to write; no run is begun."""
    with pytest.raises(UsageError, match=sentence):
        run(text)
    assert list(runs) == []


def test_a_run_that_fails_fails_the_cell_and_is_shown(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """With what the run raised, so that an executed notebook stops there."""
    (Path("photos") / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(UsageError, match=r"%%train mug: 1 of 6 photos in .* cannot be used:\n- broken\.png is damaged"):
        run(cell("mug"))
    assert "mug: failed, step 0 of 2" in capsys.readouterr().out


def test_alone_it_lists_the_runs(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of this kernel and those that lie in `runs/`."""
    run("%train")
    assert "No run yet. %%train dreambooth NAME makes one." in capsys.readouterr().out
    run(cell("mug"))
    runs._runs.clear()  # as in a new kernel
    capsys.readouterr()
    run("%train list")
    assert re.search(r"<Run 'mug': done, step 2 of 2, loss \d\.\d+, in .*runs/mug>", capsys.readouterr().out)


def test_presets_are_listed_with_what_they_set(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Every one of them."""
    run("%train presets")
    said = capsys.readouterr().out
    assert [line.partition(":")[0] for line in said.splitlines()] == list(train.PRESETS)
    assert "object: every field as usual" in said


def test_a_run_is_asked_by_its_name(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Paused before its first step, gone on with, stopped, resumed and shown."""
    mug = train.dreambooth("mug", settings(Path("photos"), steps=60, num_class_images=1, probe_every=None))
    run("%train pause mug")
    assert mug.commands.paused
    run("%train continue mug")
    assert not mug.commands.paused
    run("%train stop mug")
    mug.result(60)
    assert mug.state == "stopped"
    assert mug.step < 60
    capsys.readouterr()
    run("%train show mug")
    assert f"mug: stopped, step {mug.step} of 60" in capsys.readouterr().out
    mug.config = mug.config.replace(steps=mug.step + 2)
    run("%train resume mug")
    assert f"mug: done, step {mug.step} of {mug.step}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("stpo mug", r"there is no command 'stpo'\. Did you mean 'stop'\? Commands: show, stop, pause, continue"),
        ("stop", r"%train stop: which run\? Runs: mug\."),
        ("stop mgu", r"%train stop: No run is named 'mgu'\. Runs: mug\. Did you mean 'mug'\?"),
        ("stop mug", r"%train stop: The run 'mug' is done, so it cannot stop\. run\.resume\(\)"),
        ("resume mug", r"has done its 2 steps\. Say how many it shall do in all: run\.resume\(steps=4\)"),
    ],
)
def test_a_mistake_in_a_line_gets_one_line(run: Run, line: str, sentence: str) -> None:
    """With the commands, or the runs, that there are."""
    run(cell("mug"))
    with pytest.raises(UsageError, match=sentence):
        run(f"%train {line}")


def test_more_than_one_name_is_refused(run: Run) -> None:
    """A command that is known is not called unknown."""
    with pytest.raises(UsageError, match=r"%train stop takes one name, got 'mug' 'other'"):
        run("%train stop mug other")


def test_the_help_of_a_cell_names_every_field(shell: InteractiveShell) -> None:
    """`%%train?` shows it, with default, meaning and range."""
    said = str(shell.find_cell_magic("train").__doc__)
    for name, (_default, knob) in train.fields().items():
        assert re.search(rf"^  {name}( \[.*\])?: ", said, re.MULTILINE)
        assert knob.range in said
    assert "steps [800]: optimizer steps (a whole number, 1 or more)" in said


def test_the_help_of_a_line_names_the_commands(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """As `%space help` does."""
    run("%train help")
    said = capsys.readouterr().out
    for command in ("show NAME", "stop NAME", "pause NAME", "resume NAME", "presets"):
        assert f"%train {command}" in said


def test_names_of_runs_and_commands_are_completed(shell: InteractiveShell, run: Run) -> None:
    """Runs of the folder too."""
    run(cell("mug"))
    run(cell("boat"))
    runs._runs.clear()  # as in a new kernel
    assert complete(shell, "%train s") == ["show", "stop"]
    assert complete(shell, "%train pr") == ["presets"]
    assert complete(shell, "%train show ") == ["boat", "mug"]
    assert complete(shell, "%train resume m") == ["mug"]
    assert complete(shell, "%%train ") == ["dreambooth"]


def test_fields_and_their_choices_are_completed_in_the_cell(shell: InteractiveShell) -> None:
    """At the start of a line the names, after the colon what the field accepts."""
    above = "%%train dreambooth mug\nsteps: 4\n"
    assert complete(shell, above + "instance_") == ["instance_images: ", "instance_prompt: "]
    assert complete(shell, above + "pre") == ["precision: ", "preset: "]
    assert complete(shell, above + "preset: f") == ["face", "fast"]
    assert complete(shell, above + "method: ") == list(train.fields()["method"][1].choices)
    assert complete(shell, above + "use_dora: ") == ["false", "true"]
    # Another cell has nothing of it.
    assert "instance_images: " not in complete(shell, "x = 1\ninstance_")


def test_runs_lands_in_the_notebook_unless_the_name_is_taken(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name of the user's own stays, and a sentence says how to get ours."""
    assert shell.user_ns["runs"] is runs
    shell.run_line_magic("unload_ext", "jupyter_spaces")
    assert "runs" not in shell.user_ns
    assert shell.find_cell_magic("train") is None
    shell.user_ns["runs"] = 7
    shell.run_line_magic("load_ext", "jupyter_spaces")
    assert shell.user_ns["runs"] == 7
    assert "from jupyter_spaces import runs as my_runs" in capsys.readouterr().out


def test_the_documentation_has_the_fields_and_presets_of_the_code(repository: Path) -> None:
    """The tables of docs/training.md, line by line."""
    page = (repository / "docs" / "training.md").read_text(encoding="utf-8").splitlines()
    fields = [line for line in page if re.match(r"\| `\w+` \| .*\|.*\|.*\|.*\|$", line)]
    assert fields == [
        f"| `{name}` | {_shown(default)} | {knob.range}{f' ({knob.unit})' if knob.unit else ''} "
        f"| {knob.says} | {knob.source} |"
        for name, (default, knob) in train.fields().items()
    ]
    presets = [line for line in page if re.match(r"\| `\w+` \| [^|]* \|$", line)]
    assert presets == [
        f"| `{name}` | {', '.join(f'`{field}: {_shown(value)}`' for field, value in values.items()) or 'as usual'} |"
        for name, values in train.PRESETS.items()
    ]


def _shown(value: Any) -> str:
    """A default as a cell would write it; nothing for what is left open."""
    if value in (None, (), ""):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(list(value)) if isinstance(value, tuple) else str(value)
