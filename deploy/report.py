"""What a demo shows in the terminal: its progress, and at the end the truth beside the answers."""

import time
from collections.abc import Iterable
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from deploy.answers import Api
from deploy.comparison import Line, Verdicts
from deploy.errors import DeployError
from deploy.truth import Truth

ASK_EVERY_S = 1.0
# Where no one watches the screen (a log, CI), a line now and then instead of a bar.
LINE_EVERY_S = 10.0

DRAWN = (
    "The classifier's training held pictures by the same drawer, so being right of these says little. Real "
    "photos: models/MODEL_CARD.md has its figures, and PHOTOS=… plays with yours."
)
INTERVAL = (
    "The interval is of the sample only, of how few deposits were judged; the classifier's own errors are "
    "not in it, so the truth may lie outside."
)


class Progress:
    """How far the demo is: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, seconds: float | None) -> None:
        self._console = console
        self._seconds = seconds
        self._began = self._asked = self._printed = time.monotonic()
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("the neighbourhood wakes up", total=seconds)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        self._bar.update(self._task, description=text)
        if self._bar.disable:
            self._console.print(text)

    def show(self, api: Api) -> None:
        """Moves the bar, and asks the API what it has, at most once in ASK_EVERY_S."""
        now = time.monotonic()
        self._bar.update(self._task, completed=now - self._began)
        if now - self._asked < ASK_EVERY_S:
            return
        self._asked = now
        text = _stored(api)
        self._bar.update(self._task, description=text)
        if self._bar.disable and now - self._printed >= LINE_EVERY_S:
            self._printed = now
            self._console.print(f"{after(now - self._began, self._seconds)}: {text}")


def after(passed_s: float, of_s: float | None) -> str:
    """How far in time; past the end of the demo its bins only wait for what is still on its way."""
    if of_s is None:
        return f"after {passed_s:.0f} s"
    if passed_s < of_s:
        return f"after {passed_s:.0f} of {of_s:.0f} s"
    return f"the {of_s:.0f} s are over, the last receipts are awaited"


def _stored(api: Api) -> str:
    try:
        totals = api.totals()
    except DeployError:
        return "waiting for the API"
    return f"{totals.events:,} events, {totals.deposits:,} deposits, {totals.photos:,} photos"


def table(console: Console, lines: Iterable[Line]) -> None:
    """Truth | API | equal or not. A line that decides nothing is dimmed."""
    shown = Table(title="What happened, and what the API answers")
    shown.add_column("")
    shown.add_column("truth", justify="right")
    shown.add_column("API", justify="right")
    shown.add_column("", justify="center")
    for line in lines:
        mark = "[green]✓[/green]" if line.equal else "[red]✗[/red]"
        if not line.decides and not line.equal:
            mark = "[yellow]·[/yellow]"
        shown.add_row(line.what, line.truth, line.answer, mark, style="" if line.decides else "dim")
    console.print(shown)


def verdict_line(console: Console, happened: Truth, judged: Verdicts) -> None:
    """How the classifier did, on one kind of pictures; it is shown, and decides nothing."""
    console.print(
        f"Verdicts on {judged.total:,} deposits ({happened.pictures} pictures): "
        f"{judged.right:,} right, {judged.wrong:,} wrong, {judged.unsure:,} unsure"
    )
    if happened.pictures == "drawn":
        console.print(DRAWN, style="dim")


def compliance(console: Console, happened: Truth, answer: Any) -> None:
    """Accuracy as the API answers it with its 95 % interval, beside the accuracy of a perfect judge."""
    judged = [thrown for thrown in happened.deposits if thrown.outcome != "unsure"]
    correct = sum(thrown.outcome == "correct" for thrown in judged)
    truth = f"{correct / len(judged):.1%}" if judged else "nothing to judge"
    console.print(f"Sorting accuracy: truth {truth}; the API says {_accuracy(answer['total'])}")
    console.print(INTERVAL, style="dim")
    for group in answer["items"]:
        console.print(f"  {group['building'] or '?'}: {_accuracy(group)}", style="dim")


def _accuracy(group: dict[str, Any]) -> str:
    accuracy = group["accuracy"]
    if not accuracy["enough"]:
        return f"not enough evidence ({accuracy['judged']:,} judged deposits)"
    interval = f"{accuracy['low']:.1%} to {accuracy['high']:.1%}"
    return f"{accuracy['value']:.1%} (95 %: {interval}) of {accuracy['judged']:,} judged deposits"
