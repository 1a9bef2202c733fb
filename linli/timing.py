"""Placing events in time: two clocks, one answer, and the reason for it."""

from datetime import UTC, datetime, tzinfo

from msgspec import Struct

AHEAD_MS = 120_000
"""A stamp this far ahead of the server cannot be true."""
AGE_MAX_MS = 400 * 86_400_000
"""Nothing waits longer than this in an outbox."""
SLOW_MS = 60_000
"""When device and server differ by more than this as a batch is sent, its clock is not believed."""


class Placed(Struct, frozen=True, gc=False):
    """When an event happened, ms UTC, and why we say so."""

    at_ms: int
    reason: str


def place(ts: int | None, age_ms: int, sent: int | None, received: int) -> Placed:
    """Say when an event happened. All ms; `ts` and `sent` by the device's clock, `received` by the server's.

    `device_clock`: the stamp is believed. `by_age`: the device has no clock; received - age.
    `by_offset`: its clock is off, but its own difference sent - ts tells how long ago it was.
    `by_receipt`: nothing it says can be true; it is placed when it came.
    """
    if ts is None:
        return Placed(max(0, received - age_ms), "by_age")
    plausible = received - AGE_MAX_MS <= ts <= received + AHEAD_MS
    # A batch can wait in a queue, so `sent` behind the server proves nothing; ahead of it, a wrong clock.
    ahead = sent is not None and sent > received + SLOW_MS
    if plausible and not ahead:
        return Placed(min(ts, received), "device_clock")
    if sent is not None and 0 <= sent - ts <= AGE_MAX_MS:
        return Placed(max(0, received - (sent - ts)), "by_offset")
    return Placed(received, "by_receipt")


def local_day(at_ms: int, zone: tzinfo) -> str:
    """The calendar day (YYYY-MM-DD) on which `at_ms` falls in `zone`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date().isoformat()
