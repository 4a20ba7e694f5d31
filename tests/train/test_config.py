"""One frozen config: what it refuses it refuses in a sentence, and what it accepts it gives back unchanged."""

from __future__ import annotations

import dataclasses
import math
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.train.config import PRESETS, Knob, TrainConfig, fields, names, read_config

OCCASIONS = ("checkpoint_every", "sample_every", "probe_every")
NEEDED = {"instance_images": "photos", "instance_prompt": "a photo of sks dog"}


def config(**settings: Any) -> TrainConfig:
    return TrainConfig(**{**NEEDED, **settings})


def misfits(knob: Knob) -> Iterator[Any]:
    """Values that a field with this knob has to refuse."""
    yield object()
    if bool not in knob.types:
        yield True  # which Python counts as a number
    if knob.choices:
        yield "nonsense"
    if int in knob.types or float in knob.types:
        yield "many"
    if int in knob.types:
        yield (knob.at_least or 0) + 1.5
    if float in knob.types:
        yield from (math.nan, math.inf)
    if knob.at_least is not None:
        yield knob.at_least - 1
    if knob.above is not None:
        yield knob.above
    if knob.at_most is not None:
        yield knob.at_most + 1


@pytest.mark.parametrize("name", list(fields()))
def test_a_field_refuses_what_does_not_fit(name: str) -> None:
    """The sentence names the field, the value and what would fit, and the error carries the field's name."""
    knob = fields()[name][1]
    for value in misfits(knob):
        with pytest.raises(ConfigError) as caught:
            config(**{name: value})
        assert str(caught.value).startswith(f"{name}: {value!r} does not fit. It takes {knob.range}")
        assert caught.value.field == name
        assert pickle.loads(pickle.dumps(caught.value)).field == name


@pytest.mark.parametrize(
    "name", [name for name, (default, _) in fields().items() if default is not None and name not in OCCASIONS]
)
def test_null_is_refused_where_it_means_nothing(name: str) -> None:
    """Most fields need a value."""
    with pytest.raises(ConfigError, match=f"{name}: None does not fit"):
        config(**{name: None})


@pytest.mark.parametrize("name", OCCASIONS)
def test_what_happens_every_so_often_can_be_switched_off(name: str) -> None:
    """The field's own text offers null, and null is accepted though the default is a number."""
    assert "null" in fields()[name][1].says
    assert getattr(config(**{name: None}), name) is None


@pytest.mark.parametrize("name", list(fields()))
def test_every_field_says_what_it_takes(name: str) -> None:
    """The table in the documentation is made from this."""
    knob = fields()[name][1]
    assert knob.range
    assert knob.says or name.startswith("adam_") or name == "weight_decay"


def test_a_whole_number_is_asked_for_where_one_is_needed() -> None:
    """1.5 is more than 1, and still no number of steps."""
    with pytest.raises(ConfigError, match=r"steps: 1\.5 does not fit\. It takes a whole number, 1 or more\."):
        config(steps=1.5)


@pytest.mark.parametrize(
    ("name", "values", "accepted"),
    [("sample_prompts", ("a dog", 3), "a list of texts"), ("sample_seeds", (0, True), "a list of whole numbers"),
     ("sample_seeds", ("0",), "a list of whole numbers")],
)  # fmt: skip
def test_the_items_of_a_list_are_looked_at(name: str, values: tuple[Any, ...], accepted: str) -> None:
    """A list of the wrong things is refused as a single one is."""
    with pytest.raises(ConfigError, match=accepted) as caught:
        config(**{name: values})
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("settings", "field", "sentence"),
    [
        ({"instance_prompt": "  "}, "instance_prompt", "instance_prompt is missing: .*a photo of sks dog"),
        ({"instance_images": ""}, "instance_images", "instance_images is missing: .*photos/"),
        ({"instance_images": []}, "instance_images", "instance_images is missing: .*photos/"),
        ({"class_images": "dogs"}, "class_images", "there is no class to keep: add class_prompt"),
        ({"class_images": "dogs", "class_prompt": "a dog", "prior_loss_weight": 0}, "class_images", "above 0"),
        ({"steps": 10, "warmup_steps": 10}, "warmup_steps", "leaves nothing of steps: 10"),
    ],
)
def test_fields_that_do_not_go_together(settings: dict[str, Any], field: str, sentence: str) -> None:
    """What no field shows alone is said with what to write instead."""
    with pytest.raises(ConfigError, match=sentence) as caught:
        config(**settings)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("learning_rat", "there is no field 'learning_rat'. Did you mean 'learning_rate'"),
        ("max_train_steps", "there is no field 'max_train_steps'. It is called 'steps' here"),
        ("train_batch_size", "It is called 'batch_size' here"),
        ("rank", "It is called 'lora_rank' here"),
        ("zebra", r"there is no field 'zebra'\. `%%train\?` lists all of them"),
        ("lora_dropout", "lora_dropout is not offered: dropout would draw from the process's own random numbers"),
        ("scale_lr", "scale_lr is not offered: write the learning_rate"),
    ],
)
def test_unknown_names_are_named(name: str, sentence: str) -> None:
    """A misspelling gets the closest name, another trainer's name the one that is used here; nothing is ignored."""
    with pytest.raises(ConfigError, match=sentence) as caught:
        read_config({**NEEDED, name: 1})
    assert caught.value.field == name
    with pytest.raises(ConfigError, match=sentence):
        config().replace(**{name: 1})


