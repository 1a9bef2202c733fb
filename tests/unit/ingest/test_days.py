"""Deposits on the community's local day: on both days of a change of the clocks, and in zones of a quarter
hour, whatever the device's own clock says.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.inventory import parse_inventory
from tests.unit.ingest.house import House, deposit, fill

QUARTER, HOUR, DAY = 900_000, 3_600_000, 86_400_000
EPOCH = "k3j9x2m4"

DAYS = [
    ("America/New_York", "2025-03-09", 23),
    ("America/New_York", "2025-11-02", 25),
    ("Europe/Berlin", "2025-03-30", 23),
    ("Europe/Berlin", "2025-10-26", 25),
    ("Pacific/Chatham", "2025-04-06", 25),  # +13:45 becomes +12:45
    ("Pacific/Chatham", "2025-09-28", 23),
    ("Asia/Kathmandu", "2025-11-02", 24),  # +05:45
    ("Asia/Shanghai", "2025-11-02", 24),
]


def bounds(zone: str, day: str) -> tuple[int, int]:
    """ms UTC of the first moment of the day, and of the first of the next."""
    begins = datetime.fromisoformat(day)
    ends = begins + timedelta(days=1)
    first, past = (each.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for each in (begins, ends))
    return round(first.timestamp() * 1_000), round(past.timestamp() * 1_000)


def placed_in(house: House, zone: str) -> None:
    """The house stands in that zone."""
    text = f"""
    [communities.away]
    timezone = "{zone}"
    profile = "national"
    [communities.away.buildings.b1]
    households = 24
    [communities.away.devices.bin-1]
    building = "b1"
    compartments = {{ kitchen = "kitchen" }}
    """
    house.store.seed(parse_inventory(text), house.now)
    house.memory.load()


def counted(house: House) -> dict[str, int]:
    return {row.day: row.deposits for row in house.store.counts("away", ["day"])}


@pytest.mark.parametrize("off", [0, 5 * HOUR, -5 * HOUR, -3_653 * DAY])
@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
def test_a_day_has_the_deposits_of_all_its_hours(house, zone, day, hours, off):
    placed_in(house, zone)
    first, past = bounds(zone, day)
    assert past - first == hours * HOUR
    times = range(first - QUARTER, past + QUARTER, QUARTER)
    house.now = past + 2 * HOUR
    events = [
        deposit("food_waste", "kitchen", seq=seq, ts=at - off, weight_kg=0.25)
        for seq, at in enumerate(times, 1)
    ]
    for batch in (events[60:], events[:60]):
        said = {"offset_ms": off} if off else {}
        house.send(*batch, device="away/bin-1", sent=house.now - off, **said)
    before, after = (
        (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat() for days in (-1, 1)
    )
    assert counted(house) == {before: 1, day: hours * 4, after: 1}


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS[:2])
def test_what_comes_days_late_counts_on_the_day_it_belongs_to(house, zone, day, hours):
    placed_in(house, zone)
    first, past = bounds(zone, day)
    house.now = past + 3 * DAY
    house.send(fill(20, seq=3, ts=house.now), deposit("battery", "hazardous", seq=4), device="away/bin-1")
    today = house.store.counts("away", ["day"])[0].day
    house.send(
        deposit("food_waste", "kitchen", seq=1, ts=first),
        fill(95, seq=2, ts=past - 1),
        device="away/bin-1",
    )
    assert counted(house) == {day: 1, today: 1}
    [value] = house.store.current("away")
    assert (value.value, value.seq) == (20, 3)
    assert house.store.ledger("away")[0].late == 2
    assert not [change for change, row in house.store.alert_changes_after(0, 9) if change.pages
                and change.at_ms < past]  # fmt: skip


def test_stamps_of_1970_land_on_the_day_by_their_age(house):
    placed_in(house, "Asia/Kathmandu")
    _, past = bounds("Asia/Kathmandu", "2025-11-02")
    house.now = past + 60_000
    booted = past - HOUR
    events = [deposit("food_waste", "kitchen", seq=seq, ts=at - booted)
              for seq, at in enumerate((past - 2_000, past + 2_000), 1)]  # fmt: skip
    house.send(*events, device="away/bin-1", sent=house.now - booted)
    assert counted(house) == {"2025-11-02": 1, "2025-11-03": 1}
    house.send(deposit("food_waste", "kitchen", seq=3, ts=2 * HOUR), device="away/bin-1", sent=house.now)
    assert counted(house) == {"2025-11-02": 1, "2025-11-03": 2}
