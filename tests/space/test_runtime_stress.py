"""Many impatient visitors: nothing is lost, nothing hangs, every page comes to rest."""

import random
import threading
from collections.abc import Iterator

from jupyter_spaces import Number, Space
from jupyter_spaces.space import Runtime


def test_random_events_of_many_visitors_come_to_rest() -> None:
    space = Space("busy")
    slots = [space.place(Number(default=0), name=f"n{index}") for index in range(4)]
    go, stop = space.button("Go", name="go"), space.button("Stop", name="stop")
    total = space.state(0, name="total")
    ran = []

    def double(a: int) -> int:
        return 2 * a

    def unlucky(a: int) -> int:
        if a % 7 == 3:
            raise ValueError("unlucky")
        return a

    def count(n: int) -> Iterator[int]:
        yield from range(int(n) % 5)

    def tally(n: int) -> int:
        ran.append(n)
        return n + 1

    slots[0].change(double, inputs=slots[0], outputs=slots[2])
    slots[1].input(count, inputs=slots[1], outputs=slots[3]).on_success(unlucky, inputs=slots[1], outputs=slots[3])
    chain = go.click(count, inputs=slots[0], outputs=slots[1], mode="always").then(tally, inputs=total, outputs=total)
    stop.click(cancels=chain)

    errors: list[BaseException] = []
    pages = [
        Runtime(space, space.sessions.open(), lambda *_: None, on_error=lambda error, _: errors.append(error))
        for _ in range(6)
    ]

    def visit(page: Runtime, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(100):
            match dice.randrange(4):
                case 0 | 1:
                    page.set(dice.choice(["n0", "n1"]), dice.randrange(100))
                case 2:
                    page.fire("click", "go")
                case 3 if dice.random() < 0.3:
                    page.fire("click", "stop")

    visitors = [threading.Thread(target=visit, args=(page, seed)) for seed, page in enumerate(pages)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(60)
    assert all(page.wait(60) for page in pages)
    # A visitor is told of every failure that no step looked after, and of nothing else.
    assert {str(error).partition("failed: ")[2] for error in errors} <= {"ValueError: unlucky"}
    assert ran
    # However fast the values came, the last one was answered.
    for page in pages:
        assert page.value("n2") == 2 * page.value("n0")
