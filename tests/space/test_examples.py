"""Examples: a list, a dict of lists, a folder; checked when they are read, cached when asked for."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jupyter_spaces import Space
from jupyter_spaces.errors import CallError, DefinitionError
from jupyter_spaces.jobs import JobStatus


def paint(prompt: str, steps: int = 20) -> str:
    return f"{prompt} {steps}"


def measure(image: Image.Image) -> int:
    return image.width


def make(examples, *functions, **options):
    return Space.from_namespace("test", functions or [paint], examples=examples, **options)


def test_a_list_of_dicts() -> None:
    space = make([{"prompt": "a"}, {"prompt": "b", "steps": 3}])
    first, second = space.examples["paint"]
    assert (first.values, second.values) == ({"prompt": "a"}, {"prompt": "b", "steps": 3})
    assert second.label(space["paint"]) == "b, 3"
    assert space.run_example(None, 1).result(10) == "b 3"


def test_several_endpoints_take_a_dict_of_lists() -> None:
    space = make({"paint": [{"prompt": "a"}]}, paint, measure)
    assert len(space.examples["paint"]) == 1
    assert space.examples["measure"] == ()
    with pytest.raises(DefinitionError, match=r'several endpoints, so its examples are a dict of lists. Write examples='
                       r'\{"paint": \[...\], "measure": \[...\]\}'):  # fmt: skip
        make([{"prompt": "a"}], paint, measure)
    with pytest.raises(DefinitionError, match=r"name an endpoint 'pant' that does not exist\. Did you mean 'paint'"):
        make({"pant": []})


def test_an_endpoint_brings_its_own() -> None:
    space = Space("test")
    space.endpoint(examples=[{"prompt": "a"}])(paint)
    assert space.examples["paint"][0].values == {"prompt": "a"}
    with pytest.raises(DefinitionError, match="example 1 does not fit"):
        space.endpoint(examples=[{}], name="again")(paint)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (["a"], r'example 1 of paint\(\) is a str, and an example is a dict.*Write examples=\[\{"prompt": ...\}\]'),
        ([{"promt": "a"}], "example 1 does not fit: .*no parameter 'promt'. Did you mean 'prompt'"),
        ([{"prompt": "a"}, {"prompt": 3}], r"example 2 does not fit: paint\(\), prompt: 3 is not accepted here"),
        ([{"steps": 3}], "example 1 does not fit: .*needs a value for 'prompt'"),
        (3, "examples of paint\\(\\) are a list of dicts, got int"),
        ("no/such/folder", "is not a folder. Give a folder with one JSON file per example"),
    ],
)
def test_mistakes_are_errors_of_the_definition(examples: Any, message: Any) -> None:
    with pytest.raises(DefinitionError, match=message):
        make(examples)


def test_a_folder_with_one_json_file_per_example(tmp_path: Path) -> None:
    (tmp_path / "2_boats.json").write_text(json.dumps({"prompt": "two boats", "steps": 2}))
    (tmp_path / "1_boat.json").write_text(json.dumps({"prompt": "a boat"}))
    first, second = make(tmp_path).examples["paint"]
    assert (first.name, first.values) == ("1 boat", {"prompt": "a boat"})
    assert second.label(make(tmp_path)["paint"]) == "2 boats"


def test_a_folder_for_several_endpoints_and_files_beside_the_json(tmp_path: Path) -> None:
    (tmp_path / "measure").mkdir()
    Image.new("RGB", (7, 5), "red").save(tmp_path / "measure" / "photo.png")
    (tmp_path / "measure" / "photo.json").write_text(json.dumps({"image": "photo.png"}))
    space = make(str(tmp_path), paint, measure)
    assert space.examples["paint"] == ()
    assert space.examples["measure"][0].values["image"].size == (7, 5)
    assert space.run_example("measure", 0).result(10) == 7


def test_mistakes_in_a_folder_name_the_file(tmp_path: Path) -> None:
    outside = tmp_path / "secret.png"
    Image.new("RGB", (7, 5)).save(outside)
    folder = tmp_path / "examples"
    folder.mkdir()
    path = folder / "a.json"
    for text, message in [
        ("{", r"a\.json is not JSON"),
        ("[1]", r"a\.json holds a list, and an example is an object"),
        ('{"image": "../secret.png"}', "names the file '../secret.png', which lies outside of its folder"),
        ('{"image": "gone.png"}', "names the file 'gone.png', which is not there"),
        ('{"imag": "x"}', r"a\.json does not fit: .*Did you mean 'image'"),
    ]:
        path.write_text(text)
        with pytest.raises(DefinitionError, match=message):
            make(folder, measure)


def test_cached_examples_run_once_also_when_clicked_twice_at_once() -> None:
    ran = []
    gate = threading.Event()

    def slow(x: int) -> int:
        ran.append(x)
        gate.wait(10)
        return x

    space = make([{"x": 1}], slow, cache_examples=True)
    jobs = [space.run_example("slow", 0) for _ in range(3)]
    gate.set()
    assert [job.result(10) for job in jobs] == [1, 1, 1]
    assert ran == [1]
    # What changes the Space forgets the results.
    space.update_from(make([{"x": 1}], slow, cache_examples=True))
    assert space.run_example("slow", 0).result(10) == 1
    assert ran == [1, 1]


def test_a_cached_example_that_failed_runs_again() -> None:
    outcomes = [ValueError("once"), 3]

    def flaky(x: int) -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    space = make([{"x": 1}], flaky, cache_examples=True)
    with pytest.raises(CallError, match="once"):
        space.run_example("flaky", 0).result(10)
    job = space.run_example("flaky", 0)
    assert job.result(10) == 3
    assert job.status is JobStatus.DONE
