"""Who is next in line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.jobs.scheduling import FairLine


@dataclass(eq=False)
class Ticket:
    session: str
    priority: int = 0
    batch_key: str | None = None


def test_sessions_take_turns():
    line: FairLine[Ticket] = FairLine()
    heavy = [Ticket("heavy") for _ in range(5)]
    light = [Ticket("light") for _ in range(2)]
    for ticket in heavy + light:
        line.push(ticket)
    order = [line.pop() for _ in range(7)]
    assert order == [heavy[0], light[0], heavy[1], light[1], heavy[2], heavy[3], heavy[4]]
    assert line.pop() is None


def test_a_higher_priority_goes_first_and_a_lower_one_waits():
    line: FairLine[Ticket] = FairLine()
    background, normal, urgent = Ticket("a", -1), Ticket("a"), Ticket("b", 5)
    for ticket in (background, normal, urgent):
        line.push(ticket)
    assert [line.pop(), line.pop(), line.pop()] == [urgent, normal, background]


def test_what_has_the_same_batch_key_can_be_taken_together():
    line: FairLine[Ticket] = FairLine()
    tickets = [Ticket("a", 0, "paint"), Ticket("a", 0, "sing"), Ticket("b", 0, "paint"), Ticket("c", 0, "paint")]
    for ticket in tickets:
        line.push(ticket)
    assert line.take_like("paint", 2) == [tickets[0], tickets[2]]
    assert list(line) == [tickets[3], tickets[1]] or list(line) == [tickets[1], tickets[3]]
    assert len(line) == 2


_ticket = st.builds(Ticket, st.sampled_from("abcd"), st.integers(-1, 1), st.sampled_from(["x", "y", None]))


@given(st.lists(st.one_of(_ticket, st.just("pop"), st.integers(0, 50)), max_size=200))
def test_the_line_walks_in_the_order_in_which_it_gives(steps):
    """Whatever is pushed, popped and removed: nothing is lost, and the forecast of the order is true."""
    line: FairLine[Ticket] = FairLine()
    inside: list[Ticket] = []
    for step in steps:
        if isinstance(step, Ticket):
            line.push(step)
            inside.append(step)
        elif step == "pop":
            expected = next(iter(line), None)
            popped = line.pop()
            assert popped is expected
            if popped is not None:
                inside.remove(popped)
        elif inside:
            gone = inside.pop(step % len(inside))
            assert line.remove(gone)
            assert not line.remove(gone)
        assert len(line) == len(inside)
    order = list(line)
    assert sorted(map(id, order)) == sorted(map(id, inside))
    assert [line.pop() for _ in order] == order


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60))
def test_no_session_waits_longer_than_one_round(sessions):
    line: FairLine[Ticket] = FairLine()
    for session in sessions:
        line.push(Ticket(session))
    order = [ticket.session for ticket in line]
    for session in set(sessions):
        turns = [n for n, s in enumerate(order) if s == session]
        assert turns[0] < len(set(sessions))
        assert all(b - a <= len(set(sessions)) for a, b in pairwise(turns))
