import io
import random

import pytest
from PIL import Image

from edge.assembly import open_device
from edge.clock import system_clock
from edge.process import PAUSE_MS
from edge.reminder import Reminder
from edge.settings import EdgeSettings
from linli.errors import InvalidSetting
from linli.events import Deposit, Fault, Telemetry, decode_event
from linli.messages import Receipt
from models.classifier import Classification


def photo(shade=128):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (0, shade, 0)).save(out, "JPEG")
    return out.getvalue()


class Wrong:
    """Sees a battery wherever it looks."""

    model_hash = "ab" * 32

    def classify(self, jpeg):
        kinds = {"hazardous": 0.97, "kitchen": 0.01, "recyclable": 0.01, "other": 0.01}
        return Classification("battery", "hazardous", kinds, {"battery": 1.0}, unsure=False, reason=None)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos" / "kitchen").mkdir(parents=True)
    return tmp_path / "photos"


@pytest.fixture
def device(tmp_path, folder, free_port):
    settings = EdgeSettings(
        community="garden",
        device="bin-1",
        compartments="kitchen=kitchen, other=other",
        broker_port=free_port(),
        camera_path=str(folder),
        photo_settle_ms=0,
        look_every_ms=50,
        data_dir=str(tmp_path),
    )
    opened = open_device("bin", settings, system_clock(), random.Random(1))
    yield opened
    opened.close()


def events(device, kind):
    found = [decode_event(held.body) for held in device.runtime.outbox.events_after(0, 1_000)]
    return [event for event in found if isinstance(event, kind)]


def look(device, times=3):
    for at in range(times):
        device._look(at * 100)


def test_a_photo_is_told_once_and_deleted(device, folder):
    (folder / "kitchen" / "a.jpg").write_bytes(photo())
    look(device)
    assert [event.compartment for event in events(device, Deposit)] == ["kitchen"]
    assert list(folder.rglob("*.jpg")) == []
    assert not device.runtime.outbox.took("anything")


def test_a_photo_that_was_kept_before_a_crash_is_deleted_and_not_told_again(device, folder):
    path = folder / "kitchen" / "a.jpg"
    path.write_bytes(photo())
    mark = path.stat()
    source = f"kitchen/a.jpg:{mark.st_mtime_ns}:{mark.st_size}"
    device.runtime.deposit(photo(), "kitchen", 1_000, source=source)
    look(device)
    assert len(events(device, Deposit)) == 1
    assert not path.exists()
    assert not device.runtime.outbox.took(source)


def faults(device, code):
    return [(fault.active, fault.detail) for fault in events(device, Fault) if fault.code == code]


def test_a_photo_in_no_compartments_folder_stays_and_is_a_fault_until_it_is_moved(device, folder, caplog):
    (folder / "kitchn").mkdir()
    (folder / "kitchn" / "a.jpg").write_bytes(photo())
    look(device)
    (folder / "厨余 垃圾").mkdir()
    (folder / "厨余 垃圾" / "b.jpg").write_bytes(photo())
    (folder / "c.jpg").write_bytes(photo())
    look(device)
    assert events(device, Deposit) == []
    assert len(list(folder.rglob("*.jpg"))) == 3
    assert faults(device, "photo_compartment") == [
        (True, "photos in 'kitchn': no compartment; there are kitchen, other")
    ]
    lines = [line.getMessage() for line in caplog.records if "there are kitchen, other" in line.getMessage()]
    assert len(lines) == 2
    assert "photos outside the folders, in 'kitchn', in '厨余 垃圾': no compartment" in lines[1]
    for path in folder.rglob("*.jpg"):
        path.rename(folder / "kitchen" / path.name)
    look(device)
    assert [event.compartment for event in events(device, Deposit)] == ["kitchen"] * 3
    assert faults(device, "photo_compartment")[1:] == [(False, "")]


class Levels:
    """A sensor that says what it is given."""

    def __init__(self, **values):
        self.values = values

    def read(self):
        return self.values


def test_levels_of_a_compartment_that_is_none_are_a_fault_and_the_others_are_told(device):
    device._take_reading(Levels(kitchn={"fill_pct": 40.0}, other={"fill_pct": 7.0}))
    assert [event.compartment for event in events(device, Telemetry)] == ["other"]
    assert faults(device, "level_compartment") == [
        (True, "levels of 'kitchn': no compartment; there are kitchen, other")
    ]
    device._take_reading(Levels(kitchen={"fill_pct": 40.0}))
    assert [event.compartment for event in events(device, Telemetry)] == ["other", "kitchen"]
    assert faults(device, "level_compartment")[1:] == [(False, "")]


def test_a_still_image_needs_a_compartment_said(tmp_path):
    still = EdgeSettings(
        community="g",
        device="d",
        compartments="k=kitchen, o=other",
        camera="still",
        camera_path=str(tmp_path / "now.jpg"),
        data_dir=str(tmp_path),
    )
    with pytest.raises(InvalidSetting, match="LINLI_PHOTO_COMPARTMENT is needed"):
        open_device("bin", still, system_clock(), random.Random(1))


def test_a_disk_that_is_full_stops_no_reminder_and_leaves_the_photos_where_they_are(device, folder):
    shown: list[Reminder] = []
    device.runtime.sinks = [shown.append]
    device.runtime._classifier = Wrong()
    database = device.runtime.outbox._db
    database.execute("PRAGMA query_only = 1")
    for at, name in enumerate(("a", "b")):
        (folder / "kitchen" / f"{name}.jpg").write_bytes(photo(at))
        look(device)
    assert len(shown) == 2
    assert len(list(folder.rglob("*.jpg"))) == 2
    device._take_reading(Levels(kitchen={"fill_pct": 40.0}))
    device._look(PAUSE_MS + 1_000)  # tried again, and nobody is told twice
    assert len(shown) == 2
    database.execute("PRAGMA query_only = 0")
    device._look(2 * PAUSE_MS + 2_000)
    assert [event.reminded for event in events(device, Deposit)] == [True, True]
    assert list(folder.rglob("*.jpg")) == []
    assert faults(device, "camera") == [(False, "")]  # it could not be told before, and is not forgotten


def test_a_full_outbox_is_a_fault_and_stops_nothing(device, folder):
    box = device.runtime.outbox
    box._max_bytes, box._shedding._spare = 30_000, 600
    device._sense()
    for _ in range(40):
        device._take_reading(Levels(kitchen={"fill_pct": 40.0}))
    (folder / "kitchen" / "a.jpg").write_bytes(photo())
    look(device)
    assert len(events(device, Deposit)) == 1
    while not box.full:
        device._take_reading(Levels(kitchen={"fill_pct": 40.0}))
    device._sense()
    last = events(device, Fault)[-1]
    assert (last.code, last.active) == ("outbox", True)
    assert last.detail == f"full: {box.dropped} events and 0 photos given up so far"
    box.settle(Receipt(epoch=box.epoch, through=box.given, now=1))
    device._sense()
    assert faults(device, "outbox") == [(False, "")]


def test_a_bin_needs_compartments(tmp_path):
    settings = EdgeSettings(community="g", device="d", camera_path=str(tmp_path), data_dir=str(tmp_path))
    with pytest.raises(InvalidSetting, match="LINLI_COMPARTMENTS"):
        open_device("bin", settings, system_clock(), random.Random(1))
