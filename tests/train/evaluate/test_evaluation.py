"""What an evaluation says: dials, the recommended step, tables, and itself again from JSON."""

from __future__ import annotations

import dataclasses
import json
import math

import pandas as pd
import pytest

from jupyter_spaces.errors import CheckpointError, NameNotFoundError
from jupyter_spaces.train.evaluate import Dials, Evaluation, Scores


def made(**changes: object) -> Evaluation:
    found = Evaluation(
        instance_prompt="a photo of sks <dog>",
        class_prompt="a photo of a <dog>",
        prompts=("a photo of sks <dog>", "a sks <dog> in the snow"),
        seeds=(0, 1),
        embedder="<features>",
        prompt_by="CLIP-T",
        diversity_by="1 - cosine",
        mark=0.8,
        base=Scores(None, fidelity=0.3, prior=0.4, prompt=0.30, diversity=0.5),
        checkpoints=(
            Scores(100, fidelity=0.4, prior=0.4, prompt=0.30, diversity=0.45),
            Scores(200, fidelity=0.7, prior=0.5, prompt=0.27, diversity=0.4),
            Scores(300, fidelity=0.8, prior=0.8, prompt=0.15, diversity=0.1),
        ),
    )
    return dataclasses.replace(found, **changes)  # type: ignore[arg-type]


def test_dials_are_percentages_between_the_untrained_model_and_the_photos() -> None:
    """Each measure against its own two ends."""
    dials = made()[200]
    assert isinstance(dials, Dials)
    assert dataclasses.astuple(dials) == pytest.approx((200, 80, 75, 90, 80))
    with pytest.raises(NameNotFoundError, match=r"No checkpoint of step 250 was evaluated. These were: 100, 200, 300"):
        made()[250]


def test_the_step_that_learned_most_and_kept_the_class_is_recommended() -> None:
    """Neither the careful first one nor the one that lost the class."""
    assert made().recommended == 200
    assert made(checkpoints=made().checkpoints[2:]).recommended is None


def test_it_comes_back_from_json_as_it_was() -> None:
    """All of it, what could not be measured too, in JSON that any reader takes."""
    one_seed = made(base=Scores(None, 0.3, 0.4, 0.3, math.nan), seeds=(0,))
    text = one_seed.to_json()
    assert json.loads(text)["base"] == {"step": None, "fidelity": 0.3, "prior": 0.4, "prompt": 0.3, "diversity": None}
    assert json.loads(text)["recommended"] == 200
    back = Evaluation.from_json(text)
    assert math.isnan(back.base.diversity)
    assert back.to_json() == text
    assert Evaluation.from_json(made().to_json()) == made()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', made().to_json().replace("mark", "grade")])
def test_something_else_is_refused(text: str) -> None:
    """Another format, another version, a field that is missing."""
    with pytest.raises(CheckpointError, match="not an evaluation that can be read"):
        Evaluation.from_json(text)


def test_it_is_a_table_for_people_and_for_pandas() -> None:
    """One row per checkpoint, with the raw measures beside the dials."""
    frame = pd.DataFrame(made().as_table()).set_index("step")
    assert frame.loc[200, "class_kept"] == pytest.approx(75)
    assert frame.loc[200, "raw_prior"] == 0.5
    assert frame.index[frame["recommended"]].tolist() == [200]
    lines = repr(made()).splitlines()
    assert lines[0].split("  ")[-1] == "diversity"
    assert lines[2].split() == ["200", "80", "%", "75", "%", "90", "%", "80", "%"]
    assert lines[4] == "Recommended: step 200. By <features>; prompts by CLIP-T."


def test_the_html_is_static_and_escaped() -> None:
    """A bar per dial, the recommended step marked, nothing that runs, and names as text."""
    shown = made()._repr_html_()
    assert "<script" not in shown
    assert "&lt;features&gt;" in shown
    assert "<features>" not in shown
    assert "<b>200 ★</b>" in shown
    assert shown.count("height:8px;background:#3f78c9") == 12


def test_what_the_numbers_do_not_say_is_said() -> None:
    """An embedder that cannot tell, prompts that the untrained model does not follow, photos learned by heart."""
    assert made().notices == ()
    blind = made(mark=0.3)
    assert "does not tell the subject from its class" in blind.notices[0]
    assert blind.recommended is None
    assert "-" in repr(blind)
    lost = made(base=Scores(None, 0.3, 0.4, -0.1, 0.5))
    assert "does not follow these prompts itself" in lost.notices[0]
    copied = made(checkpoints=(Scores(400, 0.95, 0.4, 0.3, 0.1),))
    assert copied.notices == (
        "At step 400 the pictures are more alike to the photos than these are to each other: photos may be learned by "
        "heart.",
    )
