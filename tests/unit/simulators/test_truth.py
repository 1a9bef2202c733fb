"""The truth: its file, what it says of the outboxes, and what is left of it after a crash."""

import dataclasses
import itertools
import json
from collections import Counter

import msgspec
import pytest

from deploy import truth as deployed
from edge.assembly import read_profile
from edge.clock import system_clock
from edge.publisher import Broker
from linli.events import Deposit, Telemetry, decode_event
from linli.waste import Kind, Outcome
from models.classifier import WasteClassifier
from simulators import truth as truths
from simulators.album import DrawnAlbum
from simulators.diary import Diary
from simulators.fleet import Fleet
from simulators.happenings import Broke, Looked, Measured, Shown, Thrown
from simulators.journal import Began, Journal, OtherNeighbourhood, remember
from simulators.neighbourhood import found
from simulators.oracle import Oracle
from simulators.performance import Stagehand
from simulators.truth import Truth

PLACE = found(1, 2, 12, "shanghai")
PROFILE = read_profile("shanghai")
ALBUM = DrawnAlbum(PROFILE.items)
NOWHERE = Broker("127.0.0.1", 9)
"""Nobody is told: what is recorded stays in the outboxes."""
BEGAN = Began(PLACE.seed, PLACE.community, "shanghai", 2, 12, "drawn", 1_000)
THROWN = Thrown(0.0, "bin-01", "kitchen", "0" * 32, "battery", 0.1, Shown("battery", 1))


@pytest.fixture(scope="module")
def classifier():
    return WasteClassifier.load()


@pytest.fixture(scope="module")
def happenings():
    """A few of the diary's, the same for every test, with all sorts in it."""
    diary = list(itertools.islice(Diary(PLACE, PROFILE, ALBUM.items, bags=True), 300))
    some = [(Looked, 12), (Measured, 4), (Broke, 1), (Thrown, 4), (Measured, 2), (Broke, 1)]
    chosen = []
    for sort, count in some:
        of_sort = [
            happening for happening in diary if isinstance(happening, sort) and happening not in chosen
        ]
        chosen += of_sort[:count]
    return chosen


class Life:
    """One life of a simulator, from its start to its crash."""

    def __init__(self, folder, classifier):
        self.journal = Journal(folder / "truth.journal", BEGAN)
        self.fleet = Fleet(PLACE, PROFILE, classifier, NOWHERE, folder, system_clock())
        self.truth = Truth(BEGAN.seed, BEGAN.community, "drawn", self.journal.began.started_ms)
        outboxes = {name: device.outbox for name, device in self.fleet.devices.items()}
        for name, outbox in outboxes.items():
            self.truth.device(name, outbox.epoch)
        remember(self.truth, self.journal, outboxes)
        self.hand = Stagehand(self.fleet, PROFILE, self.truth, self.journal)

    def live(self, happenings):
        for number, happening in enumerate(happenings):
            shown = getattr(happening, "shown", None)
            picture = b"" if shown is None else ALBUM.picture(shown)
            self.hand.perform(happening, picture, 1_700_000_000_000 + number)

    def held(self):
        """Every event in the outboxes, by (device, seq)."""
        return {
            (name, held.seq): decode_event(held.body)
            for name, device in self.fleet.devices.items()
            for held in device.outbox.events_after(0, 100_000)
        }

    def end(self):
        """As kill -9 leaves it: nothing more is written."""
        self.fleet.close()
        self.journal.close()


def agree(life):
    """The truth says what the outboxes hold, all of it and nothing else."""
    document = life.truth.document(2_000, drained=False)
    held = life.held()
    kinds = Counter(type(event).__name__.lower() for event in held.values())
    assert document["events"] == {
        **{kind: kinds[kind] for kind in ("telemetry", "deposit", "observation", "fault")},
        "total": len(held),
    }
    for name, device in life.fleet.devices.items():
        assert document["devices"][name] == {"epoch": device.outbox.epoch, "events": device.outbox.given}
    deposits = {key: event for key, event in held.items() if isinstance(event, Deposit)}
    told = {(deposit["device"], deposit["seq"]): deposit for deposit in document["deposits"]}
    assert len(told) == len(document["deposits"])
    assert told.keys() == deposits.keys()
    for key, event in deposits.items():
        assert told[key]["compartment"] == event.compartment
        assert told[key]["household"] == event.household
    oracle = Oracle()
    for (name, _), event in sorted(held.items()):
        if isinstance(event, Telemetry):
            oracle.tell(name, event.compartment, event.values())
    assert document["alerts"] == [
        {"device": d, "compartment": c, "kind": k, "fired": n.fired, "resolved": n.resolved}
        for d, c, k, n in oracle
    ]
    photos = {event.photo_sha256 for event in held.values() if getattr(event, "photo_sha256", None)}
    assert document["photos"] == len(photos)


def test_the_truth_agrees_with_what_the_outboxes_hold(tmp_path, classifier, happenings):
    life = Life(tmp_path, classifier)
    life.live(happenings)
    assert life.truth.kinds.keys() == {"telemetry", "deposit", "observation", "fault"}
    agree(life)
    life.end()


