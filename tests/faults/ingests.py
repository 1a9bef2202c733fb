"""Ingest as it is run, in a child: its own `main`, with seams where the test wants them and faster time."""

import os
from pathlib import Path

from msgspec import Struct

import ingest.__main__ as command
from tests.faults import fasttime, powercut, seams, weakened
from tests.faults.board import Board
from tests.faults.plan import Fault


class Told(Struct, frozen=True):
    """What an ingest process is told."""

    folder: Path
    broker_port: int
    influxdb_url: str = ""
    database_url: str = ""
    webhook_url: str = ""
    fault: Fault | None = None
    """the one of this life"""
    weak: str = ""


def live(told: Told, board: Board) -> int:
    """Until SIGTERM."""
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        del os.environ[name]
    os.environ |= {
        "LINLI_DATA_DIR": str(told.folder),
        "LINLI_INVENTORY": str(told.folder / "inventory.toml"),
        "LINLI_BROKER_PORT": str(told.broker_port),
        "LINLI_INFLUXDB_URL": told.influxdb_url,
        "LINLI_DATABASE_URL": told.database_url,
        "LINLI_WEBHOOK_URL": told.webhook_url,
    }
    powercut.watch_photos(told.folder)

    powercut.Disk(
        told.folder, lambda: bool(board["ingest_disk_fails"]), lambda: board.add("ingest_disk_failed")
    )
    fasttime.hasten()
    if told.weak:
        weakened.weaken(told.weak, "ingest")
    if told.fault is not None:
        seams.die_at(seams.INGEST, told.fault.stage, told.fault.passage, lambda: bool(board["closing"]))
    return command.main(["run"])
