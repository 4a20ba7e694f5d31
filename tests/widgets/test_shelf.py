"""The modules that a page has been given."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets
import pytest

from jupyter_spaces.space import components as c
from jupyter_spaces.widgets import close_tree, source, widget_for
from jupyter_spaces.widgets.shelf import Shelf, shelf


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """A front end that has been given nothing yet."""
    before = shelf.set(Shelf())
    yield
    shelf.reset(before)


def test_widgets_of_a_kind_share_a_module_until_the_last_one_closes() -> None:
    """Whoever closes twice counts once."""
    first, second, other = widget_for(c.Textbox()), widget_for(c.Number()), widget_for(c.Checkbox())
    module = first._module
    assert second._module is module is not other._module
    close_tree(first)
    close_tree(first)
    assert module.comm is not None
    close_tree(second)
    assert module.comm is None


def test_a_module_that_somebody_closed_comes_again() -> None:
    """`Widget.close_all()` in a cell closes what it does not know, too."""
    own = Shelf()
    user, later = ipywidgets.VBox(), ipywidgets.VBox()
    closed = own.take("entry", user)
    closed.close()
    again = own.take("entry", later)
    assert again is not closed
    assert again.comm is not None
    own.give_back(closed, user)
    assert again.comm is not None
    own.give_back(again, later)
    assert again.comm is None


def test_a_widget_may_be_collected_while_another_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python collects what nobody holds at any moment, and then the widget closes itself, in the same thread."""
    forgotten, script = widget_for(c.Textbox()), source.script

    def meanwhile(name: str) -> str:
        if name == "choice":
            forgotten.close()
        return script(name)

    monkeypatch.setattr(source, "script", meanwhile)
    assert widget_for(c.Checkbox())._module.comm is not None
    assert forgotten._module.comm is None


def test_each_front_end_has_its_own_modules() -> None:
    """A visitor's page knows nothing of the models that the kernel opened for the notebook."""
    mine = widget_for(c.Textbox())
    before = shelf.set(Shelf())
    theirs = widget_for(c.Textbox())
    shelf.reset(before)
    assert theirs._module is not mine._module
    assert theirs._module.digest == mine._module.digest
    close_tree(theirs)
    assert mine._module.comm is not None
