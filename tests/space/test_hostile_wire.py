"""Whatever a stranger sends, an endpoint answers with values or with InputError, never with anything else."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_spaces import Slider
from jupyter_spaces.errors import InputError
from jupyter_spaces.space import read_endpoint


@dataclass
class Size:
    width: int
    names: list[str]


class Row(TypedDict):
    name: str
    score: float


def everything(
    text: str,
    number: Annotated[int, Slider(1, 50)] = 20,
    kind: Literal["a", "b"] = "a",
    pair: tuple[int, str] = (1, "a"),
    table: dict[str, list[float]] = {},  # noqa: B006 - endpoints copy their defaults
    row: Row | None = None,
    size: Size | None = None,
    anything: list = [],  # noqa: B006
) -> str:
    return text


NAMES = st.sampled_from(["text", "number", "kind", "pair", "table", "row", "size", "anything", "name", "width", "x"])
WIRE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


ENDPOINT = read_endpoint(everything)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, WIRE, max_size=6))
def test_any_json_is_bound_or_refused(values: dict[str, object]) -> None:
    refused: InputError | None = None
    try:
        bound = ENDPOINT.bind_json(values)
    except InputError as exc:
        refused = exc
    if refused is not None:
        assert refused.parameter is not None
        assert len(str(refused)) < 2000
        return
    # What was accepted is a fixed point: it travels back and forth unchanged.
    assert ENDPOINT.bind_json(ENDPOINT.to_json(bound)) == bound
    assert ENDPOINT.bind(bound) == bound
