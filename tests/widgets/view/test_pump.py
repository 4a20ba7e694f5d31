"""The pump: one thread, order, coalescing, a rate per key, and nothing left behind."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar

import pytest

from jupyter_spaces.widgets.view.pump import Pump


def test_the_first_post_leaves_at_once() -> None:
    """Nobody waits for a rate limit that nothing has used up."""
    pump, written = Pump(interval=10.0), threading.Event()
    pump.post("image", written.set)
    assert written.wait(1.0)
    pump.close()


def test_what_waits_is_replaced_by_what_comes_later() -> None:
    """A burst under one key writes its first and, when the interval is over, its last."""
    pump, seen = Pump(interval=0.1), []
    for value in range(50):
        pump.post("progress", lambda value=value: seen.append(value))
        time.sleep(0.001)
    time.sleep(0.2)
    assert seen[0] == 0
    assert seen[-1] == 49
    assert len(seen) <= 4
    pump.close()


def test_the_last_of_a_burst_does_not_wait_for_its_turn() -> None:
    """The end of a job is seen at once, however recent its last step was."""
    pump, ended = Pump(interval=10.0), threading.Event()
    pump.post("job", lambda: None)
    pump.flush()
    pump.post("job", lambda: None)
    pump.post("job", ended.set, at_once=True)
    assert ended.wait(1.0)
    pump.close()


def test_different_keys_leave_in_the_order_of_posting() -> None:
    """A result is on the page before the strip says that the job is done."""
    pump, seen = Pump(), []
    for key in "abcdef":
        pump.post(key, lambda key=key: seen.append(key), at_once=True)
    assert pump.flush()
    assert seen == list("abcdef")
    pump.close()


def test_everything_is_written_by_one_thread() -> None:
    """traitlets are not thread-safe."""
    pump, threads = Pump(), set()
    workers = [
        threading.Thread(target=lambda n=n: pump.post(n, lambda: threads.add(threading.get_ident()))) for n in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert pump.flush()
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    pump.close()


def test_a_pump_that_rests_has_no_thread_and_starts_again() -> None:
    """A notebook with a hundred views at rest has no thread for any of them."""
    # Other rooms' workers come and go meanwhile, so only threads that are new count.
    before = set(threading.enumerate())
    pump, seen = Pump(idle=0.05), []
    for n in range(2):
        pump.post("key", lambda n=n: seen.append(n))
        deadline = time.monotonic() + 10
        while set(threading.enumerate()) - before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert set(threading.enumerate()) <= before
    assert seen == [0, 1]


def test_a_write_that_raises_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """One broken widget must not take the view with it."""
    pump, seen = Pump(), []
    pump.post("broken", lambda: 1 / 0)
    pump.post("sound", lambda: seen.append(True))
    assert pump.flush()
    assert seen == [True]
    assert "ZeroDivisionError" in caplog.text
    pump.close()


def test_a_closed_pump_drops_what_comes() -> None:
    """A job that outlives its view posts into nothing."""
    pump, seen = Pump(), []
    pump.post("slow", lambda: time.sleep(0.05))
    pump.post("waiting", lambda: seen.append("waiting"), wait=5.0)
    pump.close()
    pump.post("late", lambda: seen.append("late"))
    time.sleep(0.1)
    assert seen == []


def test_writes_run_in_the_context_in_which_the_pump_was_made() -> None:
    """There a widget finds its visitor's session."""
    visitor: ContextVar[str] = ContextVar("visitor", default="nobody")
    visitor.set("ada")
    pump, seen = Pump(), []
    visitor.set("grace")
    pump.post("key", lambda: seen.append(visitor.get()))
    assert pump.flush()
    assert seen == ["ada"]
    pump.close()
