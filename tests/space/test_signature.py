"""A function is read as an endpoint, and one that cannot be is refused with what to write."""

import functools
from collections.abc import AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import pytest
from PIL import Image

from jupyter_spaces import Job, Progress, Session, Slider, Textbox
from jupyter_spaces.errors import DefinitionError, UnsupportedTypeError
from jupyter_spaces.space import EndpointOptions, read_endpoint
from jupyter_spaces.space.components import MISSING

if TYPE_CHECKING:
    from decimal import Decimal


def test_parameters_results_and_words_come_from_the_signature() -> None:
    def paint(
        prompt: Annotated[str, Textbox(lines=2)], negative_prompt: str = "", seed: int | None = None
    ) -> Image.Image:
        """Paint a picture.

        Args:
            prompt: What to paint.
        """

    endpoint = read_endpoint(paint)
    assert (endpoint.name, endpoint.title, endpoint.description) == ("paint", "Paint", "Paint a picture.")
    assert [p.name for p in endpoint.parameters] == ["prompt", "negative_prompt", "seed"]
    assert [p.label for p in endpoint.parameters] == ["Prompt", "Negative prompt", "Seed"]
    assert endpoint["prompt"].component.info == "What to paint."
    assert endpoint["prompt"].required
    assert endpoint["seed"].default is None
    assert [r.component.kind for r in endpoint.results] == ["image"]
    assert endpoint.results[0].label == "Result"


def test_hints_as_strings_are_resolved() -> None:
    # What `from __future__ import annotations` makes of every hint; Local only exists in this function.
    class Local(NamedTuple):
        a: int

    def f(x: "Annotated[int, Slider(1, 5)]", y: "str | None" = None) -> "Image.Image": ...

    def g(x: "Local") -> "None": ...

    endpoint = read_endpoint(f)
    assert isinstance(endpoint["x"].component, Slider)
    assert endpoint["y"].component.optional
    assert read_endpoint(g, localns=locals())["x"].component.factory is Local


def test_a_hint_that_cannot_be_read_names_what_is_missing() -> None:
    def f(x: "Decimal") -> str: ...

    def g(x: "list[") -> str: ...  # noqa: F722 - the claim

    with pytest.raises(DefinitionError, match=r"f\(\): the type hint 'Decimal' of the parameter 'x' cannot be read: "
                       r"name 'Decimal' is not defined. Import or define 'Decimal' before the function"):  # fmt: skip
        read_endpoint(f)
    with pytest.raises(DefinitionError, match=r"the type hint 'list\[' of the parameter 'x' cannot be read"):
        read_endpoint(g)


def test_progress_session_and_job_are_injected_by_type() -> None:
    def f(x: int, progress: Progress, session: Session | None = None, job: Job = None) -> int: ...

    endpoint = read_endpoint(f)
    assert [p.name for p in endpoint.parameters] == ["x"]
    assert endpoint.injected == {"progress": Progress, "session": Session, "job": Job}


def test_several_results() -> None:
    class Pair(NamedTuple):
        picture: Image.Image
        seed: int

    def two() -> tuple[str, int]: ...

    def named() -> Pair: ...

    def none() -> None: ...

    assert [r.label for r in read_endpoint(two).results] == ["Result 1", "Result 2"]
    assert [(r.name, r.label) for r in read_endpoint(named).results] == [("picture", "Picture"), ("seed", "Seed")]
    assert read_endpoint(none).results == ()


def test_generators_stream() -> None:
    def a() -> Iterator[str]:
        yield ""

    def b() -> Generator[tuple[str, int], None, None]:
        yield "", 1

    async def c() -> AsyncIterator[str]:
        yield ""

    async def d() -> str: ...

    assert [(read_endpoint(f).streaming, read_endpoint(f).is_async) for f in (a, b, c, d)] == [
        (True, False),
        (True, False),
        (True, True),
        (False, True),
    ]
    assert len(read_endpoint(b).results) == 2

    def wrong() -> str:
        yield ""

    with pytest.raises(
        DefinitionError, match=r"wrong\(\) yields, so its hint is Iterator\[\.\.\.\].*Write -> Iterator"
    ):
        read_endpoint(wrong)


