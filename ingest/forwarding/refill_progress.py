"""What a refill shows on the terminal, on the error stream: its output is one line at the end."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.forwarding.refill import Refilled

_WORDS = 60


class Shown:
    """A bar while it runs."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,}/{task.total:,} events"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("refilling", total=0)
        self._trouble = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, so_far: Refilled) -> None:
        """Say how far it came; each new trouble is a line that stays, also where there is no terminal."""
        if so_far.trouble and so_far.trouble != self._trouble:
            self._progress.console.print(f"ingest: waiting: {so_far.trouble}", markup=False, highlight=False)
        self._trouble = so_far.trouble
        doing = f"waiting: {so_far.trouble[:_WORDS]}" if so_far.trouble else f"{so_far.written:,} points"
        self._progress.update(self._task, description=doing, completed=so_far.done, total=so_far.total)
