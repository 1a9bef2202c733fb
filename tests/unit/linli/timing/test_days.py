from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.timing.days import local_day


@pytest.mark.parametrize(
    ("zone", "at_ms", "day"),
    [
        ("Asia/Shanghai", 1_763_999_999_999, "2025-11-24"),
        ("Asia/Shanghai", 1_764_086_400_000, "2025-11-26"),
        ("Asia/Kathmandu", 1_764_094_499_999, "2025-11-25"),  # UTC+5:45
        ("Asia/Kathmandu", 1_764_094_500_000, "2025-11-26"),
        ("Europe/Berlin", 1_761_429_600_000, "2025-10-26"),  # the day of 25 hours begins
        ("Europe/Berlin", 1_761_519_599_999, "2025-10-26"),
        ("Europe/Berlin", 1_761_519_600_000, "2025-10-27"),
    ],
)
def test_days_are_the_communitys(zone: str, at_ms: int, day: str) -> None:
    assert local_day(at_ms, ZoneInfo(zone)) == day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2025-03-09", 23),
        ("America/New_York", "2025-11-02", 25),
        ("Europe/Berlin", "2025-03-30", 23),
        ("Australia/Lord_Howe", "2025-04-06", 24.5),  # half an hour
        ("Pacific/Chatham", "2025-04-06", 25),  # +13:45 becomes +12:45
        ("Pacific/Chatham", "2025-09-28", 23),
        ("Asia/Kathmandu", "2025-09-28", 24),
    ],
)
def test_a_day_is_as_long_as_the_calendar_says(zone: str, day: str, hours: float) -> None:
    where = ZoneInfo(zone)
    begins = datetime.fromisoformat(day).replace(tzinfo=where)
    ends = (begins + timedelta(days=1)).replace(tzinfo=where)
    first, past = (round(each.astimezone(UTC).timestamp() * 1_000) for each in (begins, ends))
    assert (past - first) / 3_600_000 == hours
    quarter = 900_000
    assert {local_day(at, where) for at in range(first, past, quarter)} == {day}
    assert day not in {local_day(first - 1, where), local_day(past, where)}
