"""Local days: what people are judged by is counted on the day that their own calendar shows."""

from datetime import UTC, datetime, tzinfo


def local_day(at_ms: int, zone: tzinfo) -> str:
    """The calendar day (YYYY-MM-DD) on which `at_ms` (ms UTC) falls in `zone`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date().isoformat()
