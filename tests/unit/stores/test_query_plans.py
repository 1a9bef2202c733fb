"""What is asked often is answered by an index: SQLite says how it would."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from linli.ports.commit_group import CommitGroup
from linli.ports.history import SeriesQuery
from linli.ports.operational import AlertQuery, DepositQuery
from stores.history import OperationalHistory
from stores.operational import OperationalStore, open_store, sqlite_url
from tests.contract.samples import EPOCH, HOUR, INVENTORY, NOON, ledger, telemetry

ASKED: dict[str, Callable[[OperationalStore], Any]] = {
    "events after": lambda store: store.events_after(0, 10),
    "points between": lambda store: store.points_between(1, 5),
    "plain points": lambda store: store.plain_points(1, 5),
    "rewrites": lambda store: store.rewrites(10, after=1),
    "behind since": lambda store: store.behind_since(),
    "ledgers": lambda store: store.ledgers([("garden", "bin-1", EPOCH)]),
    "slots": lambda store: store.slots([("garden", "bin-1")]),
    "unhoused": lambda store: store.unhoused(("garden", "bin-1"), (0, 0), 10),
    "photos": lambda store: store.photos_known(["a" * 64]),
    "current": lambda store: store.current("garden", "bin-1"),
    "deposits": lambda store: store.deposits(DepositQuery(before=10)),
    "deposits of a device": lambda store: store.deposits(DepositQuery("garden", device="bin-1", before=9)),
    "deposits of a building": lambda store: store.deposits(DepositQuery("garden", building="b1", before=9)),
    "deposits of a household": lambda store: store.deposits(DepositQuery("garden", household="h", before=9)),
    "deposits of a day": lambda store: store.deposits(DepositQuery("garden", day="2026-11-24", before=9)),
    "alerts": lambda store: store.alerts(AlertQuery(before=(NOON, "a1"))),
    "alerts of a community": lambda store: store.alerts(AlertQuery("garden", before=(NOON, "a1"))),
    "alerts that fire": lambda store: store.alerts(AlertQuery(state="firing")),
    "an alert": lambda store: store.alert_rows(["a1"]),
    "changes": lambda store: store.changes_after(0, 10),
    "bounds": lambda store: store.change_bounds(),
    "dead letters": lambda store: store.dead_letters(before=9),
    "counts": lambda store: store.counts("garden", ["day"], "2026-11-24"),
    "values": lambda store: OperationalHistory(store).series(
        SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR)
    ),
    "means": lambda store: OperationalHistory(store).series(
        SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + 9 * HOUR, HOUR)
    ),
}


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(sqlite_url(tmp_path))
    opened.seed(INVENTORY, NOON)
    group = CommitGroup(events=[telemetry(n) for n in range(1, 6)], ledger=[ledger((1, 5), received=5)])
    opened.commit(group, opened.operator_version())
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ASKED)
def test_no_table_is_read_whole_nor_a_page_sorted(store: OperationalStore, name: str) -> None:
    plans = []

    def explain(_connection, cursor, statement, parameters, _context, _many) -> None:
        if statement.startswith("SELECT"):
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.append((statement, [row[3] for row in rows]))

    event.listen(store.database._readers, "before_cursor_execute", explain)
    ASKED[name](store)
    event.remove(store.database._readers, "before_cursor_execute", explain)
    assert plans
    for statement, plan in plans:
        # A page newest first walks a key backwards: that is a SCAN by name, and ends with the page.
        walks = " LIMIT " in statement.replace("\n", " ")
        for step in plan:
            assert not re.match(r"SCAN (?!CONSTANT|\d+ CONSTANT)", step) or walks, (statement, plan)
        if walks:
            assert not any("TEMP B-TREE" in step for step in plan), (statement, plan)


def test_a_households_deposits_come_from_its_own_index(store: OperationalStore) -> None:
    plans: list[str] = []

    def explain(_connection, cursor, statement, parameters, _context, _many) -> None:
        if "deposits" in statement:
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(row[3] for row in rows)

    event.listen(store.database._readers, "before_cursor_execute", explain)
    store.deposits(DepositQuery("garden", household="h"))
    assert any("ix_deposits_household" in step for step in plans), plans
    plans.clear()
    event.remove(store.database._readers, "before_cursor_execute", explain)


def test_kept_events_come_from_the_partial_index(store: OperationalStore) -> None:
    plans: list[str] = []

    def explain(_connection, cursor, statement, parameters, _context, _many) -> None:
        if "events" in statement:
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(row[3] for row in rows)

    event.listen(store.database._readers, "before_cursor_execute", explain)
    store.unhoused(("garden", "bin-1"), (0, 0), 10)
    store.unhoused_devices()
    event.remove(store.database._readers, "before_cursor_execute", explain)
    assert sum("ix_events_unplaced" in step for step in plans) == 2, plans
