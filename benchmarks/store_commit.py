"""What a commit group costs the store: CPU per telemetry event, beside a bare insert of the same events.

`python -m benchmarks.store_commit [folder]`. A group has 500 events of 3 channels, with their places and
ledgers. The bare insert is the events table alone, one executemany a transaction: what SQLite
takes for it on this machine, at this moment.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from linli.ports.commit_group import CommitGroup
from linli.ports.rows import EventRow, HourRow, LedgerRow, PlaceRow
from linli.seqs import SeqSet
from stores.operational import open_store, sqlite_url

GROUP, GROUPS, DEVICES = 500, 80, 500
START_MS = 1_795_492_800_000
PLACES = ("recyclable", "hazardous", "kitchen", "other")


def make_groups(devices_per_group: int) -> list[CommitGroup]:
    """Groups as ingest makes them; the devices of each are drawn by a fixed seed."""
    rnd, seqs, at_ms, groups = random.Random(1), dict.fromkeys(range(DEVICES), 0), START_MS, []
    for _ in range(GROUPS):
        group, places, ledgers = CommitGroup(), {}, {}
        chosen = rnd.sample(range(DEVICES), devices_per_group)
        for n in range(GROUP):
            number = chosen[n % devices_per_group]
            seqs[number] += 1
            seq, device, place = seqs[number], f"bin-{number}", PLACES[seqs[number] % 4]
            at_ms += 7
            values = {"fill_pct": seq % 100 / 2, "weight_kg": seq % 7 / 4, "temperature_c": 20.5}
            told = ",".join(f'"{name}":{value}' for name, value in values.items())
            body = f'{{"kind":"telemetry","seq":{seq},"ts":{at_ms},"compartment":"{place}",{told}}}'.encode()
            group.events.append(
                EventRow(
                    "garden",
                    device,
                    "k3f9a2b7",
                    seq,
                    "telemetry",
                    at_ms,
                    "device_clock",
                    at_ms + 50,
                    "b1",
                    body,
                )
            )
            newest = {name: (value, at_ms, seq) for name, value in values.items()}
            sums = {name: (1, value) for name, value in values.items()}
            hour = HourRow("garden", device, place, "k3f9a2b7", START_MS, seq, seq, sums)
            places[device, place] = PlaceRow("garden", device, place, newest, hour)
            ledgers[device] = LedgerRow("garden", device, "k3f9a2b7", SeqSet([(1, seq)]), received=seq)
        group.places, group.ledger = list(places.values()), list(ledgers.values())
        groups.append(group)
    return groups


def through_the_store(folder: Path, groups: list[CommitGroup]) -> list[float]:
    """CPU µs per event of each group."""
    store = open_store(sqlite_url(folder))
    version, costs = store.operator_version(), []
    for group in groups:
        started = time.process_time()
        store.commit(group, version)
        costs.append((time.process_time() - started) / GROUP * 1e6)
    store.close()
    return costs


def bare(folder: Path, groups: list[CommitGroup]) -> list[float]:
    """The same events with nothing around them."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, device TEXT, seq INTEGER, kind TEXT, placed_ms INTEGER,"
        " placed_reason TEXT, received_ms INTEGER, building TEXT, body BLOB, UNIQUE (device, seq))"
    )
    costs = []
    for group in groups:
        started = time.process_time()
        rows = [
            (e.device, e.seq, e.kind, e.placed_ms, e.placed_reason, e.received_ms, e.building, e.body)
            for e in group.events
        ]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        costs.append((time.process_time() - started) / GROUP * 1e6)
    connection.close()
    return costs


def main() -> None:
    """Print medians over the groups."""
    print("devices in a group | store µs CPU/event | bare insert | store / bare")
    for devices_per_group in (25, 100, 500):
        groups = make_groups(devices_per_group)
        with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
            ours = statistics.median(through_the_store(Path(name), groups))
            theirs = statistics.median(bare(Path(name), groups))
        print(f"{devices_per_group:18} | {ours:18.1f} | {theirs:11.1f} | {ours / theirs:12.1f}")


if __name__ == "__main__":
    main()