def test_the_file_is_what_deploy_reads(tmp_path, classifier, happenings):
    life = Life(tmp_path, classifier)
    life.live(happenings)
    document = life.truth.document(2_000, drained=True)
    life.end()
    path = tmp_path / "deep" / "truth.json"
    truths.write(path, document)
    read = deployed.read(path)
    assert (read.community, read.pictures, read.drained) == (PLACE.community, "drawn", True)
    assert (read.started_ms, read.ended_ms) == (1_000, 2_000)
    assert read.events.total == life.truth.events > 0
    assert len(read.deposits) == read.events.deposit > 0
    written = json.loads(path.read_text())
    assert written["seed"] == PLACE.seed
    assert written["faults"] == {"duplicates": 0, "malformed": 0, "offline": []}
    assert set(written["deposits"][0]) == {
        "device", "epoch", "seq", "compartment", "chosen", "item", "kind", "household", "outcome",
    }  # fmt: skip


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        truths.write(path, {"a": object()})
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("compartment", "item", "shown", "outcome"),
    [
        ("kitchen", "battery", "battery", Outcome.MISSORTED),
        ("hazardous", "battery", "battery", Outcome.CORRECT),
        ("other", "glass", "glass", Outcome.MISSED_RECYCLING),
        ("kitchen", "food_waste", "bag", Outcome.UNSURE),  # nobody can see what is in it
    ],
)
def test_a_perfect_judge(compartment, item, shown, outcome):
    what = Thrown(0.0, "bin-01", compartment, "0" * 32, item, 0.1, Shown(shown, 1))
    said = truths.deposited(PROFILE, "epoch001", 7, what)
    assert (said.outcome, said.chosen, said.kind) == (outcome, Kind(compartment), PROFILE.items[item])


class Killed(BaseException):
    """The process died here."""


@pytest.mark.parametrize("written", ["before", "after"])
@pytest.mark.parametrize("dies_at", [1, 2, 3, 4, 9, 12, 13, 14, 15, 16])
def test_after_a_crash_the_truth_is_whole_again(
    tmp_path, classifier, happenings, dies_at, written, monkeypatch
):
    """It dies at some line of the journal, just before or just after that line reached the disk."""
    first = Life(tmp_path, classifier)
    write, lines = first.journal.write, itertools.count(1)

    def dying(line):
        dying_now = next(lines) == dies_at
        if not dying_now or written == "after":
            write(line)
        if dying_now:
            raise Killed

    monkeypatch.setattr(first.journal, "write", dying)
    with pytest.raises(Killed):
        first.live(happenings)
    first.end()
    second = Life(tmp_path, classifier)
    agree(second)
    second.live(happenings[5:8])
    agree(second)
    second.end()
    third = Life(tmp_path, classifier)
    agree(third)
    assert third.truth.started_ms == 1_000
    third.end()


def test_a_line_that_was_cut_off_costs_nothing_that_was_told_in_full(tmp_path, classifier, happenings):
    life = Life(tmp_path, classifier)
    life.live(happenings[:9])
    life.end()
    with (tmp_path / "truth.journal").open("ab") as file:
        file.write(b'{"type":"kept","device":"bin-')
    again = Life(tmp_path, classifier)
    agree(again)
    again.live(happenings[9:])
    again.end()
    third = Life(tmp_path, classifier)
    agree(third)
    third.end()


def test_an_outbox_that_was_replaced_begins_a_truth_of_its_own(tmp_path, classifier, happenings):
    life = Life(tmp_path, classifier)
    life.live(happenings[:9])
    life.end()
    for file in tmp_path.glob("bin-01.outbox*"):
        file.unlink()
    again = Life(tmp_path, classifier)
    assert again.truth.given["bin-01"] == 0
    agree(again)
    again.live(happenings[9:])
    agree(again)
    again.end()


@pytest.mark.parametrize(("change", "value"), [("seed", 2), ("pictures", "real"), ("households", 13)])
def test_a_folder_of_another_neighbourhood_is_refused(tmp_path, change, value):
    Journal(tmp_path / "truth.journal", BEGAN).close()
    with pytest.raises(OtherNeighbourhood, match="seed 1 with 2 bins, 12 households, profile shanghai"):
        Journal(tmp_path / "truth.journal", msgspec.structs.replace(BEGAN, **{change: value}))


def test_what_the_device_kept_otherwise_is_counted_as_what_it_became(tmp_path, classifier):
    """A weight that no receiver takes becomes a fault under the same number: there is no such deposit."""
    life = Life(tmp_path, classifier)
    heavy = dataclasses.replace(THROWN, weight_kg=9_999.0)
    life.hand.perform(heavy, ALBUM.picture(THROWN.shown), 1_700_000_000_000)
    assert life.truth.kinds == Counter(fault=1)
    agree(life)
    life.end()
    again = Life(tmp_path, classifier)
    agree(again)
    again.end()
