"""Half of the traffic cannot be read: what it takes from the good half."""

from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import measure
from benchmarks.rows.options import Options
from benchmarks.stage import stage


def run(options: Options) -> Iterator[Figure]:
    """The same count of good messages, alone and with as many bad ones; turn by turn on one stage."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    devices = options.devices_at_one
    with stage(devices) as running:
        for turn in range(options.repeat):
            for refused in (False, True):
                epoch = f"good{turn:03d}{refused:d}"
                plan = Plan(running.site.broker_port, epoch, devices, options.events, 1, refused=refused)
                rates[refused].append(measure(running, plan).events_s)
    alone = f"good messages alone, {devices:,} devices"
    yield Figure(alone, "events until their receipts", "/s", tuple(rates[False]))
    yield Figure("and as many bad ones", "good events until their receipts", "/s", tuple(rates[True]))
    slower = tuple(100 * (1 - bad / good) for good, bad in zip(rates[False], rates[True], strict=True))
    yield Figure("and as many bad ones", "slower", "%", slower, "≤ 10")
