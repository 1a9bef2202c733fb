"""Real processes, forked from one that has everything imported: a start costs milliseconds, not a second.

Each is a session of its own, dies with the one that forked it, and has its output in a file.
"""

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class Child:
    """A process that runs `main` and ends with it."""

    def __init__(self, name: str, main: Callable[[], int | None], log: Path) -> None:
        self.name = name
        self.log = log
        log.touch()
        self._from = log.stat().st_size
        self.status: int | None = None
        """None while it runs; negative for the signal that ended it."""
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _become(parent, main, log)

    def runs(self) -> bool:
        """It has not ended yet."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def send(self, number: signal.Signals) -> None:
        """Nothing happens when it has ended."""
        if self.runs():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As a power cut would end it."""
        self.end(signal.SIGKILL, 10.0)

    def end(self, number: signal.Signals = signal.SIGTERM, within_s: float = 5.0) -> None:
        """Send the signal and wait; kill it when that was not enough."""
        if not self.runs():
            return
        os.kill(self.pid, number)
        deadline = time.monotonic() + within_s
        while self.runs() and time.monotonic() < deadline:
            time.sleep(0.002)
        if self.runs():
            os.kill(self.pid, signal.SIGKILL)
            while self.runs():
                time.sleep(0.002)

    def tail(self, size: int = 4_000) -> str:
        """The end of what it has said in this life."""
        return self.log.read_bytes()[self._from :][-size:].decode(errors="replace")


def _become(parent: int, main: Callable[[], int | None], log: Path) -> None:
    status = 1
    try:
        os.setsid()
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        into = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.dup2(into, 1)
        os.dup2(into, 2)
        status = main() or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
