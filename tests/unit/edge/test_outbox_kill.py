"""`kill -9` of a real process at arbitrary moments: between write and write, and in the middle of one."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.outboxfile import open_outbox
from linli.events import decode_event

WRITER = """
import sys
from pathlib import Path
from edge.outboxfile import open_outbox
from linli.events import Deposit
from linli.messages import Receipt

outbox = open_outbox(Path(sys.argv[1]))
print("epoch", outbox.epoch, flush=True)
for at in range(100_000):
    event = Deposit(seq=1, ts=at, compartment="k", unsure="bag")
    kept = outbox.append(event, b"photo %d" % outbox.given, str(at))
    print("gave", kept.seq, flush=True)
    if at % 5 == 4:
        outbox.settle(Receipt(epoch=outbox.epoch, through=kept.seq - 3, now=1))
        print("settled", kept.seq - 3, flush=True)
"""
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("seed", range(4))
def test_a_number_that_was_given_out_is_never_given_again(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "bin.outbox"
    epochs, last_given, last_settled = set(), 0, 0
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert writer.stdout is not None
        epochs.add(writer.stdout.readline().split()[1])
        time.sleep(rng.uniform(0.0, 0.25))
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().splitlines(keepends=True)
        lines = [line.split() for line in said if line.endswith("\n")]  # the kill may cut the last one
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        gave = [int(number) for word, number in lines if word == "gave"]
        settled = [int(number) for word, number in lines if word == "settled"]
        assert gave == list(range(last_given + 1, last_given + 1 + len(gave)))
        reported, last_settled = last_given + len(gave), max([last_settled, *settled])

        outbox = open_outbox(path)
        # One event may have been kept whose number was not yet told when the process died.
        assert outbox.given in {reported, reported + 1}
        held = outbox.events_after(0, 1_000_000)
        assert [one.seq for one in held] == list(range(held[0].seq, outbox.given + 1)) if held else True
        assert outbox.first() in {last_settled + 1, *range(last_settled + 2, last_settled + 8)}
        assert [decode_event(one.body).seq for one in held] == [one.seq for one in held]
        last_given = outbox.given
        outbox.close()
    assert len(epochs) == 1
    assert last_given > 0