def test_without_type_hints() -> None:
    def paint(prompt, steps=20) -> str: ...

    with pytest.raises(
        DefinitionError,
        match=r"paint\(\) does not say what 'prompt' is: it has neither a type hint nor a default. "
        r"Write prompt: str, prompt: int = 1, or prompt: Annotated\[int, Slider\(1, 50\)\]",
    ):
        read_endpoint(paint)

    def silent(prompt: str): ...

    with pytest.raises(DefinitionError, match=r"silent\(\) does not say what it returns. Write -> str"):
        read_endpoint(silent)

    def defaulted(steps=20) -> str: ...

    assert read_endpoint(defaulted)["steps"].component.whole


def test_open_ended_parameters_are_refused() -> None:
    def f(*args: int) -> str: ...

    def g(**options: int) -> str: ...

    with pytest.raises(DefinitionError, match=r"f\(\) takes \*args, and a form needs to know its fields"):
        read_endpoint(f)
    with pytest.raises(DefinitionError, match=r"g\(\) takes \*\*options"):
        read_endpoint(g)


def test_a_mistake_names_the_function_and_the_parameter() -> None:
    class Weird: ...

    def f(x: Weird) -> str: ...

    def g() -> Weird: ...

    def h(steps: Annotated[int, Slider(1, 50)] = 70) -> str: ...

    with pytest.raises(UnsupportedTypeError, match=r"^f\(\), parameter 'x': no component shows Weird"):
        read_endpoint(f)
    with pytest.raises(UnsupportedTypeError, match=r"^g\(\), the result: no component shows Weird"):
        read_endpoint(g)
    with pytest.raises(DefinitionError, match=r"^h\(\), parameter 'steps': The default .* 70 is above the maximum 50"):
        read_endpoint(h)


@pytest.mark.parametrize("given", [3, "paint", int, None])
def test_only_functions_are_endpoints(given: Any) -> None:
    with pytest.raises(DefinitionError, match="an endpoint is a function"):
        read_endpoint(given)


def test_names_that_cannot_be_endpoints() -> None:
    with pytest.raises(DefinitionError, match=r'cannot name an endpoint.*Write @space.endpoint\(name="..."\)'):
        read_endpoint(lambda: None)
    with pytest.raises(DefinitionError, match="'_hidden' cannot name an endpoint"):
        read_endpoint(lambda: None, EndpointOptions(name="_hidden"))


def test_decorated_methods_partials_and_objects_are_read_through() -> None:
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    @decorate
    def wrapped(x: "Annotated[int, Slider(1, 5)]") -> str: ...

    class Model:
        def paint(self, prompt: str) -> str: ...

        def __call__(self, prompt: str) -> str: ...

    assert isinstance(read_endpoint(wrapped)["x"].component, Slider)
    assert [p.name for p in read_endpoint(Model().paint).parameters] == ["prompt"]
    assert read_endpoint(Model()).name == "Model"
    assert read_endpoint(functools.partial(Model().paint, prompt="x"))["prompt"].default == "x"


def test_a_batch_endpoint_takes_lists_and_is_called_with_items() -> None:
    def paint(prompt: list[str], steps: list[Annotated[int, Slider(1, 50, default=20)]]) -> list[Image.Image]: ...

    endpoint = read_endpoint(paint, EndpointOptions(batch=True, max_batch_size=4))
    assert isinstance(endpoint["prompt"].component, Textbox)
    assert endpoint["prompt"].default is MISSING
    assert endpoint["steps"].default == 20
    assert endpoint.results[0].component.kind == "image"
    assert endpoint.batch is not None
    assert endpoint.batch.max_batch_size == 4

    def scalar(prompt: str) -> list[str]: ...

    def streaming(prompt: list[str]) -> Iterator[list[str]]:
        yield []

    with pytest.raises(DefinitionError, match=r"scalar\(\) takes batches.*Write prompt: list\[str\]"):
        read_endpoint(scalar, EndpointOptions(batch=True))
    with pytest.raises(DefinitionError, match=r"streaming\(\) takes batches.*cannot yield"):
        read_endpoint(streaming, EndpointOptions(batch=True))
