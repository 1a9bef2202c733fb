"""From publish to receipt, and from a fire's reading to its alert on the API's stream.

A device gets at most one receipt a second (docs/mqtt.md), so there are so many devices that none speaks more
often.
"""

from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import Page, measure, percentile
from benchmarks.rows.options import Options
from benchmarks.stage import stage

CALM = 1_000
FIRES_S = 50
"""Alerts a second, at any rate."""


def run(options: Options) -> Iterator[Figure]:
    """At 1,000 events/s, and at half of what goes as fast as it can."""
    most = options.devices_at_one
    with stage(most) as running:
        plan = Plan(running.site.broker_port, "benchmost", most, options.events, 1)
        half = round(measure(running, plan).events_s / 2)
    for rate, target in ((CALM, "p99 ≤ 50"), (half, "p99 ≤ 250")):
        devices = max(options.devices, 2 * rate)
        with stage(devices) as running:
            page = Page(running.site.api_url)
            # The seconds are what counts: the first ones, in which everything is new, are among them.
            events = rate * max(10, options.seconds // 3)
            plan = Plan(
                running.site.broker_port, "benchpace", devices, events, 1, rate, hot_every=rate // FIRES_S
            )
            receipts, alerts = measure(running, plan).receipt_ms, page.close()
        case = f"{rate:,} events/s, {devices:,} devices"
        for what, found in (("publish to receipt", receipts), ("publish to alert on the stream", alerts)):
            for share in (50, 99):
                values = (percentile(found, share),) if found else ()
                yield Figure(case, f"{what}, p{share}", "ms", values, target if share == 99 else "")
