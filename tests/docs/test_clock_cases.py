"""The table under "Clocks" in docs/mqtt.md, sent through ingest line by line."""

import re
from pathlib import Path

import msgspec
import pytest

from linli.timing.reasons import PlacedBy
from tests.unit.ingest.house import NOW, House, fill

PAGE = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text()
DAY_MS = 86_400_000
MIDNIGHT = NOW - NOW % DAY_MS
HEAD = "| a device whose clock |"


def moment(text: str) -> int | None:
    """`hh:mm:ss` of the day, or of the first day of 1970."""
    if text == "-":
        return None
    day, _, clock = text.rpartition(" ")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return (0 if day == "1970" else MIDNIGHT) + ((hours * 60 + minutes) * 60 + seconds) * 1_000


def lines() -> list[list[str]]:
    table = PAGE[PAGE.index(HEAD) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def cases() -> list[list[list[str]]]:
    """The batches of each device."""
    found: list[list[list[str]]] = []
    for line in lines():
        if line[0].startswith("then"):
            found[-1].append(line)
        else:
            found.append([line])
    return found


@pytest.mark.parametrize("batches", cases(), ids=lambda batches: batches[0][0])
def test_a_line_of_the_table_lands_where_it_says(batches: list[list[str]], tmp_path: Path) -> None:
    house = House(tmp_path)
    stored = 0
    for who, events, sent, offset, comes, lands, by in batches:
        house.now = moment(comes) or 0
        age = re.search(r"`age_ms` (\d+)", who)
        told = []
        for event in events.split(", "):
            seq, _, stamp = event.partition(" ")
            ts = moment(stamp)
            told.append(fill(1, seq=int(seq)) | ({"ts": ts} if ts is not None else {}))
            if age is not None:
                told[-1]["age_ms"] = int(age[1])
        envelope = {"sent": moment(sent), "offset_ms": int(offset) if offset != "-" else None}
        _send(house, told, envelope)
        rows = sorted(house.store.events_after(stored, 100), key=lambda row: row.seq)
        stored += len(rows)
        expected = list(zip(map(moment, lands.split(", ")), by.replace("`", "").split(", "), strict=True))
        assert [(row.placed_ms, row.placed_reason) for row in rows] == expected
        assert b"ts" in rows[0].body or age is not None, "its own stamp stays"
        house.start()  # what is known of a clock is known to the next process
    house.store.close()


def _send(house: House, events: list[dict[str, object]], envelope: dict[str, int | None]) -> None:
    said = {name: value for name, value in envelope.items() if value is not None}
    body = {"epoch": "k3j9x2m4", "first": 1, **said, "events": events}
    house.take(house.message(msgspec.json.encode(body)))


def test_every_reason_is_in_the_table() -> None:
    assert {name for line in lines() for name in re.findall(r"`([a-z_]+)`", line[-1])} == set(PlacedBy)
