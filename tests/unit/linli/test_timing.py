from zoneinfo import ZoneInfo

import pytest

from linli.timing import AGE_MAX_MS, local_day, place

NOW = 1_764_032_400_000


@pytest.mark.parametrize(
    ("ts", "age", "sent", "at", "reason"),
    [
        (NOW - 5_000, 0, NOW, NOW - 5_000, "device_clock"),
        (NOW - 5_000, 0, None, NOW - 5_000, "device_clock"),
        (NOW - 86_400_000, 0, NOW - 80_000_000, NOW - 86_400_000, "device_clock"),  # waited in the broker
        (NOW + 60_000, 0, NOW + 60_000, NOW, "device_clock"),  # a little ahead
        (None, 0, None, NOW, "by_age"),
        (None, 7_000, NOW + 99_999_999, NOW - 7_000, "by_age"),
        (5_000, 0, 9_000, NOW - 4_000, "by_offset"),  # reset to 1970
        (NOW + 7_200_000, 0, NOW + 7_203_000, NOW - 3_000, "by_offset"),  # hours ahead
        (NOW - 1_000, 0, NOW + 3_600_000, NOW - 3_601_000, "by_offset"),  # ahead, though the stamp looks fine
        (5_000, 0, None, NOW, "by_receipt"),
        (5_000, 0, 4_000, NOW, "by_receipt"),
        (5_000, 0, NOW, NOW, "by_receipt"),
        (NOW - AGE_MAX_MS - 1, 0, None, NOW, "by_receipt"),
    ],
)
def test_where_an_event_is_placed(ts: int | None, age: int, sent: int | None, at: int, reason: str) -> None:
    placed = place(ts, age, sent, NOW)
    assert (placed.at_ms, placed.reason) == (at, reason)


def test_nothing_is_placed_in_the_future() -> None:
    assert all(place(NOW + d, 0, NOW + d, NOW).at_ms <= NOW for d in range(-200_000, 20_000_000, 77_777))


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
