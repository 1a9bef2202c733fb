"""The truth so far, on disk, so that a simulator that was killed can tell the whole of it when it is back.

What is about to be recorded is written down before the device is asked, with the number it will get; what
became of it afterwards. So after `kill -9` the outbox's own count says which of the last lines came true.
A line is one write: it outlives the process, and need not outlive a power cut.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from edge.outbox import Outbox
from linli.errors import LinliError
from linli.events import decode_event
from simulators.truth import Deposited, Entry, Kept, Read, Truth, kept

log = logging.getLogger(__name__)


class OtherNeighbourhood(LinliError):
    """The folder belongs to a simulation of another neighbourhood."""


class Began(Struct, frozen=True, tag="began"):
    """The first line: whose journal this is."""

    seed: int
    community: str
    profile: str
    bins: int
    households: int
    pictures: Literal["drawn", "real"]
    started_ms: int


_lines = msgspec.json.Decoder(Began | Deposited | Read | Kept)


class Journal:
    """A file of JSON lines. `before` holds what an earlier life of the simulator wrote."""

    def __init__(self, path: Path, began: Began) -> None:
        """Raises OtherNeighbourhood, and OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = list(_read(path)) if path.exists() else []
        self.before: list[Entry] = [line for line in lines if not isinstance(line, Began)]
        first = next((line for line in lines if isinstance(line, Began)), None)
        if first is not None and msgspec.structs.replace(first, started_ms=began.started_ms) != began:
            raise OtherNeighbourhood(
                f"{path.parent} belongs to seed {first.seed} with {first.bins} bins, {first.households}"
                f" households, profile {first.profile} and {first.pictures} pictures; give another --data"
            )
        self.began = first or began
        self._file = path.open("ab", buffering=0)
        self._file.write(b"\n")  # ends a line that a power cut left unfinished
        if first is None:
            self.write(began)

    def write(self, line: Began | Entry) -> None:
        """Write it down, for good unless the machine itself dies."""
        self._file.write(msgspec.json.encode(line) + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _read(path: Path) -> Iterator[Began | Entry]:
    with path.open("rb") as file:
        for raw in file:
            if raw.strip():
                try:
                    yield _lines.decode(raw)
                except msgspec.DecodeError as error:
                    log.warning("a line of %s cannot be read: %s", path, error)


def remember(truth: Truth, journal: Journal, outboxes: dict[str, Outbox]) -> None:
    """Put into the truth what came true of what an earlier life wrote, and what it had no time to write.

    Entries of an outbox that is no more (another epoch) are left out: the truth tells of the outboxes
    there are.
    """
    told: dict[str, int] = dict.fromkeys(outboxes, 0)
    meant: dict[tuple[str, int], Deposited | Read] = {}
    for entry in journal.before:
        outbox = outboxes.get(entry.device)
        if outbox is None or outbox.epoch != entry.epoch:
            continue
        if isinstance(entry, Kept):
            truth.add(entry, meant.pop((entry.device, entry.seq), None))
            told[entry.device] = truth.given[entry.device]
        else:  # a later line about the same number is the one that counts: the earlier came to nothing
            meant[entry.device, entry.seq] = entry
    for device, outbox in outboxes.items():
        # The last that was recorded, and no time to write so. Then it was not sent either: it is still held.
        events = [decode_event(held.body) for held in outbox.events_after(told[device], outbox.given)]
        if events:
            entry = kept(device, outbox.epoch, events)
            journal.write(entry)
            truth.add(entry, meant.pop((device, entry.seq), None))
