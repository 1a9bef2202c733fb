"""Where reminders are shown: a file for a display, a program for a loudspeaker."""

import os
import shlex
import subprocess
from pathlib import Path

from edge.reminder import Reminder, Sink
from edge.settings import EdgeSettings
from linli.errors import InvalidSetting

AT_ONCE = 2
"""Programs that may run at the same time: a loudspeaker that hangs must not be joined by a hundred others."""


class FileSink:
    """Keeps the latest reminder in a file, replaced whole: the Chinese line, then the English one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, reminder: Reminder) -> None:
        """Raises OSError."""
        new = self._path.with_name(f".{self._path.name}.new")
        new.write_text(f"{reminder.zh}\n{reminder.en}\n", encoding="utf-8")
        new.replace(self._path)


class CommandSink:
    """Runs a program with the two texts as its last arguments, never through a shell, and does not wait."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._running: list[subprocess.Popen[bytes]] = []

    def __call__(self, reminder: Reminder) -> None:
        """Raises OSError when it cannot be started, or those before it still run."""
        self._running = [process for process in self._running if process.poll() is None]
        if len(self._running) >= AT_ONCE:
            raise BlockingIOError(f"{self._command[0]} is still busy with the reminders before")
        self._running.append(
            subprocess.Popen(
                [*self._command, reminder.zh, reminder.en],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=dict(os.environ),
            )
        )

    def close(self) -> None:
        """Reap those that ended, and end those that did not."""
        for process in self._running:
            process.terminate()
            process.wait()


def open_sinks(settings: EdgeSettings) -> list[Sink]:
    """The sinks the settings name. Raises InvalidSetting."""
    sinks: list[Sink] = []
    if settings.remind_file:
        sinks.append(FileSink(Path(settings.remind_file)))
    if settings.remind_command:
        try:
            command = shlex.split(settings.remind_command)
        except ValueError as error:
            raise InvalidSetting(f"LINLI_REMIND_COMMAND cannot be read: {error}") from error
        sinks.append(CommandSink(command))
    return sinks
