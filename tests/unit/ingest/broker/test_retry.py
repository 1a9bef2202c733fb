import pytest

from ingest.broker.retry import FIRST_S, MAX_S, Retry


def test_each_wait_is_about_twice_the_last_and_none_is_longer_than_the_longest():
    retry, expected = Retry(seed=1), FIRST_S
    for n in range(12):
        waited = retry.failed(now=100.0 * n)
        assert retry.at == pytest.approx(100.0 * n + waited)
        assert 0.8 * expected <= waited <= 1.2 * expected
        expected = min(MAX_S, expected * 2)
    retry.worked()
    assert retry.failed(now=0.0) <= 1.2 * FIRST_S


def test_two_that_lost_one_broker_do_not_come_back_together():
    assert Retry(seed=1).failed(now=0.0) != Retry(seed=2).failed(now=0.0)


def test_who_left_on_purpose_comes_back_at_once():
    retry = Retry(seed=1)
    retry.failed(now=50.0)
    retry.failed(now=60.0)
    retry.at_once()
    assert retry.at == 0.0
    assert retry.failed(now=70.0) <= 1.2 * FIRST_S
