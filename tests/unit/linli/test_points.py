from linli.events import Deposit, Telemetry
from linli.points import alert_point, deposit_point, point_time, telemetry_point
from linli.waste import Kind, Outcome


def test_a_reading() -> None:
    event = Telemetry(seq=1_000_007, compartment="k", fill_pct=40, lid_open=False)
    point = telemetry_point("garden", "b1", "bin-1", event, placed_ms=5)
    assert point.tags == {"community": "garden", "building": "b1", "device": "bin-1", "compartment": "k"}
    assert point.fields == {"fill_pct": 40.0, "lid_open": 0.0}
    assert all(type(value) is float for value in point.fields.values())
    assert point.time_ns == 5_000_007


def test_two_events_of_one_millisecond_do_not_overwrite_each_other() -> None:
    assert point_time(5, 1) != point_time(5, 2)


def test_an_unsure_deposit_is_neither_right_nor_wrong() -> None:
    event = Deposit(seq=1, compartment="k", unsure="bag", household="0" * 32)
    point = deposit_point("garden", "", "bin-1", event, 5, Outcome.UNSURE)
    assert "correct" not in point.fields
    assert "household" not in point.tags
    assert "building" not in point.tags
    assert point.tags["kind"] == "unsure"


def test_a_judged_deposit() -> None:
    event = Deposit(seq=1, compartment="k", item="battery", item_kind=Kind.HAZARDOUS, confidence=0.9)
    point = deposit_point("garden", "b1", "bin-1", event, 5, Outcome.MISSORTED)
    assert point.fields == {"verdict": "missorted", "correct": 0.0, "item": "battery", "confidence": 0.9}
    assert point.tags["kind"] == "hazardous"


def test_a_change_of_an_alert() -> None:
    point = alert_point("garden", "b1", "bin-1", "heat", "firing", "critical", at_ms=7, number=3)
    assert point.fields == {"state": "firing", "severity": "critical"}
    assert point.time_ns == 7_000_003
