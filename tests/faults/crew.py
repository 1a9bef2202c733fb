"""Workshops side by side: plans go out, results come back in the order in which they are done."""

import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import SimpleQueue

import msgspec

from tests.faults.plan import Plan
from tests.faults.run import Result

ROOT = Path(__file__).parents[2]


def carried_out(plans: Iterable[Plan], jobs: int) -> Iterator[Result]:
    """The results of all plans, from `jobs` workshops at a time."""
    waiting: SimpleQueue[Plan | None] = SimpleQueue()
    done: SimpleQueue[Result | None] = SimpleQueue()
    count = 0
    for plan in plans:
        waiting.put(plan)
        count += 1
    jobs = max(1, min(jobs, count))
    for _ in range(jobs):
        waiting.put(None)
    threads = [threading.Thread(target=_serve, args=(waiting, done), daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for _ in range(jobs):
        while (result := done.get()) is not None:
            yield result
    for thread in threads:
        thread.join()


def _serve(waiting: "SimpleQueue[Plan | None]", done: "SimpleQueue[Result | None]") -> None:
    shop = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.workshop"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert shop.stdin is not None
    assert shop.stdout is not None
    try:
        while (plan := waiting.get()) is not None:
            shop.stdin.write(msgspec.json.encode(plan) + b"\n")
            shop.stdin.flush()
            line = shop.stdout.readline()
            if not line:
                done.put(Result(plan, [f"broken: the workshop ended with {shop.wait()}"]))
                return
            done.put(msgspec.json.decode(line, type=Result))
    finally:
        shop.stdin.close()
        shop.wait(30)
        shop.stdout.close()
        done.put(None)