def test_the_names_of_other_trainers_lead_to_fields() -> None:
    """Every translation ends at a field that exists."""
    assert set(names.ELSEWHERE.values()) <= set(fields())
    assert not {*names.ELSEWHERE, *names.LEFT_OUT} & set(fields())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("steps: 4\ninstance_prompt: a: b\n", r"is not YAML, line 2: .*quote a value that holds a colon"),
        ("steps: [4\n", "is not YAML, line 2"),
        ("- steps\n", "is a list. Write one `name: value` per line"),
        ("steps", "is a str. Write one"),
        ("!!python/object:os.system {}\n", "is not YAML, line 1"),
        ("1: 2\n", "there is no field '1'"),
        ("", "instance_prompt is missing"),
    ],
)
def test_what_is_no_config_is_told_with_its_line(text: str, sentence: str, tmp_path: Path) -> None:
    """Text and file give the same sentence, and the file's has its name."""
    with pytest.raises(ConfigError, match=sentence):
        read_config(text)
    path = tmp_path / "dog.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence) as caught:
        read_config(path)
    assert "YAML" not in str(caught.value) or str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The sentence has the path and the system's reason."""
    with pytest.raises(ConfigError, match=r"the config file .*nowhere\.yaml cannot be read: No such file"):
        read_config(tmp_path / "nowhere.yaml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """A picture named by mistake is a config that cannot be read, not a traceback of codecs."""
    (tmp_path / "dog.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ConfigError, match=r"dog\.png cannot be read: it is not UTF-8 text"):
        read_config(tmp_path / "dog.png")


def test_numbers_as_yaml_gives_them() -> None:
    """YAML 1.1 reads 1e-4 as a text; a whole float is as good as an int, and an int as a float."""
    told = read_config("instance_images: photos\ninstance_prompt: sks\nlearning_rate: 1e-4\nsteps: 40.0\nsnr_gamma: 5")
    assert told.learning_rate == 1e-4
    assert told.steps == 40
    assert isinstance(told.steps, int)
    assert isinstance(told.snr_gamma, float)


def test_keyword_arguments_have_the_last_word() -> None:
    """Over the text, which is over the preset."""
    told = read_config("preset: face\nsteps: 30\nbatch_size: 3", **NEEDED, batch_size=4)
    assert (told.steps, told.batch_size, told.num_class_images) == (30, 4, 200)


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_is_a_few_fields(name: str) -> None:
    """Each one is a config that can be used, and leaves every other field as it usually is."""
    told, usual = read_config({**NEEDED, "preset": name}), config()
    changed = {field for field, value in told.as_dict().items() if value != usual.as_dict()[field]}
    assert changed <= set(PRESETS[name])


@pytest.mark.parametrize(("name", "hint"), [("faces", "Did you mean 'face'"), (["face"], "It is one of object")])
def test_an_unknown_preset(name: Any, hint: str) -> None:
    """It is named, with those that there are."""
    with pytest.raises(ConfigError, match=rf"is none\. It is one of object, face, style, fast, quality.*|{hint}") as e:
        read_config({**NEEDED, "preset": name})
    assert hint in str(e.value)
    assert e.value.field == "preset"


def test_a_config_is_a_value() -> None:
    """It is frozen and compares by its fields, and a change gives a new one that is checked again."""
    told = config()
    with pytest.raises(dataclasses.FrozenInstanceError):
        told.steps = 3  # type: ignore[misc]
    assert told.replace(steps=3) == config(steps=3) != told
    with pytest.raises(ConfigError, match="steps: 0 does not fit"):
        told.replace(steps=0)
    with pytest.raises(ConfigError, match="leaves nothing of steps"):
        told.replace(warmup_steps=800)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {
            "class_prompt": "a photo of a dog",
            "prior_batch_size": 3,
            "learning_rate": 1e-4,
            "sample_prompts": ["a", "b"],
        },
        {"instance_images": ["a.png", "b.png"], "sample_seeds": [], "checkpoint_every": None, "ema_decay": 0.999},
    ],
)
def test_a_config_survives_yaml(settings: dict[str, Any]) -> None:
    """What a run's folder keeps is read back as an equal config, tuples and numbers included."""
    told = config(**settings)
    assert read_config(yaml.safe_dump(told.as_dict(), sort_keys=False)) == told
    assert list(told.as_dict()) == list(fields())


@pytest.mark.parametrize("name", ["instance_images", "class_images", "masks", "model"])
def test_a_path_is_a_place(name: str) -> None:
    """In Python a folder is as often a `Path` as a text; the config keeps the text, which YAML can write."""
    told = config(**{"class_prompt": "a dog", name: Path("some") / "where"})
    assert getattr(told, name) == "some/where"


def test_the_class_takes_part_only_with_a_prompt_and_a_weight() -> None:
    """Class images per step follow the photos per step unless they are told otherwise."""
    assert not config().with_prior
    assert config().class_batch == 0
    assert not config(class_prompt="a dog", prior_loss_weight=0).with_prior
    assert config(class_prompt="a dog", batch_size=3).class_batch == 3
    assert config(class_prompt="a dog", batch_size=3, prior_batch_size=2).class_batch == 2
