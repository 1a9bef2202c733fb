"""Half of the traffic cannot be read: what it takes from the good half.

A bad message passes the load and the broker as a good one does, so not all of it is ingest's: the CPU of each
process says whose.
"""

from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import Result, measure
from benchmarks.rows.options import Options
from benchmarks.stage import stage

ALONE, BESIDE = "good messages alone", "and as many bad ones"


def run(options: Options) -> Iterator[Figure]:
    """The same count of good messages, alone and with as many bad ones; turn by turn on one stage."""
    found: dict[str, list[Result]] = {ALONE: [], BESIDE: []}
    devices = options.devices_at_one
    with stage(devices) as running:
        for turn in range(options.repeat):
            for case, results in found.items():
                refused = case == BESIDE
                epoch = f"good{turn:03d}{refused:d}"
                plan = Plan(running.site.broker_port, epoch, devices, options.events, 1, refused=refused)
                results.append(measure(running, plan))
    yield Figure(ALONE, "events until their receipts", "/s", tuple(each.events_s for each in found[ALONE]))
    beside = tuple(each.events_s for each in found[BESIDE])
    yield Figure(BESIDE, "good events until their receipts", "/s", beside)
    pairs = list(zip(found[ALONE], found[BESIDE], strict=True))
    slower = tuple(100 * (1 - bad.events_s / good.events_s) for good, bad in pairs)
    yield Figure(BESIDE, "slower", "%", slower, "≤ 10")
    for process in found[ALONE][0].cpu:
        more = tuple(bad.cpu[process] - good.cpu[process] for good, bad in pairs)
        yield Figure(BESIDE, f"more CPU of {process}", "s/100k", more)
