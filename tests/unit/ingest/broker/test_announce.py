"""Changes of alerts on the broker: each at least once, in order, and few commits for it."""

import msgspec
import pytest

from ingest.broker import announce
from ingest.broker.announce import CURSOR, Announcer
from linli.ports.alert_rows import AlertRow
from tests.unit.ingest.house import House, fill


class Broker:
    """Takes what is published; `confirm` when it says so."""

    ready = True

    def __init__(self) -> None:
        self.unconfirmed: set[int] = set()
        self.said: list[AlertRow] = []

    def publish(self, _topic: str, payload: bytes) -> int:
        self.said.append(msgspec.json.decode(payload, type=AlertRow))
        self.unconfirmed.add(len(self.said))
        return len(self.said)

    def confirm(self) -> None:
        self.unconfirmed.clear()


@pytest.fixture
def broker() -> Broker:
    return Broker()


def announcer(house: House, broker: Broker) -> Announcer:
    return Announcer(house.store, broker)  # type: ignore[arg-type]


def fires(house: House, n: int) -> None:
    """So many alerts, each over again."""
    for seq in range(1, 4 * n, 4):
        for offset, level in ((0, 95), (2, 1)):
            house.now += 60_000
            house.send(fill(level, seq=seq + offset), fill(level, seq=seq + offset + 1))


def test_the_cursor_is_saved_seldom_and_never_too_early(
    house: House, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce, "AT_ONCE", 1)
    fires(house, 4)
    changes = [change.number for change, _ in house.store.alert_changes_after(0, 100)]
    assert len(changes) > 4
    saved: list[int] = []
    save = house.store.set_cursor

    def counted(name: str, value: int) -> None:
        saved.append(value)
        save(name, value)

    monkeypatch.setattr(house.store, "set_cursor", counted)
    speaker = announcer(house, broker)
    for ms in range(0, 3_000, 100):
        speaker.step(ms)
    assert len(broker.said) == 1
    assert saved == [], "the broker has confirmed nothing"
    for ms in range(3_000, 6_000, 100):
        broker.confirm()
        speaker.step(ms)
    assert len(broker.said) == len(changes), "each once"
    assert saved[-1] == changes[-1]
    assert len(saved) <= 3, "once a second, not once for each"


def test_who_comes_after_a_crash_says_again_what_was_not_saved(house: House, broker: Broker) -> None:
    fires(house, 1)
    speaker = announcer(house, broker)
    speaker.step(0)
    broker.confirm()
    speaker.step(1)
    before = list(broker.said)
    announcer(house, broker).step(0)
    assert broker.said == before * 2


def test_who_stops_has_saved_it(house: House, broker: Broker) -> None:
    fires(house, 1)
    speaker = announcer(house, broker)
    speaker.step(0)
    broker.confirm()
    speaker.step(1)
    speaker.save()
    assert house.store.cursor(CURSOR) > 0
    before = len(broker.said)
    announcer(house, broker).step(0)
    assert len(broker.said) == before
