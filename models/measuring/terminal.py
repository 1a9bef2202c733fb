"""What the tools print with: rich, which a bin does without."""

from __future__ import annotations

import io
import sys

try:
    from rich import console
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.progress import Progress
    from rich.table import Table
except ModuleNotFoundError as missing:
    sys.stderr.write(f"models.evaluate and models.compare need {missing.name}: pip install rich\n")
    raise SystemExit(2) from None  # 1 would be a verdict of ``models.compare``

__all__ = ["SIMPLE_HEAD", "Console", "Progress", "Table", "escape"]


class Console(console.Console):
    """As wide as the terminal, else ``width``; what it cannot show, or nobody reads, is no verdict."""

    def __init__(self, width: int, *, plain: bool = False) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):  # it may be closed, and then None
            sys.stdout.reconfigure(errors="replace")
        wide = None if sys.stdout and sys.stdout.isatty() else width
        super().__init__(width=wide, highlight=not plain, markup=not plain)

    def on_broken_pipe(self) -> None:
        """Not all was said, so the status is none of a verdict."""
        try:
            super().on_broken_pipe()
        except SystemExit:
            raise SystemExit(2) from None
