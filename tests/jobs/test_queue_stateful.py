"""Thousands of jobs that fail, nest, yield, batch, wait, are cancelled, with listeners that die: none is lost, none
runs twice, and the queue never stops.

Hypothesis makes up what is submitted, cancelled and listened to, and in which order; the threads add what they like.
"""

from __future__ import annotations

import threading
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jupyter_spaces.errors import JobCancelled, QueueFull
from jupyter_spaces.jobs import DeviceQueue, Event, Job, JobStatus, Patience, current_job

CAPACITY = 400
SESSIONS = st.sampled_from(["alice", "bob", "carol"])
PRIORITIES = st.integers(-1, 1)
# Which of the jobs so far. Not a bundle: how many there are depends on how fast the threads made room in the queue.
WHICH = st.integers(0, 10_000)


class QueueMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.queue = DeviceQueue("stateful", capacity=CAPACITY, patience=Patience(5, 1, 20))
        self.all: list[Job[Any]] = []
        self.runs: dict[int, int] = {}
        self.expected: dict[int, Any] = {}
        self.heard: list[tuple[Job[Any], list[Event]]] = []
        self.lock = threading.Lock()
        self.concurrent = 0
        self.refused = 0

    def _ran(self, number: int) -> None:
        with self.lock:
            self.runs[number] = self.runs.get(number, 0) + 1

    def _exclusive(self) -> None:
        """What every job does while it has the device: notice whether somebody else has it too."""
        with self.lock:
            self.concurrent += 1
            assert self.concurrent == 1, "two jobs had the device at once"
        with self.lock:
            self.concurrent -= 1

    def _add(self, submit: Any, number: int, expected: Any) -> None:
        try:
            job = submit()
        except QueueFull:
            self.refused += 1
            return
        self.all.append(job)
        self.expected[id(job)] = (number, expected)

    def _job(self, which: int) -> Job[Any]:
        return self.all[which % len(self.all)]

    def _number(self) -> int:
        return len(self.all) + self.refused

    @rule(session=SESSIONS, priority=PRIORITIES, fails=st.booleans())
    def submit(self, session: str, priority: int, fails: bool) -> None:
        number = self._number()

        def work() -> int:
            self._exclusive()
            self._ran(number)
            if fails:
                raise ValueError(str(number))
            return number

        self._add(
            lambda: self.queue.submit(work, session=session, priority=priority),
            number,
            ValueError if fails else number,
        )

    @rule(session=SESSIONS)
    def submit_many(self, session: str) -> None:
        for _ in range(40):
            self._submit_plain(session)

    def _submit_plain(self, session: str) -> None:
        number = self._number()

        def work() -> int:
            self._exclusive()
            self._ran(number)
            return number

        self._add(lambda: self.queue.submit(work, session=session), number, number)

    @rule(session=SESSIONS, depth=st.integers(1, 3))
    def submit_nesting(self, session: str, depth: int) -> None:
        number = self._number()

        def nest(n: int) -> int:
            self._exclusive()
            return number if n == 0 else int(self.queue.submit(nest, n - 1).result())

        def work() -> int:
            self._ran(number)
            return nest(depth)

        self._add(lambda: self.queue.submit(work, session=session), number, number)

    @rule(session=SESSIONS, steps=st.integers(1, 5))
    def submit_yielding(self, session: str, steps: int) -> None:
        number = self._number()

        def work() -> int:
            self._ran(number)
            job = current_job()
            assert job is not None
            for step in range(steps):
                self._exclusive()
                job.set_progress(step=step, total=steps)
                job.yield_device()
            return number

        self._add(lambda: self.queue.submit(work, session=session), number, number)

    @precondition(lambda self: self.all)
    @rule(session=SESSIONS, which=WHICH)
    def submit_waiting(self, session: str, which: int) -> None:
        other = self._job(which)
        number = self._number()

        def work() -> int:
            self._ran(number)
            other.exception()  # wherever it stands in line
            self._exclusive()
            return number

        self._add(lambda: self.queue.submit(work, session=session), number, number)

    @rule(session=SESSIONS)
    def submit_async(self, session: str) -> None:
        number = self._number()

        async def work() -> int:
            self._ran(number)
            return int(await self.queue.submit(int, str(number)))

        self._add(lambda: self.queue.submit(work, session=session), number, number)

    @rule(session=SESSIONS, count=st.integers(1, 6), bad=st.integers(0, 6))
    def submit_batched(self, session: str, count: int, bad: int) -> None:
        for n in range(count):
            number = self._number()
            fails = n == bad
            self._add(
                lambda number=number, fails=fails: self.queue.submit_batched(
                    self._batch, (number, fails), max_batch_size=4, session=session
                ),
                number,
                KeyError if fails else number,
            )

    def _batch(self, items: list[tuple[int, bool]]) -> list[Any]:
        self._exclusive()
        for number, _ in items:
            self._ran(number)
        return [KeyError(number) if fails else number for number, fails in items]

    @precondition(lambda self: self.all)
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        job = self._job(which)
        ended = job.done()
        assert not (job.cancel("by the test") and ended)

    @precondition(lambda self: self.all)
    @rule(which=WHICH)
    def listen(self, which: int) -> None:
        job = self._job(which)
        events: list[Event] = []
        job.subscribe(events.append)
        self.heard.append((job, events))

    @precondition(lambda self: self.all)
    @rule(which=WHICH, after=st.integers(0, 3))
    def listen_and_die(self, which: int, after: int) -> None:
        job = self._job(which)
        heard: list[Event] = []

        def dying(event: Event) -> None:
            heard.append(event)
            if len(heard) > after:
                raise RuntimeError("the page is gone")

        job.subscribe(dying)
        job.add_done_callback(lambda job: 1 / 0)

    @precondition(lambda self: self.all)
    @rule(which=WHICH)
    def wait(self, which: int) -> None:
        job = self._job(which)
        job.exception(20)

    @invariant()
    def never_more_than_one_runs(self) -> None:
        stats = self.queue.stats()
        assert stats.running <= 1
        assert stats.waiting <= CAPACITY

    def teardown(self) -> None:
        for job in self.all:
            job.exception(30)  # the queue gets through everything
            number, expected = self.expected[id(job)]
            runs = self.runs.get(number, 0)
            assert runs <= 1, "a job ran twice"
            if job.status is JobStatus.CANCELLED:
                assert isinstance(job.exception(), JobCancelled)
                assert job.cancel_requested
            else:
                assert runs == 1, "a job got an outcome without having run"
                assert job.result() == expected if isinstance(expected, int) else isinstance(job.exception(), expected)
            final = [event for event in job.events.since() if event.kind == "status" and event.data.final]
            assert len(final) == 1
        for job, events in self.heard:
            seqs = [event.seq for event in events]
            assert seqs == list(range(1, len(seqs) + 1)), "a listener missed or repeated an event"
            assert any(event.data is job.status for event in events)
        assert self.queue.submit(lambda: "still alive").result(10) == "still alive"
        stats = self.queue.stats()
        assert (stats.waiting, stats.running, stats.parked, stats.abandoned) == (0, 0, 0, 0)
        assert stats.refused == self.refused
        self.queue.close()


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(
    max_examples=40,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
