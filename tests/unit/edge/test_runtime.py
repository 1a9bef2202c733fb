import io
import random

import numpy as np
import pytest
from PIL import Image

from edge.bin import BinRuntime
from edge.camera import CameraRuntime
from edge.identity import Identity
from edge.outboxfile import open_outbox
from edge.publisher import Broker, Publisher
from edge.reminder import Reminder
from edge.runtime import sha256_of
from linli.events import Deposit, Fault, Observation, Telemetry
from linli.profiles import builtin
from linli.waste import Gravity, Kind, Outcome
from models.classifier import Classification, WasteClassifier
from models.lens import View

NOW = 1_764_032_400_000
KINDS = ("recyclable", "kitchen", "hazardous", "other")


class Oracle:
    """Stands where the network does, and says what it was told to."""

    model_hash = "ab" * 32

    def __init__(self) -> None:
        self.answer = said("battery", "hazardous")
        self.looked_at: list[bytes] = []

    def classify(self, jpeg: bytes) -> Classification:
        self.looked_at.append(jpeg)
        return self.answer


def said(item, kind, confidence=0.94, reason=None):
    probabilities = {one: (confidence if one == kind else (1 - confidence) / 3) for one in KINDS}
    view = View(brightest=200.0, contrast=150.0, sharpness=0.5)
    return Classification(item, kind, probabilities, {item: 1.0}, reason is not None, reason, view)


def photo(seed=1):
    blocks = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(blocks).resize((320, 240), Image.Resampling.NEAREST).save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture
def parts(tmp_path):
    outbox = open_outbox(tmp_path / "x.outbox")
    identity = Identity("garden", "bin-1", {"k1": Kind.KITCHEN, "r1": Kind.RECYCLABLE})
    publisher = Publisher(identity, outbox, Broker("127.0.0.1", 1), random.Random(1))
    yield {"identity": identity, "outbox": outbox, "publisher": publisher}
    outbox.close()


@pytest.fixture
def oracle():
    return Oracle()


@pytest.fixture
def shown():
    return []


@pytest.fixture
def bin_1(parts, oracle, shown):
    return BinRuntime(**parts, classifier=oracle, profile=builtin("shanghai"), sinks=[shown.append])


@pytest.fixture
def camera(parts, oracle):
    return CameraRuntime(**parts, classifier=oracle)


