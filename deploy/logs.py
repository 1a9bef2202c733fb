"""The parts' log files, shown in one terminal: each line under the name of its part."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

COLOURS = {"broker": "magenta", "ingest": "green", "api": "cyan", "simulator": "yellow"}


class Follower:
    """Shows what was added to the log files since it last looked; what is there already is old."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._read = {path: path.stat().st_size for path in folder.glob("*.log")}

    def show_new(self) -> None:
        for path in sorted(self._folder.glob("*.log")):
            with path.open("rb") as log:
                log.seek(self._read.get(path, 0))
                added = log.read()
            whole, newline, _ = added.rpartition(b"\n")
            self._read[path] = self._read.get(path, 0) + len(whole) + len(newline)
            for line in whole.decode(errors="replace").splitlines():
                name = Text(f"{path.stem:>9} | ", style=COLOURS.get(path.stem, ""))
                self._console.print(name + Text.from_ansi(line), soft_wrap=True)
