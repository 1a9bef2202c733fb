"""A power cut at any moment of a write, as a disk sees it: of what was not synced yet, any sectors may be
there.

`kill -9` cannot show this, for the kernel writes on what a dead process had handed over.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.outboxfile import open_outbox
from linli.events import Deposit, Telemetry, decode_event
from linli.messages import Receipt

SECTOR = 512


@dataclass(frozen=True)
class Disk:
    """Both files, and what the outbox held when they were so: (last number given, numbers, photos)."""

    data: bytes
    log: bytes
    state: tuple[int, tuple[int, ...], int]

    @classmethod
    def of(cls, path, outbox):
        held = tuple(one.seq for one in outbox.events_after(0, 100_000))
        state = (outbox.given, held, outbox.photos_held)
        return cls(path.read_bytes(), Path(f"{path}-wal").read_bytes(), state)


def torn(before, after, rng):
    """Some sectors of the one, some of the other; a file may have grown or not."""
    size = rng.choice([len(before), len(after), rng.randint(0, len(after))])
    size = max(size, min(len(before), len(after)))
    mixed = bytearray(before.ljust(size, b"\0")[:size])
    share = rng.random()
    for at in range(0, size, SECTOR):
        if rng.random() < share:
            sector = after[at : at + SECTOR]
            mixed[at : at + len(sector)] = sector
    return bytes(mixed)


def opened(folder, data, log):
    folder.mkdir()
    path = folder / "x"
    path.write_bytes(data)
    Path(f"{path}-wal").write_bytes(log)
    outbox = open_outbox(path)
    held = outbox.events_after(0, 100_000)
    for one in held:
        assert decode_event(one.body).seq == one.seq
    state = (outbox.given, tuple(one.seq for one in held), outbox.photos_held)
    epoch = outbox.epoch
    outbox.close()
    return epoch, state


@pytest.mark.parametrize("seed", range(2))
def test_what_was_returned_is_there_after_any_power_cut(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "real"
    outbox = open_outbox(path)
    base = Disk.of(path, outbox)
    states = [base.state]
    checkpoints = cuts = 0
    for step in range(120):
        synced = True
        match rng.randrange(4):
            case 0:
                synced = False  # what only forgets may be forgotten itself
                outbox.settle(Receipt(epoch=outbox.epoch, through=rng.randint(0, outbox.given), now=1))
            case 1:
                outbox.append_all([Telemetry(seq=1, ts=1, fill_pct=5.0)] * rng.randrange(1, 4))
            case _:
                outbox.append(Deposit(seq=1, ts=1, compartment="k", unsure="bag"), rng.randbytes(20_000))
        after = Disk.of(path, outbox)
        states.append(after.state)
        if step % 6 == 0 or after.data != base.data:
            cuts += 1
            epoch, state = opened(tmp_path / f"log{step}", base.data, torn(base.log, after.log, rng))
            assert epoch == outbox.epoch
            assert state in states
        if after.data != base.data:  # the log was synced, and then written into the file
            checkpoints += 1
            epoch, state = opened(tmp_path / f"data{step}", torn(base.data, after.data, rng), after.log)
            assert (epoch, state) == (outbox.epoch, after.state)
        if synced or after.data != base.data:
            base, states = after, [after.state]
    outbox.close()
    assert checkpoints > 1
    assert cuts > 10