def test_a_deposit_is_kept_judged_and_reminded(bin_1, shown):
    done = bin_1.deposit(photo(), "k1", NOW, weight_kg=0.02, household="0" * 32)
    event = done.event
    assert isinstance(event, Deposit)
    assert (event.seq, event.ts, event.compartment) == (1, NOW, "k1")
    assert (event.item, event.item_kind, event.confidence) == ("battery", Kind.HAZARDOUS, 0.94)
    assert event.kind_probabilities is not None
    assert sum(event.kind_probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert (event.unsure, event.model, event.weight_kg) == (None, "ab" * 32, 0.02)
    assert event.reminded
    assert (done.verdict.outcome, done.verdict.gravity) == (Outcome.MISSORTED, Gravity.GRAVE)
    assert shown == [done.reminder]
    held = bin_1.outbox.photo_after(0)
    assert held.sha256 == event.photo_sha256 == sha256_of(held.jpeg)
    assert not bin_1.drained


def test_what_is_right_is_not_commented(bin_1, oracle, shown):
    oracle.answer = said("food_waste", "kitchen")
    done = bin_1.deposit(photo(), "k1", NOW)
    assert (done.verdict.outcome, done.reminder, shown) == (Outcome.CORRECT, None, [])
    assert isinstance(done.event, Deposit)
    assert not done.event.reminded


def test_a_reminder_that_could_not_be_shown_is_not_claimed(parts, oracle):
    def broken(_: Reminder) -> None:
        raise OSError("no display")

    runtime = BinRuntime(**parts, classifier=oracle, profile=builtin("shanghai"), sinks=[broken])
    done = runtime.deposit(photo(), "k1", NOW)
    assert done.reminder is not None
    assert isinstance(done.event, Deposit)
    assert not done.event.reminded


@pytest.mark.parametrize("reason", ["bag", "covered", "too_dark", "no_item", "unfamiliar"])
def test_what_cannot_be_seen_is_not_guessed(bin_1, oracle, shown, reason):
    oracle.answer = said("battery", "hazardous", reason=reason)
    event = bin_1.deposit(photo(), "k1", NOW).event
    assert isinstance(event, Deposit)
    assert (event.unsure, event.item, event.item_kind, event.confidence) == (reason, None, None, None)
    assert shown == []


def test_a_guess_below_confidence_is_told_as_one_and_never_reminds(bin_1, oracle, shown):
    oracle.answer = said("battery", "hazardous", 0.41, "low_confidence")
    event = bin_1.deposit(photo(), "k1", NOW).event
    assert isinstance(event, Deposit)
    assert (event.unsure, event.item, event.confidence) == ("low_confidence", "battery", 0.41)
    assert shown == []


def test_bytes_that_are_no_photo_are_a_deposit_without_one(parts):
    runtime = BinRuntime(**parts, classifier=WasteClassifier.load(), profile=builtin("national"))
    event = runtime.deposit(b"not a photo", "k1", NOW).event
    assert isinstance(event, Deposit)
    assert (event.unsure, event.photo_sha256, runtime.outbox.photos_held) == ("unreadable", None, 0)


def test_the_real_classifier_gives_an_event_the_wire_takes(parts):
    classifier = WasteClassifier.load()
    runtime = BinRuntime(**parts, classifier=classifier, profile=builtin("national"))
    event = runtime.deposit(photo(), "k1", NOW).event
    assert isinstance(event, Deposit)
    assert event.model == classifier.model_hash
    assert event.unsure is not None or event.confidence is not None


def test_readings_of_several_places_are_one_write(bin_1):
    events = bin_1.readings(
        {"k1": {"fill_pct": 40.0, "lid_open": 1.0}, None: {"battery_pct": 80.0}, "r1": {}}, NOW
    )
    assert events == [
        Telemetry(seq=1, ts=NOW, compartment="k1", fill_pct=40.0, lid_open=True),
        Telemetry(seq=2, ts=NOW, battery_pct=80.0),
    ]
    assert bin_1.reading({"fill_pct": 41.0}, "k1", NOW).seq == 3


def test_a_clock_before_1970_gives_no_stamp(bin_1):
    assert bin_1.reading({"fill_pct": 41.0}, "k1", -5).ts is None


def test_faults_are_told_when_they_change(bin_1):
    told = [bin_1.fault("scale", NOW, active=active) for active in (False, False, True, True, False)]
    assert [event.active if event else None for event in told] == [False, None, True, None, False]
    other = bin_1.fault("scale", NOW, active=True, compartment="k1", detail="x" * 500)
    assert isinstance(other, Fault)
    assert len(other.detail) == 200
    assert bin_1.outbox.replaced == 0


def test_a_camera_tells_what_lies_there_with_its_photo(camera, oracle):
    first, fault = camera.see(photo(), NOW)
    assert isinstance(first, Observation)
    assert (first.what, first.item, first.item_kind) == ("item", "battery", Kind.HAZARDOUS)
    assert camera.outbox.photo_after(0).sha256 == first.photo_sha256
    assert isinstance(fault, Fault)
    assert (fault.code, fault.active) == ("photo_unreadable", False)
    assert camera.see(photo(), NOW) == []
    oracle.answer = said("battery", "hazardous", reason="bag")
    what = [event.what for event in camera.see(photo(), NOW) if isinstance(event, Observation)]
    assert what == ["lens_clear", "bag_on_ground"]
    assert camera.outbox.photos_held == 1  # the same picture, kept once


def test_a_camera_that_sends_rubbish_says_so_once(camera):
    assert [event.code for event in camera.see(b"rubbish", NOW) if isinstance(event, Fault)] == [
        "photo_unreadable"
    ]
    assert camera.see(b"rubbish", NOW) == []
    (mended,) = [event for event in camera.see(photo(), NOW) if isinstance(event, Fault)]
    assert not mended.active


def test_a_source_is_noted_even_when_the_photo_told_nothing(camera):
    camera.see(photo(), NOW, source="a.jpg:1:2")
    camera.see(photo(), NOW, source="b.jpg:1:2")
    assert camera.outbox.took("a.jpg:1:2")
    assert camera.outbox.took("b.jpg:1:2")


def test_kept_and_sent_is_what_was_classified(bin_1, oracle):
    large = io.BytesIO()
    Image.effect_noise((3000, 2000), 90).save(large, "JPEG", quality=95)
    bin_1.deposit(large.getvalue(), "k1", NOW)
    assert oracle.looked_at == [bin_1.outbox.photo_after(0).jpeg]
