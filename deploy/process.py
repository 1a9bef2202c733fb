"""One part of linli as a process of its own: started, watched and stopped, with its log in a file."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from deploy.errors import DeployError

ROOT = Path(__file__).resolve().parent.parent
POLL_S = 0.05
PR_SET_PDEATHSIG = 1

# Looked up before any fork: between fork and exec nothing may be loaded.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """A child in a process group of its own, so that Ctrl-C reaches only us and nothing is left behind.

    Its output goes to a file and not through a pipe: it never waits for us, and outlives no reader.
    """

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.command = list(command)
        self.environ = dict(environ)
        self.log = log
        self.started_s = 0.0
        self._log_from = 0
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Raises DeployError while it was never started."""
        if self._popen is None:
            raise DeployError(f"{self.name} was not started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs or was never started; negative for the signal that ended it."""
        return None if self._popen is None else self._popen.poll()

    def start(self) -> None:
        """Raises DeployError when the command cannot be run."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._log_from = output.tell()
            try:
                self._popen = self._spawn(output)
            except OSError as error:
                raise DeployError(f"{self.name} cannot be started: {error}") from error
        self.started_s = time.monotonic()

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Safe here: this process starts children from its one thread only.
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509
        )

    def wait_ready(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Returns once `ready()` is true.

        Raises DeployError with the last lines of its log when it ends first, or is not ready in time.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise DeployError(f"{self.name} ended with status {self.exit_status}.\n{self.tail()}")
            if time.monotonic() > deadline:
                raise DeployError(f"{self.name} was not ready after {timeout_s:.0f} s.\n{self.tail()}")
            time.sleep(POLL_S)

    def wait(self, timeout_s: float) -> int | None:
        """Its exit status, or None when it still runs after that time."""
        if self._popen is None:
            return None
        try:
            return self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def ask_to_end(self) -> None:
        """SIGTERM, to it alone: it ends its own children as it sees fit."""
        if self._popen is not None and self.running:
            self._popen.terminate()

    def stop(self, grace_s: float = 10.0) -> None:
        """Asks it to end, waits, then kills what is left of its group. Safe to call twice."""
        if self._popen is None:
            return
        self.ask_to_end()
        self.wait(grace_s)
        self._signal_group(signal.SIGKILL)
        self._popen.wait()

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self._signal_group(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait()

    def _signal_group(self, number: signal.Signals) -> None:
        # Its group bears its pid, since it leads a session. These errors: nobody of the group is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def tail(self, lines: int = 15) -> str:
        """The last lines it logged since it was last started, for a person who asks why."""
        try:
            with self.log.open("rb") as log:
                log.seek(self._log_from)
                text = log.read().decode(errors="replace")
        except FileNotFoundError:
            return "(it logged nothing)"
        return "\n".join(text.splitlines()[-lines:]) or "(it logged nothing)"


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, between fork and exec: end when the parent ends, however that ends (Linux only)."""

    def prepare() -> None:
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:  # it ended before we asked
                os._exit(1)

    return prepare
