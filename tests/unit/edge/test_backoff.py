import random

from edge.backoff import Backoff


def test_it_doubles_to_a_limit_and_never_agrees_with_its_neighbours():
    backoff = Backoff(random.Random(1), 1_000, 60_000, 0.5, 1.0)
    waits = []
    for _ in range(12):
        waits.append(backoff.wait_ms())
        backoff.grow()
    for at, wait in enumerate(waits):
        full = min(1_000 * 2**at, 60_000)
        assert full / 2 <= wait <= full
    assert len({wait // 100 for wait in waits[6:]}) > 3


def test_success_begins_anew():
    backoff = Backoff(random.Random(2), 1_000, 60_000, 1.0, 1.0)
    for _ in range(8):
        backoff.grow()
    assert backoff.wait_ms() == 60_000
    backoff.reset()
    assert backoff.wait_ms() == 1_000
