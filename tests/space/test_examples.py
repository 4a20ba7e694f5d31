"""Examples: a list, a dict of lists, a folder; checked when they are read, cached when asked for."""

import dataclasses
import json
import threading
import typing
from pathlib import Path
from typing import Annotated, Any

import pytest
from PIL import Image

from jupyter_spaces import AnnotatedImage, Chatbot, Files, Gallery, ImageMask, MaskedImage, Message, Space
from jupyter_spaces.errors import CallError, DefinitionError, InputError
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


@dataclasses.dataclass
class Scene:
    """A group with a file in it."""

    photo: Image.Image
    sketches: Annotated[list[Any], Gallery()] = dataclasses.field(default_factory=list)


class Pair(typing.TypedDict):
    """A JSON value with a file in it."""

    left: Image.Image


@pytest.mark.parametrize(
    ("hint", "written", "expected"),
    [
        (Annotated[list, Gallery()], ["a.png", "b.png"], ["red", "blue"]),
        (Annotated[list, Gallery()], [["a.png", "A"], "b.png"], [("red", "A"), "blue"]),
        (
            Annotated[list, Gallery()],
            [{"image": "a.png", "caption": "A"}, {"image": "b.png"}],
            [("red", "A"), "blue"],
        ),
        (Annotated[list, Files(type="bytes")], ["note.txt", "note.txt"], [b"hello", b"hello"]),
        (list[Path], ["note.txt"], ["note.txt"]),
        (Annotated[Any, ImageMask()], "a.png", "red"),
        (Annotated[Any, ImageMask()], {"image": "a.png", "mask": "b.png"}, "red"),
        (
            Annotated[Any, AnnotatedImage()],
            {"image": "a.png", "annotations": [{"label": "x", "mask": "b.png"}]},
            ("red", "x"),
        ),
        (
            Annotated[list, Chatbot()],
            [{"role": "user", "content": [{"text": "see"}, {"image": "a.png"}]}],
            ["see", "red"],
        ),
        (Scene, {"photo": "a.png", "sketches": [["b.png", "B"]]}, ("red", ("blue", "B"))),
        (dict[str, Scene], {"x": {"photo": "a.png"}}, {"x": ("red",)}),
        (list[Scene], [{"photo": "a.png"}, {"photo": "b.png"}], [("red",), ("blue",)]),
        (Pair, {"left": "b.png"}, {"left": "blue"}),
        (tuple[Scene, str], [{"photo": "a.png"}, "note.txt"], (("red",), "note.txt")),
        (list[Image.Image] | None, None, None),
    ],
)
def test_files_beside_the_json_may_be_named_at_any_depth(
    tmp_path: Path, hint: Any, written: Any, expected: Any
) -> None:
    """In lists, with captions, in groups and in JSON values: wherever the wire form has a file's content."""
    Image.new("RGB", (7, 5), "red").save(tmp_path / "a.png")
    Image.new("RGB", (7, 5), "blue").save(tmp_path / "b.png")
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "1.json").write_text(json.dumps({"x": written}))

    def take(x: hint) -> None: ...

    assert plain(make(tmp_path, take).examples["take"][0].values["x"]) == expected


def plain(value: Any) -> Any:
    """What a test compares: the colour of a picture, the name of a path."""
    if isinstance(value, Image.Image):
        return {(255, 0, 0): "red", (0, 0, 255): "blue"}[value.getpixel((0, 0))]
    if isinstance(value, Path):
        return value.name
    if isinstance(value, Scene):
        return plain(value.photo), *plain(value.sketches)
    if isinstance(value, MaskedImage):
        return plain(value.image)
    if isinstance(value, Message):
        return plain(value.content)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple) and isinstance(value[1], list):  # an annotated image
        return plain(value[0]), value[1][0][1]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Message):
        return plain(value[0])
    return type(value)(map(plain, value)) if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize(
    ("hint", "written", "message"),
    [
        (Annotated[list, Gallery()], ["a.png", "../secret.png"], r"names the file '\.\./secret\.png', which lies"),
        (Annotated[list, Files()], ["/etc/hostname"], "names the file '/etc/hostname', which lies outside"),
        (Annotated[list, Files()], ["link.png"], r"names the file 'link\.png', which lies outside of its folder"),
        (Scene, {"photo": "gone.png"}, r"names the file 'gone\.png', which is not there"),
        (list[Image.Image], ["a.png", "x" * 5000], r"names the file 'x+…', which is not there"),
        (list[Image.Image], ["a\0.png"], "which is not there"),
        (
            Annotated[list, Gallery(max_size=10)],
            ["a.png"],
            "does not fit: .*, x: The file has .* bytes",
        ),
        (Annotated[list, Gallery()], "a.png", "does not fit: .*give a list of"),
        (tuple[Scene, str], [{"photo": "a.png"}], "does not fit: .*a list of 2 values is needed here, got 1"),
    ],
)
def test_a_file_that_may_not_or_cannot_be_named_is_told_at_any_depth(
    tmp_path: Path, hint: Any, written: Any, message: str
) -> None:
    """Nothing outside of the folder is read, through a link neither."""
    folder = tmp_path / "examples"
    folder.mkdir()
    for path in (folder / "a.png", tmp_path / "secret.png"):
        Image.new("RGB", (7, 5)).save(path)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "1.json").write_text(json.dumps({"x": written}))

    def take(x: hint) -> None: ...

    with pytest.raises(DefinitionError, match=message):
        make(folder, take)


def test_a_client_cannot_name_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are for what the author wrote; from the wire, a name stays a mistake."""
    (tmp_path / "note.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    for component in (Gallery(), Files(), ImageMask()):
        with pytest.raises(InputError):
            component.from_json(["note.txt"])


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
