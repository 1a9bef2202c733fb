import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.compliance import Tally, accuracy, participation, wilson
from linli.waste import Outcome


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],  # Newcombe 1998, table I
)
def test_the_interval_is_the_published_one(successes, trials, low, high) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_sample(pair: tuple[int, int]) -> None:
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] + 1e-12
    assert pair[0] / pair[1] - 1e-12 <= high <= 1


def test_too_little_evidence_is_no_number() -> None:
    few = accuracy(Tally(correct=19, unsure=500))
    assert (few.value, few.enough, few.judged) == (None, False, 19)


def test_unsure_is_never_wrong_and_missed_recycling_is_judged() -> None:
    tally = Tally(correct=18).plus(Outcome.MISSED_RECYCLING).plus(Outcome.MISSORTED).plus(Outcome.UNSURE, 9)
    assert (tally.judged, tally.deposits) == (20, 29)
    assert accuracy(tally).value == pytest.approx(0.9)


def test_participation() -> None:
    assert participation(3, 12) == pytest.approx(0.25)
    assert participation(3, 0) is None
    assert participation(13, 12) == 1.0
