"""A Space as a thing: made from functions, changed in place, shown by hosts."""

from dataclasses import dataclass
from typing import Any

import pytest

from jupyter_spaces import Space, hosts, spaces
from jupyter_spaces.errors import DefinitionError, DuplicateNameError, NameNotFoundError


def greet(name: str = "you") -> str:
    """Say hello.

    To anybody.
    """
    return f"hello {name}"


def test_from_function_names_the_space_after_it() -> None:
    space = Space.from_function(greet, description="Polite.")
    assert (space.name, space.title, space.description) == ("greet", "Greet", "Polite.")
    assert space.call() == "hello you"
    assert Space.from_function(greet, name="polite", title="Very polite").title == "Very polite"
    assert "greet" not in spaces  # it was not made at module level


def test_from_namespace_takes_a_dict_or_a_list_of_functions() -> None:
    space = Space.from_namespace("both", {"greet": greet, "salute": greet})
    assert list(space.endpoints) == ["greet", "salute"]
    assert space.call("salute", name="Ada") == "hello Ada"
    assert list(Space.from_namespace("one", [greet]).endpoints) == ["greet"]


def test_functions_of_functions_find_their_local_types() -> None:
    @dataclass
    class Local:
        x: int

    space = Space("test")

    @space.endpoint
    def f(given: "Local") -> "int":
        return given.x

    assert space.call(given=Local(3)) == 3


@pytest.mark.parametrize("name", ["", "my space", "-a", "a/b", "a" * 97, "../x", 3, None])
def test_names_that_cannot_be_a_space(name: Any) -> None:
    with pytest.raises(DefinitionError, match=r"cannot name a Space: use up to 96 letters.*Write Space\('"):
        Space(name)


def test_a_refused_name_comes_with_one_that_works() -> None:
    with pytest.raises(DefinitionError, match=r"Write Space\('my-space', title='my space'\)"):
        Space("my space")


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(TypeError, match="titel"):
        Space("test", titel="x")
    with pytest.raises(DefinitionError, match=r"no option 'max_batchsize'. Did you mean 'max_batch_size'"):
        Space("test").endpoint(max_batchsize=3)


def test_two_endpoints_of_one_name() -> None:
    space = Space("test")
    space.endpoint(greet)
    space.endpoint(greet)  # the same function again: a cell that runs twice

    def other() -> str: ...

    with pytest.raises(DuplicateNameError, match=r"has an endpoint 'greet' already .*@space.endpoint\(name="):
        space.endpoint(name="greet")(other)


def test_schema_of_a_space() -> None:
    schema = Space.from_function(greet).schema()
    assert schema["endpoints"]["greet"]["title"] == "Greet"
    assert schema["endpoints"]["greet"]["description"] == "Say hello.\n\nTo anybody."
    assert len(schema["endpoints"]["greet"]["hash"]) == 64


def test_live_and_caching_of_the_space_hold_for_its_endpoints() -> None:
    space = Space("test", live=True, cache_examples=True)
    space.endpoint(greet)
    assert space["greet"].live
    assert space["greet"].cache_examples


def test_update_from_keeps_the_object_its_sessions_and_its_listeners() -> None:
    space = Space.from_function(greet)
    session = space.session()
    session.state["kept"] = 1
    told = []
    space.subscribe(lambda speaker, change: told.append((speaker, change)))

    def greet_again(name: str) -> str:
        return f"again {name}"

    space.update_from(Space.from_namespace("greet", {"greet": greet_again}, title="New", live=True))
    assert told == [(space, "changed")]
    assert (space.title, space.live, space.call(name="Ada")) == ("New", True, "again Ada")
    assert space.session() is session
    assert session.state == {"kept": 1}
    # The copied call names the Space that stays.
    assert space["greet"].call_source({"name": "Ada"}) == 'spaces["greet"].call(name="Ada")'


def test_a_host_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_HOSTS", {})
    space = Space.from_function(greet)
    with pytest.raises(NameNotFoundError, match="no host 'widgets' is registered"):
        space.build()
    with pytest.raises(NotImplementedError):
        space._ipython_display_()
    shown = []
    hosts.register_host("widgets", lambda space, session: (space, session.id))
    hosts.register_host("display", shown.append)
    assert space.build() == (space, "notebook")
    space._ipython_display_()
    assert shown == [space]


def test_hosts_may_be_named_and_are_imported_on_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_HOSTS", {})
    hosts.register_host("text", "builtins:repr")
    assert hosts.has_host("text")
    assert hosts.host("text") is repr
    with pytest.raises(ValueError, match=r"'package\.module:attribute'"):
        hosts.register_host("text", "builtins.repr")


def test_repr_tells_what_it_is() -> None:
    assert repr(Space.from_function(greet)) == "Space('greet': greet())"
