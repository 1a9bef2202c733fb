import random

from edge.backoff import AT_MOST_MS, FIRST_MS, STABLE_MS, Backoff


def waits(seed, n=12):
    backoff = Backoff(random.Random(seed))
    return [backoff.failed() for _ in range(n)]


def test_it_doubles_to_a_minute_and_never_waits_less_than_half():
    for at, wait in enumerate(waits(1)):
        full = min(FIRST_MS * 2**at, AT_MOST_MS)
        assert full / 2 <= wait <= full


def test_devices_that_lost_the_same_broker_come_back_spread_over_the_wait():
    last = [waits(seed)[-1] for seed in range(200)]
    assert min(last) < 0.55 * AT_MOST_MS < 0.95 * AT_MOST_MS < max(last)


def test_only_a_connection_that_stood_a_while_makes_the_wait_short_again():
    backoff = Backoff(random.Random(1))
    for _ in range(6):
        backoff.failed()
    assert backoff.ended(STABLE_MS - 1) > 4 * FIRST_MS
    assert backoff.ended(STABLE_MS) <= FIRST_MS
