"""One visitor's state."""

from jupyter_spaces.space import Session, Sessions, current_session


def test_visitors_do_not_share_state_and_cannot_guess_each_other() -> None:
    sessions = Sessions()
    a, b = sessions.open(), sessions.open()
    assert a.id != b.id
    assert len(a.id) >= 20
    a.state["x"] = 1
    assert b.state == {}
    assert sessions.open(a.id) is a
    assert len(sessions) == 2


def test_closing_cleans_up_newest_first_and_once() -> None:
    sessions = Sessions()
    session = sessions.open("v")
    seen = []
    session.state["x"] = 1
    session.on_close(lambda: seen.append(("first", dict(session.state))))
    session.on_close(lambda: seen.append(("second", dict(session.state))))
    sessions.close("v")
    sessions.close("v")
    session.close()
    assert seen == [("second", {"x": 1}), ("first", {"x": 1})]
    assert session.state == {}
    assert session.closed
    assert list(sessions) == []


def test_the_current_session_is_that_of_the_call() -> None:
    assert current_session() is None
    session = Session("a")
    with session.active():
        assert current_session() is session
    assert current_session() is None
    assert repr(session) == "Session('a', state: empty)"
