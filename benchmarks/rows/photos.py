"""Deposits with their photos of 20 KB, from the bins to disk, beside the same deposits without."""

from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import measure
from benchmarks.rows.options import Options
from benchmarks.stage import stage

PHOTO_BYTES = 20_000


def run(options: Options) -> Iterator[Figure]:
    """The readings beside which it is held are as many, one a message."""
    events = max(200, options.events // 20)
    for size, case in ((0, "readings without photos"), (PHOTO_BYTES, "deposits with photos of 20 KB")):
        with stage(options.devices) as running:
            results = [
                measure(
                    running,
                    Plan(
                        running.site.broker_port,
                        f"photo{size:05d}{turn}",
                        options.devices,
                        events,
                        1,
                        photo_bytes=size,
                    ),
                )
                for turn in range(options.repeat)
            ]
        yield Figure(case, "events until their receipts", "/s", tuple(each.events_s for each in results))
        for process in ("ingest", "broker"):
            spent = tuple(each.cpu[process] for each in results)
            yield Figure(case, f"CPU of {process}", "s/100k", spent)
            yield Figure(case, f"memory of {process}", "MB", (results[-1].memory_mb[process],))
