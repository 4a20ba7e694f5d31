"""Listeners are told in order, hurt nobody, and are not kept alive."""

import gc

import pytest

from jupyter_spaces.space.listeners import Listeners


class View:
    def __init__(self, told):
        self.told = told

    def hear(self, speaker, change):
        self.told.append((speaker, change))


def test_a_bound_method_is_held_as_weakly_as_its_object() -> None:
    told = []
    listeners = Listeners()
    view = View(told)
    listeners.add(view.hear)
    listeners.tell("space", "changed")
    assert told == [("space", "changed")]
    del view
    gc.collect()
    listeners.tell("space", "changed")
    assert len(told) == 1
    assert len(listeners) == 0


def test_functions_are_held_until_they_unsubscribe() -> None:
    told = []
    listeners = Listeners()
    stop = listeners.add(lambda speaker, change: told.append(change))
    gc.collect()
    listeners.tell("space", "one")
    stop()
    stop()
    listeners.tell("space", "two")
    assert told == ["one"]


def test_a_listener_that_raises_is_dropped_and_the_others_hear() -> None:
    told = []
    listeners = Listeners()
    listeners.add(lambda speaker, change: 1 / 0)
    listeners.add(lambda speaker, change: told.append(change))
    with pytest.warns(UserWarning, match="a listener of 'space' raised and was dropped: ZeroDivisionError"):
        listeners.tell("space", "one")
    listeners.tell("space", "two")
    assert told == ["one", "two"]
