"""The seeded runner (docs/decisions/0014), as far as a test has time: .ci/run and `make nightly` run more."""

from tests.faults.__main__ import AGAIN
from tests.faults.crew import carried_out
from tests.faults.plan import Available, drawn
from tests.faults.servers import binary, brokers

RUNS = 4


def test_nothing_is_lost_or_doubled_whatever_goes_wrong() -> None:
    available = Available(brokers(), bool(binary("influxd")), bool(binary("postgres")))
    plans = [drawn(seed, available) for seed in range(1, RUNS + 1)]
    for _ in range(1 + AGAIN):
        results = list(carried_out(plans, jobs=1))
        assert [result for result in results if result.accusations] == []
        plans = [result.plan for result in results if result.idle]
    assert plans == []
