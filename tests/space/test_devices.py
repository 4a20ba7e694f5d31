"""A function runs on the device of the models that it mentions, wherever it mentions them."""

import functools
from typing import Any

import pytest

from jupyter_spaces.jobs import assign_device
from jupyter_spaces.space import EndpointOptions, read_endpoint
from jupyter_spaces.space.devices import referenced_device


class Pipeline:
    """Stands where a pipeline stands: registered with its device, called like a function."""

    def __call__(self) -> str:
        return ""


on_gpu, on_cpu = Pipeline(), Pipeline()
assign_device(on_gpu, "cuda:0")
assign_device(on_cpu, "cpu")
shelf = {"small": on_cpu, "large": on_gpu}


def uses_global() -> str:
    return on_gpu()


def helper() -> str:
    return (lambda: on_gpu())()


def uses_helper() -> str:
    return helper()


def uses_cpu_and_gpu() -> str:
    return on_cpu() + on_gpu()


def uses_a_shelf(size: str) -> str:
    return shelf[size]()


def uses_default(model: Pipeline = on_gpu) -> str:
    return model()


def in_a_comprehension() -> list[str]:
    return [on_gpu() for _ in range(3)]


def recursive(n: int) -> int:
    return recursive(n - 1) if n else 0


class Painter:
    def __init__(self) -> None:
        self.pipe = on_gpu

    def paint(self, prompt: str) -> str:
        return self.pipe()

    def __call__(self, prompt: str) -> str:
        return self.pipe()


painter = Painter()


def uses_an_object() -> str:
    return painter.paint("a boat")


class Hostile:
    """A lazy proxy: every attribute that nobody needs is an error."""

    def __getattr__(self, name: str) -> None:
        raise RuntimeError(name)


hostile = Hostile()


def uses_hostile() -> str:
    return f"{hostile}{on_gpu()}"


def closes_over():
    pipe = on_gpu

    def paint(prompt: str) -> str:
        return pipe()

    return paint


@functools.cache
def decorated(prompt: str) -> str:
    return on_gpu()


@pytest.mark.parametrize(
    "function",
    [
        uses_global,
        uses_helper,
        uses_cpu_and_gpu,
        uses_a_shelf,
        uses_default,
        in_a_comprehension,
        Painter().paint,
        Painter(),
        uses_an_object,
        uses_hostile,
        closes_over(),
        functools.partial(uses_default, model=on_gpu),
        decorated,
    ],
    ids=lambda each: getattr(each, "__qualname__", type(each).__name__),
)
def test_a_model_is_found_wherever_the_function_mentions_it(function: Any) -> None:
    assert referenced_device(function) == "cuda:0"


def test_a_function_without_a_model_needs_no_device() -> None:
    assert referenced_device(recursive) is None
    assert referenced_device(len) is None
    assert referenced_device(lambda: print("hello")) is None


def test_a_name_that_is_defined_later_counts_when_it_is_there() -> None:
    namespace = {}
    exec("def paint(prompt: str) -> str:\n    return pipe(prompt)", namespace)
    endpoint = read_endpoint(namespace["paint"])
    assert endpoint.device() is None
    namespace["pipe"] = on_gpu
    assert endpoint.device() == "cuda:0"


def test_options_decide_before_what_is_mentioned() -> None:
    assert read_endpoint(uses_global, EndpointOptions(light=True)).device() is None
    assert read_endpoint(recursive, EndpointOptions(light=False)).device() == "cpu"
