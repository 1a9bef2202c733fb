"""The store as the API reads it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, literal_column, select, tuple_

from linli.errors import InvalidQuery, NotFound
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.commits import Commits
from linli.ports.operational import AlertQuery, DepositQuery, StoredDeposit
from linli.ports.rows import CountRow, CurrentRow, DeadLetter, DepositRow, LiveChange
from stores import kept, live
from stores.accounts import Accounts
from stores.rows import (
    CHANGE_COLUMNS,
    alert_change,
    alert_row,
    current_rows,
    place_row,
)
from stores.schema import (
    alert_changes,
    alerts,
    compliance_counts,
    counters,
    dead_letters,
    deposits,
    devices,
    live_changes,
    places,
    refusals,
    reports,
)

GROUPINGS = ("building", "household", "kind", "day")


class Reading(Accounts):
    """Reader. Each answer shows one state of the store."""

    def current(self, community: str = "", device: str = "") -> list[CurrentRow]:
        """The newest value of every channel at every place."""
        query = _matching(places, community=community, device=device)
        found = self._rows(query.order_by(*places.primary_key.columns))
        return [value for row in found for value in current_rows(place_row(row))]

    def deposits(self, query: DepositQuery) -> list[StoredDeposit]:
        """A page of deposits."""
        row = deposits.c
        wanted = _matching(
            deposits,
            community=query.community,
            building=query.building,
            device=query.device,
            household=query.household,
            outcome=query.outcome,
            day=query.day,
        )
        if query.household:  # SQLite cannot know by itself that a bound value is not the index's exception
            wanted = wanted.where(row.household != literal_column("''"))
        if query.start_ms is not None:
            wanted = wanted.where(row.placed_ms >= query.start_ms)
        if query.end_ms is not None:
            wanted = wanted.where(row.placed_ms < query.end_ms)
        if query.before is not None:
            wanted = wanted.where(row.id < query.before)
        page = self._rows(wanted.order_by(row.id.desc()).limit(query.limit))
        return [StoredDeposit(number, DepositRow(*rest)) for number, *rest in page]

    def compartments_heard(self, community: str, device: str = "") -> dict[str, list[str]]:
        """The compartments that unknown devices have named in what they sent last, sorted.

        By device; one that named none is absent. Bounded: some devices, and the newest events of each.
        """
        with self._database.reading() as connection:
            return kept.compartments(connection, community, device)

    def alerts(self, query: AlertQuery) -> list[AlertRow]:
        """A page of alerts."""
        wanted = _matching(
            alerts,
            community=query.community,
            building=query.building,
            device=query.device,
            kind=query.kind,
            state=query.state,
        )
        place = tuple_(alerts.c.fired_ms, alerts.c.id)
        if query.before is not None:
            wanted = wanted.where(place < tuple_(*query.before))
        newest = wanted.order_by(alerts.c.fired_ms.desc(), alerts.c.id.desc())
        return [alert_row(row) for row in self._rows(newest.limit(query.limit))]

    def alert(self, alert_id: str) -> tuple[AlertRow, list[AlertChange]]:
        """An alert and its timeline. Raises NotFound."""
        changes = select(*(alert_changes.c[name] for name in CHANGE_COLUMNS))
        changes = changes.where(alert_changes.c.alert_id == alert_id).order_by(alert_changes.c.number)
        with self._database.reading() as connection:
            found = connection.execute(_matching(alerts).where(alerts.c.id == alert_id)).first()
            if found is None:
                raise NotFound(f"there is no alert {alert_id!r}")
            return alert_row(found), [alert_change(row) for row in connection.execute(changes)]

    def counts(
        self, community: str, by: Sequence[str], first_day: str = "", last_day: str = ""
    ) -> list[CountRow]:
        """Compliance counts summed by outcome and by these of building, household, kind, day."""
        unknown = [name for name in by if name not in GROUPINGS]
        if unknown:
            raise InvalidQuery(f"counts are not kept by {unknown[0]!r}, only by {', '.join(GROUPINGS)}")
        row = compliance_counts.c
        groups = [row[name] for name in GROUPINGS if name in by] + [row.outcome]
        sums = (func.sum(row.deposits).label("deposits"), func.sum(row.weight_kg).label("weight_kg"))
        query = _in_days(select(*groups, *sums), community, first_day, last_day)
        found = self._rows(query.group_by(*groups).order_by(*groups))
        blank = dict.fromkeys(GROUPINGS, "")
        return [
            CountRow(
                community=community,
                **blank | {name: getattr(row, name) for name in by},
                outcome=row.outcome,
                deposits=int(row.deposits),
                weight_kg=float(row.weight_kg),
            )
            for row in found
        ]

    def households_seen(self, community: str, first_day: str = "", last_day: str = "") -> dict[str, int]:
        """Different households with a judged deposit, by building ("" for the community as a whole)."""
        row = compliance_counts.c
        different = func.count(row.household.distinct())
        valid: tuple[ColumnElement[bool], ...] = (
            row.household != "",
            row.outcome != "unsure",
            row.deposits > 0,
        )
        by_building = _in_days(select(row.building, different), community, first_day, last_day).where(*valid)
        in_all = _in_days(select(different), community, first_day, last_day).where(*valid)
        with self._database.reading() as connection:
            seen = {
                building: n
                for building, n in connection.execute(by_building.group_by(row.building))
                if building
            }
            seen[""] = connection.execute(in_all).scalar_one()
        return seen

    def dead_letters(self, before: int | None = None, limit: int = 100, reason: str = "") -> list[DeadLetter]:
        """What was refused, newest first."""
        columns = [column.name for column in dead_letters.columns if column.name != "id"] + ["id"]
        wanted = _matching(dead_letters, columns, reason=reason)
        if before is not None:
            wanted = wanted.where(dead_letters.c.id < before)
        return [
            DeadLetter(*row) for row in self._rows(wanted.order_by(dead_letters.c.id.desc()).limit(limit))
        ]

    def dead_letter_counts(self) -> dict[str, int]:
        """How many messages and events were refused, by reason, repeats counted."""
        return {row.reason: row.times for row in self._rows(select(refusals))}

    def reports(self) -> dict[str, tuple[bytes, int]]:
        """What the parts of ingest last said of themselves: name -> (JSON, when)."""
        said = self._rows(select(reports.c.name, reports.c.body, reports.c.at_ms))
        return {name: (body, at_ms) for name, body, at_ms in said}

    def changes_after(self, number: int, limit: int, community: str = "") -> list[LiveChange]:
        """Live changes past this number, in order."""
        wanted = _matching(live_changes, community=community).where(live_changes.c.number > number)
        rows = self._rows(wanted.order_by(live_changes.c.number).limit(limit))
        return [change for change in live.changes(rows) if change.number > number][:limit]

    def change_bounds(self) -> tuple[int, int]:
        """The smallest and the largest number of a live change that is still kept; (0, 0) when none is."""
        newest = select(func.max(live_changes.c.number)).scalar_subquery()
        oldest = select(*live_changes.columns, newest).order_by(live_changes.c.number).limit(1)
        for *row, last in self._rows(oldest):
            return next(live.changes([row])).number, last
        return 0, 0

    def commits(self) -> Commits:
        """Word of what is committed, so that live changes need not be asked for again and again."""
        return self._database.commits()

    def totals(self) -> dict[str, int]:
        """Rows in all: events, deposits, photos, dead_letters, alerts_firing, devices, devices_unknown."""
        with self._database.reading() as connection:

            def count(table: Table, *conditions: ColumnElement[bool]) -> int:
                query = select(func.count()).select_from(table).where(*conditions)
                return connection.execute(query).scalar_one()

            kept = {row.name: row.value for row in connection.execute(select(counters))}
            return {
                **{name: kept[name] for name in ("events", "deposits", "photos")},
                "dead_letters": count(dead_letters),
                "alerts_firing": count(alerts, alerts.c.state == "firing"),
                "devices": count(devices),
                "devices_unknown": count(devices, ~devices.c.accepted),
            }


def _matching(table: Table, columns: Sequence[str] = (), **wanted: str) -> Select[Any]:
    """Rows whose columns are as wanted; "" means any."""
    query = select(*(table.c[name] for name in columns)) if columns else select(table)
    return query.where(*(table.c[name] == value for name, value in wanted.items() if value))


def _in_days(query: Select[Any], community: str, first_day: str, last_day: str) -> Select[Any]:
    row = compliance_counts.c
    query = query.where(row.community == community)
    if first_day:
        query = query.where(row.day >= first_day)
    return query.where(row.day <= last_day) if last_day else query
