"""Lines that the database cuts are, byte for byte, those that linli.points makes."""

import random
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from ingest.forwarding.points import event_points
from linli.events import CHANNELS, Telemetry, encode
from linli.ports.rows import EventRow
from stores.operational import OperationalStore
from tests.contract.groups import commit
from tests.contract.samples import NOON, deposit, deposit_event, event, telemetry

EXTRAS: list[Any] = [
    UNSET,
    UNSET,
    {"a": "b"},
    {'x","seq":1': ',"seq":7', "{": "\n }"},
    {"note": "垃圾\u2028"},
]


def reading(seq: int, dice: random.Random) -> EventRow:
    """As ingest stores it."""
    values: dict[str, Any] = {
        name: (dice.random() < 0.5 if name == "lid_open" else dice.choice([0.0, 1e-7, 12.25, 40.0, 1e3]))
        for name in CHANNELS
        if name not in ("battery_pct", "signal_dbm") and dice.random() < 0.4
    }
    place = dice.choice([None, "k1", "A-b_9"])
    if place is None and dice.random() < 0.5:
        values |= {"battery_pct": 80.0, "signal_dbm": -71.5}
    values = values or {"fill_pct": 3.5}
    told = Telemetry(seq=seq, ts=NOON + seq, compartment=place, ext=dice.choice(EXTRAS), **values)
    row = telemetry(seq, at_ms=NOON + dice.randint(0, 10**9))
    return replace(row, body=encode(told), device=dice.choice(["bin-1", "Cam_2"]), seq=seq + 2**40)


def of(store: OperationalStore, first: int, last: int) -> tuple[list[str], list[str]]:
    """The lines the one way and the other."""
    one, refused = event_points(store.points_between(first, last))
    cut, others = store.plain_points(first, last)
    rest, refused_too = event_points(others)
    assert [why for _, why in refused] == [why for _, why in refused_too]
    return sorted(one.lines), sorted([*(cut.decode().split("\n") if cut else []), *rest.lines])


def test_they_are_the_same_whatever_was_read(store: OperationalStore) -> None:
    dice = random.Random(7)
    commit(store, events=[reading(seq, dice) for seq in range(1, 401)])
    for first, last in ((1, 400), (17, 17), (300, 900)):
        one, other = of(store, first, last)
        assert one == other
        assert store.plain_points(first, last).others == [], "none of them needs a row"
    assert len(of(store, 1, 400)[0]) == 400
    assert store.plain_points(401, 900) == (b"", [])


def test_what_is_no_plain_reading_comes_as_a_row(store: OperationalStore) -> None:
    dice = random.Random(8)
    bodies = [
        b"{",
        b"\xff\xfe",
        b'{"kind":"telemetry","seq":1}',
        b'{"kind":"telemetry","compartment":"k1","seq":1}',
        b'{"kind":"telemetry","compartment":"k1"}',
        b'{"kind":"telemetry","fill_pct":3.0}',
        b'{"seq":1,"kind":"telemetry","fill_pct":3}',
    ]
    odd = [replace(telemetry(100 + i), body=body) for i, body in enumerate(bodies)]
    ages = [replace(telemetry(200 + i), placed_ms=at) for i, at in enumerate((-1, 9_300_000_000_000))]
    events = [
        *(reading(seq, dice) for seq in range(1, 40)),
        deposit_event(50),
        deposit_event(51),
        event(52, {"kind": "fault", "code": "scale"}),
        event(53, {"kind": "telemetry", "fill_pct": 5.0}, device="bin-7", building=""),
        *ages,
    ]
    commit(store, events=events, deposits=[deposit(50, outcome="missorted")])
    commit(store, events=odd)
    one, other = of(store, 1, len(events))
    assert one == other
    assert len(store.plain_points(1, len(events)).others) == 4, "two deposits and two impossible times"
    for number in range(len(events) + 1, len(events) + len(odd) + 1):
        one, other = of(store, number, number)
        assert one == other
        one, other = of(store, number - 20, number)
        assert one == other
