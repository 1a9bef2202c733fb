"""Events/s and CPU of the whole pipeline, at 1 and 20 events a message, with and without forwarding.

Two ingests on two mosquittos, one of which forwards to a real InfluxDB, get the same load in turn.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import Result, measure
from benchmarks.rows.options import Options
from benchmarks.stage import influxd, stage

BATCHES = {1: 1, 20: 4}
"""Events in a message -> how many times `options.events`. A device gets one receipt a second: at 20 a
message a short run is bound by that second, whatever ingest does (docs/decisions/0016).
"""
EVENTS_S = {1: "≥ 10 × the tutorial script", 20: "≥ 50,000"}
INGEST_CPU = {1: "≤ 8", 20: "≤ 2"}
BARE, FORWARDING = "not forwarding", "forwarding"


def run(options: Options) -> Iterator[Figure]:
    """Forwarding goes to Debian's InfluxDB 1.6.7, where it is installed."""
    for batch in BATCHES:
        devices = options.devices_at_one if batch == 1 else options.devices
        found = _measure(batch, devices, options)
        for way, results in found.items():
            yield from _figures(f"{batch} a message, {devices:,} devices, {way}", batch, way, results)
        pairs = zip(found[BARE], found.get(FORWARDING, []), strict=False)
        growth = tuple(100 * (more.cpu["ingest"] / less.cpu["ingest"] - 1) for less, more in pairs)
        yield Figure(f"{batch} a message", "more CPU of ingest by forwarding", "%", growth, "≤ 25")


def _measure(batch: int, devices: int, options: Options) -> dict[str, list[Result]]:
    events = options.events * BATCHES[batch]
    with ExitStack() as stack:
        ways = {BARE: stack.enter_context(stage(devices))}
        if influxd() is not None:
            ways[FORWARDING] = stack.enter_context(stage(devices, influxd()))
        found: dict[str, list[Result]] = {way: [] for way in ways}
        for turn in range(options.repeat):
            for way, running in ways.items():
                plan = Plan(running.site.broker_port, f"bench{batch:02d}{turn:03d}", devices, events, batch)
                found[way].append(measure(running, plan))
    return found


def _figures(case: str, batch: int, way: str, results: list[Result]) -> Iterator[Figure]:
    bare = way == BARE
    yield Figure(
        case,
        "events until their receipts",
        "/s",
        tuple(each.events_s for each in results),
        EVENTS_S[batch] if bare else "",
    )
    for process in results[0].cpu:
        target = INGEST_CPU[batch] if bare and process == "ingest" else ""
        yield Figure(
            case, f"CPU of {process}", "s/100k", tuple(each.cpu[process] for each in results), target
        )
    for process in ("ingest", "broker"):
        yield Figure(case, f"memory of {process}", "MB", (results[-1].memory_mb[process],))
    yield Figure(case, "without a receipt", "messages", tuple(float(each.unsettled) for each in results), "0")
    if not bare:
        late = tuple(each.forward_s if each.forward_s is not None else float("inf") for each in results)
        yield Figure(case, "InfluxDB has all after the last receipt by", "s", late)
