"""The log that any number of listeners replay from any point and then follow."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_spaces.jobs import Event, EventLog
from jupyter_spaces.jobs.event_log import METRIC_LIMIT, PLAIN_LIMIT, STATE_LIMIT


def test_sequence_numbers_start_at_one_and_have_no_gaps():
    log = EventLog()
    events = [log.append("print", text) for text in "abc"]
    assert [event.seq for event in events] == [1, 2, 3]
    assert log.since(1) == events[1:]
    assert log.since(3) == []


def test_a_listener_replays_from_any_point_and_then_follows():
    log = EventLog()
    for text in "abc":
        log.append("print", text)
    heard: list[str] = []
    log.subscribe(lambda event: heard.append(event.data), since=1)
    assert heard == ["b", "c"]
    log.append("print", "d")
    assert heard == ["b", "c", "d"]


def test_an_unsubscribed_listener_hears_nothing_more():
    log = EventLog()
    heard: list[Event] = []
    unsubscribe = log.subscribe(heard.append)
    unsubscribe()
    log.append("print", "a")
    assert heard == []


def test_a_raising_listener_is_dropped_and_recorded_and_the_others_go_on():
    log = EventLog()
    heard: list[str] = []

    def dying(event: Event) -> None:
        raise ValueError("the page is gone")

    log.subscribe(dying)
    log.subscribe(lambda event: heard.append(event.kind))
    log.append("print", "a")
    log.append("print", "b")
    assert heard == ["print", "listener_error", "print"]
    assert "ValueError: the page is gone" in log.since()[1].data


def test_a_listener_that_exits_the_thread_is_dropped_too():
    log = EventLog()

    def leaving(event: Event) -> None:
        raise SystemExit

    log.subscribe(leaving)
    thread = threading.Thread(target=log.append, args=("print", "a"))
    thread.start()
    thread.join()
    log.append("print", "b")
    assert [event.kind for event in log.since()].count("listener_error") == 1


def test_a_listener_may_append_to_the_log_it_listens_to():
    log = EventLog()
    heard: list[str] = []

    def echo(event: Event) -> None:
        heard.append(event.data)
        if len(heard) < 4:
            log.append("print", event.data + "!")

    log.subscribe(echo)
    log.append("print", "a")
    assert heard == ["a", "a!", "a!!", "a!!!"]


def test_listeners_that_join_while_threads_append_hear_everything_once_and_in_order():
    log = EventLog()
    heard: list[list[int]] = []

    def produce() -> None:
        for n in range(300):
            log.append("print", n)

    threads = [threading.Thread(target=produce) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or not heard:
        seqs: list[int] = []
        heard.append(seqs)
        log.subscribe(lambda event, seqs=seqs: seqs.append(event.seq))
        if len(heard) > 20:
            break
    for thread in threads:
        thread.join()
    log.append("print", "last")  # whoever was busy delivering has finished by the next delivery
    for seqs in heard:
        assert seqs == list(range(1, 1202))


def test_a_state_series_keeps_its_latest_events():
    log = EventLog()
    for n in range(10 * STATE_LIMIT):
        log.append("progress", n, series="progress")
    assert len(log) < STATE_LIMIT
    last = log.last("progress")
    assert last is not None
    assert last.data == 10 * STATE_LIMIT - 1
    assert log.dropped + len(log) == 10 * STATE_LIMIT


def test_a_curve_is_thinned_out_but_keeps_its_ends():
    log = EventLog()
    for step in range(10 * METRIC_LIMIT):
        log.append("metric", {"step": step}, series="loss")
    steps = [event.data["step"] for event in log.since()]
    assert len(steps) < METRIC_LIMIT
    assert steps[0] == 0
    assert steps[-1] == 10 * METRIC_LIMIT - 1
    # No part of the curve is thinner than another.
    assert {b - a for a, b in pairwise(steps[:-1])} == {16}


def test_prints_are_bounded_and_one_flood_does_not_push_out_another_series():
    log = EventLog()
    log.append("status", "running", series="status")
    log.append("metric", {"loss": 1.0}, series="loss")
    for n in range(5 * PLAIN_LIMIT):
        log.append("print", n)
    assert len(log) < PLAIN_LIMIT + 2
    assert log.last("status") is not None
    assert log.last("loss") is not None
    assert log.since()[-1].data == 5 * PLAIN_LIMIT - 1


@given(st.lists(st.tuples(st.sampled_from(["status", "progress", "loss", None]), st.integers()), max_size=700))
def test_compaction_never_loses_the_latest_state_of_a_series(entries):
    log = EventLog()
    latest: dict[str, int] = {}
    for series, data in entries * 3:
        log.append("metric" if series == "loss" else "state", data, series=series)
        if series is not None:
            latest[series] = data
    for series, data in latest.items():
        last = log.last(series)
        assert last is not None
        assert last.data == data
    seqs = [event.seq for event in log.since()]
    assert seqs == sorted(set(seqs))


def test_an_event_cannot_be_changed():
    event = EventLog().append("print", "a")
    with pytest.raises(AttributeError):
        event.data = "b"  # type: ignore[misc]
