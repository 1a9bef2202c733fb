"""The truth beside the store: what was lost, what was doubled, what is not what follows from the truth.

Nothing here asks linli what should be there. Verdicts, local days, current values and alerts are worked out
again from the journals, by other words than linli's.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from linli.ports.alert_rows import AlertRow
from linli.ports.operational import AlertQuery
from linli.ports.rows import EventRow
from simulators.oracle import Count, Oracle
from stores.operational import OperationalStore
from tests.faults import hours, makers, times
from tests.faults.happenings import LATE_HEAT_MS
from tests.faults.truth import Truth
from tests.faults.verdicts import verdict

ALL = 1_000_000
PAGE_WITHIN_MS = 900_000
JUDGED_ALERTS = ("overflow", "heat", "low_battery")


class Judge:
    """One store at the end of a run."""

    def __init__(self, truth: Truth, store: OperationalStore, photos: Path) -> None:
        self._truth = truth
        self._store = store
        self._photos = photos
        self._rows = store.events_after(0, ALL)
        self._bodies: dict[int, dict[str, Any]] = {r.id: msgspec.json.decode(r.body) for r in self._rows}
        self._of: defaultdict[str, list[EventRow]] = defaultdict(list)
        for row in self._rows:
            self._of[row.device].append(row)
        self._timed: times.Timed = defaultdict(list)
        self._happened = {
            (device, each.n): each for device, journal in truth.journals.items() for each in journal
        }

    def accusations(self) -> Iterator[str]:
        """Everything that is wrong, a line each."""
        for device in self._truth.journals:
            yield from self._events(device)
            yield from self._ledger(device)
        yield from times.accusations(self._timed, self._truth, self._alert_rows())
        yield from self._foreigners()
        yield from self._makers()
        yield from self._dead_letters()
        yield from self._deposits()
        yield from self._current()
        yield from self._alerts()
        yield from self._live()
        yield from self._kept_photos()
        yield from hours.accusations(self._store, self._rows)

    def _events(self, device: str) -> Iterator[str]:
        copies = Counter(self._number(row) for row in self._of[device])
        lost = {each.n for each in self._truth.journals[device]} - copies.keys()
        given_up = self._truth.dropped[device]
        if len(lost) > given_up:
            yield f"lost: {device} gave up {given_up}, and nowhere in the store are {sorted(lost)}"
        doubled = [n for n, times in copies.items() if times > 1]
        if doubled:
            yield f"doubled: {device} has {doubled} more than once"
        for row in self._of[device]:
            yield from self._event(row)

    def _event(self, row: EventRow) -> Iterator[str]:
        happened = self._happened.get((row.device, self._number(row)))
        if happened is None:
            yield f"foreign: {row.device} {row.seq} never happened"
            return
        stored = {name: value for name, value in self._bodies[row.id].items() if name != "seq"}
        true = msgspec.json.decode(happened.event)
        if stored != {name: value for name, value in true.items() if name != "seq"}:
            yield f"changed: {row.device} {row.seq} is {stored}, and was {true}"
        self._timed[row.device].append((happened, row))

    def _number(self, row: EventRow) -> int:
        n: int = self._bodies[row.id].get("ext", {}).get("n", 0)
        return n

    def _ledger(self, device: str) -> Iterator[str]:
        rows = self._store.ledger("garden", device)
        if len(rows) != 1:
            yield f"ledger: {device} has {len(rows)} epochs"
        received, dead = sum(row.received for row in rows), sum(row.dead for row in rows)
        if (received, dead) != (len(self._of[device]), 0):
            yield f"ledger: {device} counts {received} and {dead} dead for {len(self._of[device])} stored"
        dropped, lacking = sum(row.dropped for row in rows), len(self._truth.journals[device]) - received
        if dropped != lacking:
            yield f"ledger: {device} gave up {lacking} that never came, the ledger says {dropped}"
        if gaps := [row.settled.missing() for row in rows if row.settled.missing()]:
            yield f"ledger: {device} lacks {gaps}"

    def _foreigners(self) -> Iterator[str]:
        if strange := self._of.keys() - self._truth.journals.keys() - set(makers.NAMES):
            yield f"foreign: events of {sorted(strange)}"

    def _makers(self) -> Iterator[str]:
        made = self._truth.made_by_makers
        good = [n for n in range(1, made + 1) if n % makers.BAD_EVERY]
        for name in makers.NAMES if made else ():
            found = sorted(self._number(row) for row in self._of[name])
            if found != good:
                lost, doubled = sorted(set(good) - set(found)), len(found) - len(set(found))
                yield f"lost: {name} lacks {lost}, has {doubled} twice: a bad event may cost itself alone"
            [row] = self._store.ledger("garden", name)
            if (row.received, row.dead) != (len(good), made - len(good)):
                yield f"ledger: {name} counts {row.received} and {row.dead} dead of {made}"

    def _dead_letters(self) -> Iterator[str]:
        letters = self._store.dead_letters(limit=100_000)
        raws = b"\n".join(letter.raw for letter in letters)
        due = [
            makers.mark(name, n)
            for name in makers.NAMES
            for n in range(makers.BAD_EVERY, self._truth.made_by_makers + 1, makers.BAD_EVERY)
        ]
        if not self._truth.noise_may_be_lost:
            due += [makers.mark("noise", n) for n in range(1, self._truth.noise + 1)]
        if lacking := [each for each in due if each.encode() not in raws]:
            yield f"dead letters: {len(lacking)} of {len(due)} refused are nowhere, as {lacking[0]}"
        if unasked := [each for each in letters if b"mark-" not in each.raw]:
            first = unasked[0]
            yield f"dead letters: {len(unasked)} of what was well-formed, as {first.reason} {first.detail}"

    def _deposits(self) -> Iterator[str]:
        due: defaultdict[tuple[str, str, str, str, str], list[float]] = defaultdict(lambda: [0, 0.0])
        total = 0
        zone = ZoneInfo(self._truth.zone)
        for row in self._rows:
            body = self._bodies[row.id]
            if row.kind != "deposit":
                continue
            total += 1
            day = datetime.fromtimestamp(row.placed_ms / 1_000, UTC).astimezone(zone).date().isoformat()
            key = ("b1", body.get("household", ""), body["compartment"], day, verdict(body))
            due[key][0] += 1
            due[key][1] += body["weight_kg"]
        counted = self._store.counts("garden", ["building", "household", "kind", "day"])
        found = {
            (r.building, r.household, r.kind, r.day, r.outcome): [r.deposits, r.weight_kg] for r in counted
        }
        if found != due:
            wrong = {key: (due.get(key), found.get(key)) for key in due.keys() | found.keys()}
            differ = [f"{key}: {pair}" for key, pair in wrong.items() if pair[0] != pair[1]]
            yield f"compliance counts: {len(differ)} differ, as (true, counted) {differ[0]}"
        if (said := self._store.totals()["deposits"]) != total:
            yield f"deposits: {said} counted in all, {total} happened"

    def _current(self) -> Iterator[str]:
        newest: dict[tuple[str, str, str], tuple[int, int, float]] = {}
        for row in self._rows:
            body = self._bodies[row.id]
            if row.kind != "telemetry":
                continue
            for channel in ("fill_pct", "temperature_c", "weight_kg"):
                if channel in body:
                    key = (row.device, body["compartment"], channel)
                    reading = (row.placed_ms, row.seq, body[channel])
                    newest[key] = max(newest.get(key, reading), reading)
        for value in self._store.current("garden"):
            true = newest.pop((value.device, value.compartment, value.channel), None)
            if true is None or true[2] != value.value:
                place = f"{value.device} {value.compartment} {value.channel}"
                yield f"current value: {place} is {value.value}, true is {true}"
        if newest:
            yield f"current value: none of {sorted(newest)}"

    def _alert_rows(self) -> list[AlertRow]:
        return self._store.alerts(AlertQuery(community="garden", limit=100_000))

    def _alerts(self) -> Iterator[str]:
        rows = {row.id: row for row in self._alert_rows()}
        changes = self._store.alert_changes_after(0, 100_000)
        told = Counter((change.alert_id, change.change) for change, _ in changes)
        if again := [each for each, times in told.items() if times > 1]:
            yield f"alerts: told twice: {again}"
        yield from self._alert_counts(rows.values())
        for row in rows.values():
            if told[row.id, "resolved"] != (row.state == "resolved"):
                yield f"alerts: {row.device} {row.compartment} {row.kind} is {row.state}, and told otherwise"
        for change, row in changes:
            late = change.recorded_ms - change.at_ms > PAGE_WITHIN_MS
            if change.pages and late:
                yield f"alerts: {row.device} {row.kind} of {LATE_HEAT_MS} ms ago calls somebody"

    def _alert_counts(self, alerts: Iterable[AlertRow]) -> Iterator[str]:
        fired: Counter[tuple[str, str, str]] = Counter()
        firing: Counter[tuple[str, str, str]] = Counter()
        for row in alerts:
            key = (row.device, row.compartment, row.kind.value)
            fired[key] += 1
            firing[key] += row.state == "firing"
        oracle = Oracle()
        for event in sorted(self._rows, key=self._number):
            body = self._bodies[event.id]
            if event.kind == "telemetry" and event.device in self._truth.journals:
                oracle.tell(event.device, body.get("compartment"), body)
        due = {(device, place, kind): count for device, place, kind, count in oracle}
        for key in due.keys() | fired.keys():
            true = due.get(key, Count())
            if key[2] == "overflow" and self._truth.dropped[key[0]] and fired[key] <= true.fired:
                continue  # it takes two readings: of the few that are left, one may have come late
            if key[2] in JUDGED_ALERTS and (fired[key], firing[key]) != (true.fired, true.firing):
                found = f"fired {fired[key]} times and is left firing {firing[key]} times"
                yield f"alerts: {' '.join(key)} {found}, true is {true.fired} and {int(true.firing)}"

    def _live(self) -> Iterator[str]:
        changes = self._store.changes_after(0, ALL, "garden")
        told = Counter(change.key for change in changes if change.kind == "deposit")
        due = Counter(f"{r.device}/{r.epoch}/{r.seq}" for r in self._rows if r.kind == "deposit")
        if told != due:
            untold, twice = sum((due - told).values()), sum((told - due).values())
            yield f"live: {untold} deposits untold, {twice} told twice"

    def _kept_photos(self) -> Iterator[str]:
        due = {each.photo for (_, _), each in self._happened.items() if each.photo is not None}
        if any(self._truth.dropped.values()):
            return  # a full outbox gives up photos too
        known = self._store.photos_known(due)
        if due - known:
            yield f"photos: {len(due - known)} of {len(due)} are not recorded"
        for sha256 in known:
            file = self._photos / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"
            if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
                yield f"photos: {sha256} is recorded, and its file is not what it should be"
