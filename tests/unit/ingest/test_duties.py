"""The workers run while they are ours, and never two of a sort."""

import threading

from ingest.duties import Duties
from ingest.workers.worker import Worker


class Slow(Worker):
    """In its step until it is let go, as one that waits for a server's answer."""

    def __init__(self) -> None:
        super().__init__("slow")
        self.begun = threading.Event()
        self.go = threading.Event()

    def step(self) -> float:
        self.begun.set()
        self.go.wait(10)
        return 0.0


def test_new_ones_start_only_when_those_before_have_ended():
    made: list[Slow] = []

    def make() -> list[Slow]:
        made.append(Slow())
        return made[-1:]

    duties = Duties(make)
    assert duties.follow(ours=True)
    assert not duties.follow(ours=True)
    assert made[0].begun.wait(10)
    assert duties.follow(ours=False)
    assert not duties.follow(ours=True), "the first is still in its step"
    assert len(made) == 1
    made[0].go.set()
    made[0].join(10)
    assert duties.follow(ours=True)
    assert len(made) == 2
    made[1].go.set()
    duties.close()
    assert not made[1].is_alive()
