"""The simulator's own idea of alerts, against sequences made by hand and against linli.alerts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.alerts.evaluate import evaluate
from linli.alerts.readings import Level
from linli.alerts.rules import LEVEL_RULES
from linli.alerts.state import Alert, State
from simulators.oracle import Oracle


def counts(channel, values):
    """(fired, resolved) of the one alert that this channel can cause."""
    oracle = Oracle()
    for value in values:
        oracle.tell("bin-1", "kitchen", {channel: value})
    found = [(count.fired, count.resolved) for _, _, _, count in oracle]
    return found[0] if found else (0, 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([89.9, 89.9], (0, 0)),
        ([90], (0, 0)),
        ([90, 90], (1, 0)),
        ([95, 85, 95], (0, 0)),  # not in a row
        ([95, 95, 80, 85, 95], (1, 0)),  # between the limits nothing ends
        ([95, 95, 79.9], (1, 1)),
        ([95, 95, 10, 95], (1, 1)),
        ([95, 95, 10, 95, 95], (2, 1)),
        ([95, 95, 95, 95, 0, 0], (1, 1)),
    ],
)
def test_overflow(values, expected):
    assert counts("fill_pct", values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([59.9], (0, 0)), ([60], (1, 0)), ([60, 50], (1, 0)), ([60, 49.9], (1, 1)), ([61, 20, 61], (2, 1))],
)
def test_heat(values, expected):
    assert counts("temperature_c", values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([20.1, 20.1], (0, 0)),
        ([20], (0, 0)),
        ([20, 20], (1, 0)),
        ([20, 21, 20], (0, 0)),
        ([20, 19, 30], (1, 0)),
        ([20, 19, 30.1], (1, 1)),
    ],
)
def test_low_battery(values, expected):
    assert counts("battery_pct", values) == expected


def test_places_do_not_mix():
    oracle = Oracle()
    oracle.tell("bin-1", "kitchen", {"fill_pct": 95.0})
    oracle.tell("bin-1", "other", {"fill_pct": 95.0})
    oracle.tell("bin-2", "kitchen", {"fill_pct": 95.0, "temperature_c": 61.0})
    oracle.tell("bin-1", None, {"battery_pct": 5.0})
    oracle.tell("bin-1", None, {"battery_pct": 5.0})
    assert [(device, compartment, kind) for device, compartment, kind, _ in oracle] == [
        ("bin-1", "", "low_battery"),
        ("bin-2", "kitchen", "heat"),
    ]
    assert oracle.firing == 2


@pytest.mark.parametrize("rule", LEVEL_RULES, ids=lambda rule: rule.kind)
@given(data=st.data())
def test_two_opinions_agree(rule, data):
    """Written apart from each other, from the same few sentences."""
    near = [
        rule.fire_at,
        rule.clear_at,
        (rule.fire_at + rule.clear_at) / 2,
        rule.fire_at - 1,
        rule.clear_at + 1,
    ]
    near += [rule.fire_at + 1, rule.clear_at - 1]
    values = data.draw(st.lists(st.sampled_from(near), max_size=40))
    alert, fired, resolved = Alert(), 0, 0
    for at_ms, value in enumerate(values):
        before = alert.state
        alert, _ = evaluate(rule, alert, Level(at_ms, value), at_ms)
        fired += alert.state is State.FIRING and before is not State.FIRING
        resolved += alert.state is State.RESOLVED and before is State.FIRING
    assert counts(rule.channel, values) == (fired, resolved)
