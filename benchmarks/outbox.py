"""What a bin's outbox writes, and how long an append takes with room and at its limit.

`python -m benchmarks.outbox [folder]`. Bytes are what the process hands to the file system (`wchar` of
proc(5)): what a flash card wears by, before the file system adds its own.
"""

import hashlib
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from edge.outbox import UNNUMBERED, Outbox
from edge.outboxfile import open_outbox
from linli.events import Deposit, Telemetry
from linli.messages import Receipt

TIMES = 200
PHOTO_BYTES = 20_000
LIMIT_BYTES = 4_000_000
WALL_MS = 1_795_492_800_000


def written() -> int:
    """Bytes this process has handed to the file system so far."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


class Bin:
    """An outbox in a file, and what is put into it."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.outbox: Outbox = open_outbox(path, max_bytes)
        self._random = random.Random(1)

    def reading(self) -> None:
        self.outbox.append(
            Telemetry(seq=UNNUMBERED, ts=WALL_MS, compartment="kitchen", fill_pct=42.0, temperature_c=21.5)
        )

    def deposit(self) -> None:
        jpeg = self._random.randbytes(PHOTO_BYTES)
        digest = hashlib.sha256(jpeg).hexdigest()
        self.outbox.append(
            Deposit(
                seq=UNNUMBERED, ts=WALL_MS, compartment="kitchen", item="food_waste", photo_sha256=digest
            ),
            jpeg,
        )

    def deposit_and_receipt(self) -> None:
        self.deposit()
        given, photo = self.outbox.given, self.outbox.photo_after(0)
        photos = [photo.sha256] if photo is not None else []
        self.outbox.settle(Receipt(epoch=self.outbox.epoch, through=given, photos=photos, now=WALL_MS))


def main() -> None:
    """Print kilobytes and milliseconds per append."""
    print(f"{TIMES} times each          | kB handed over | ms median | ms most")
    for max_bytes, room in ((1 << 30, "with room"), (LIMIT_BYTES, "at the limit")):
        for name in ("reading", "deposit", "deposit_and_receipt"):
            with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
                it = Bin(Path(folder) / "outbox.db", max_bytes)
                while max_bytes == LIMIT_BYTES and not it.outbox.full:
                    it.deposit()
                took, before = [], written()
                for _ in range(TIMES):
                    began = time.perf_counter()
                    getattr(it, name)()
                    took.append((time.perf_counter() - began) * 1e3)
                each = (written() - before) / TIMES / 1e3
                it.outbox.close()
            print(f"{name:19} {room:12} | {each:10.1f} | {statistics.median(took):9.2f} | {max(took):7.1f}")


if __name__ == "__main__":
    main()
