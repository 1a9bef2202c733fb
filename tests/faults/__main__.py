"""`python -m tests.faults --runs N --seed S`, and `--sabotage`: docs/decisions/0014 says what they do."""

import argparse
import os
import sys
from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults import sabotage
from tests.faults.crew import carried_out
from tests.faults.plan import BROKERS, Available, Plan, drawn
from tests.faults.run import Result
from tests.faults.servers import binary, brokers
from tests.faults.weakened import WEAK

AGAIN = 2
"""So often a plan is carried out again in which a fault never took effect; then that fails the sweep."""

console = Console()


def main() -> int:
    """Returns the exit status: 0 when nothing was lost or doubled, and every fault took effect."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="how many; each has the seed after the last")
    parser.add_argument("--seed", type=int, default=1, help="the first run's; --runs 1 replays one")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="runs side by side")
    parser.add_argument("--broker", choices=BROKERS, help="this broker alone")
    parser.add_argument("--sabotage", action="store_true", help="judge the suite, by weakened linlis")
    parser.add_argument("--weak", choices=list(WEAK), help="with --sabotage: this one alone")
    options = parser.parse_args()
    if options.sabotage:
        return _sabotage([options.weak] if options.weak else list(WEAK), options.jobs)
    available = Available(
        (options.broker,) if options.broker else brokers(), bool(binary("influxd")), bool(binary("postgres"))
    )
    seeds = range(options.seed, options.seed + options.runs)
    return _sweep([drawn(seed, available) for seed in seeds], options.jobs)


def _sweep(plans: list[Plan], jobs: int) -> int:
    results = _shown("runs", plans, jobs)
    again = 0
    for _ in range(AGAIN):
        # On a machine that stands still for a second, all is over before the fault comes: that run shows
        # nothing, so its plan is carried out again.
        idle = [result.plan for result in results if result.idle and not result.accusations]
        if idle:
            results = [result for result in results if result.plan not in idle]
            results += _shown("runs in which a fault came too late, again", idle, jobs)
            again += len(idle)
    planned = Counter(what for result in results for what in result.effects)
    took = Counter(what for result in results for what, times in result.effects.items() if times)
    table = Table("fault", "runs", "took effect")
    for what in sorted(planned):
        table.add_row(what, str(planned[what]), str(took[what]))
    console.print(table)
    by_broker = Counter(plan.broker for plan in plans)
    console.print(", ".join(f"{broker}: {n}" for broker, n in by_broker.items()), soft_wrap=True)
    well, events = sum(result.well for result in results), sum(result.events for result in results)
    console.print(
        f"{len(plans)} runs from seed {plans[0].seed}, {events} events: in {well} of them events lost 0, "
        f"effects doubled 0, and every fault took effect; {again} had to be carried out again for that",
        soft_wrap=True,
    )
    return 0 if well == len(plans) else 1


def _sabotage(names: list[str], jobs: int) -> int:
    table = Table("weakened linli", "caught by", "tries")
    missed = 0
    with _progress() as progress:
        task = progress.add_task("weakened linlis", total=len(names))
        for verdict in sabotage.judged(names, jobs):
            missed += not verdict.caught_by
            table.add_row(verdict.name, verdict.caught_by[:90] or "[red]NOT CAUGHT", str(verdict.tries))
            if not verdict.caught_by:
                _tell(verdict.last)
            progress.advance(task)
    accused = sum(not result.well for result in _shown("linli as it is", sabotage.unweakened(names), jobs))
    console.print(table)
    console.print(f"{len(names) - missed} of {len(names)} caught; linli as it is: {accused} accused")
    return 1 if missed or accused else 0


def _shown(what: str, plans: list[Plan], jobs: int) -> list[Result]:
    """The results of these plans. What failed is told as soon as it has."""
    results: list[Result] = []
    with _progress() as progress:
        task = progress.add_task(what, total=len(plans))
        for result in carried_out(plans, jobs):
            results.append(result)
            if not result.well:
                _tell(result)
            progress.advance(task)
    return results


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _tell(result: Result) -> None:
    plan = result.plan
    faults = ", ".join(f"{fault.what} {fault.stage}".strip() for fault in plan.faults)
    said = [*result.accusations, *(f"never took effect: {what}" for what in result.idle)]
    lines = [f"seed {plan.seed} on {plan.broker}{plan.weak and ', ' + plan.weak}: {faults}", *said]
    console.print("\n   ".join([*lines, f"left in {result.folder}"]), markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
