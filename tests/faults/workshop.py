"""`python -m tests.faults.workshop`: carries out plans, a line of JSON each, and answers with their results.

It has one thread and everything imported, so that a run's processes are forked from it in milliseconds.
"""

import gc
import os
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path

import iotcore  # noqa: F401 - imported for those who are forked
import msgspec

import stores.influxdb
import stores.postgresql  # noqa: F401 - the same
from tests.faults.empty import Stores
from tests.faults.plan import Plan
from tests.faults.run import Result, Run


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="linli-empty-") as name, closing(Stores(Path(name))) as stores:
        gc.collect()
        gc.freeze()
        answers = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # whatever a child prints before it has its log is no answer
        for line in sys.stdin.buffer:
            plan = msgspec.json.decode(line, type=Plan)
            try:
                result = Run(plan, stores).carry_out()
            except Exception:
                result = Result(plan, [f"broken: {traceback.format_exc()}"])
            answers.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main()
