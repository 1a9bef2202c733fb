import hashlib
import struct
import time

import pytest

from ingest.photos import check_jpeg
from ingest.workers.sweep import ORPHAN_AFTER_MS, Sweeper
from linli.errors import InvalidMessage, NotFound
from tests.unit.ingest.house import House, deposit, jpeg


def sized(data: bytes, width: int, height: int) -> bytes:
    """The same JPEG with other dimensions in its header: what a bomb looks like before it is decoded."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def test_a_jpeg_is_one():
    check_jpeg(jpeg())
    check_jpeg(jpeg() + b"\x00" * 16)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\xff\xd8",
        b"GIF89a" + b"\x00" * 100,
        jpeg()[:-200],
        jpeg()[:30],
        sized(jpeg(), 60_000, 60_000),
        sized(jpeg(), 4_001, 4_000),
    ],
    ids=["empty", "two bytes", "a gif", "cut off", "cut in the header", "a bomb", "just too large"],
)
def test_what_is_none_is_refused(bad):
    with pytest.raises(InvalidMessage) as refused:
        check_jpeg(bad)
    assert refused.value.reason == "photo_format"


def test_a_header_full_of_nonsense_says_nothing_on_our_page(recwarn):
    """Pillow warns once for each of its thousands of entries: a megabyte of log for one photo."""
    entries = b"".join(struct.pack("<HHLL", 1 + n, 7, 60_000, 60_000) for n in range(4_000))
    exif = b"Exif\0\0II*\0" + struct.pack("<LH", 8, 4_000) + entries + b"\0" * 4
    plain = jpeg()
    check_jpeg(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    assert not recwarn


def test_a_photo_is_kept_once_and_named_in_the_receipt(house: House):
    picture = jpeg()
    message = house.photo(picture)
    house.take(message, message)
    house.now += 2_000
    house.take(message)
    sha256 = house.receipt().photos[0]
    assert house.store.totals()["photos"] == 1
    assert house.photos.get(sha256) == picture
    assert house.receipt().through == 0  # it came before its event


def test_a_group_asks_once_which_of_its_photos_are_known(house: House, monkeypatch):
    asked = []
    known = house.store.photos_known

    def asking(hashes):
        asked.append(len(hashes))
        return known(hashes)

    monkeypatch.setattr(house.store, "photos_known", asking)
    house.take(*(house.photo(jpeg(shade=shade)) for shade in (10, 40, 80)))
    house.send(deposit("battery", "hazardous"))
    assert asked == [3]
    assert house.store.totals()["photos"] == 3


def test_a_photo_that_is_none_is_named_too_so_that_it_is_not_sent_for_ever(house: House):
    house.take(house.photo(b"no picture"))
    assert len(house.receipt().photos) == 1
    house.now += 2_000
    house.take(house.photo(jpeg(), sha256="0" * 64))
    assert house.receipt().photos == ["0" * 64]
    assert house.reasons() == {"photo_format": 1, "photo_hash": 1}
    assert house.store.totals()["photos"] == 0


def test_the_photo_is_on_disk_before_the_row(house: House):
    house.send(deposit("battery", "hazardous"))
    with house.sql() as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON photos BEGIN SELECT RAISE(ABORT, 'no'); END")
    house.now += 2_000
    house.take(house.photo(jpeg()))
    assert house.reasons() == {"store_refused": 1}
    assert list((house.folder / "photos").glob("*/*/*.jpg"))  # an orphan: it is swept
    assert house.receipt().photos  # and never sent again


def test_an_orphan_is_swept_and_a_recorded_photo_is_not(house: House):
    recorded, orphan = jpeg(shade=10), jpeg(shade=200)
    house.take(house.photo(recorded))
    house.photos.put(hashlib.sha256(orphan).hexdigest(), orphan)
    now_ms = int(time.time() * 1000)
    sweeper = Sweeper(house.photos, house.store.photos_known, lambda: now_ms)
    sweeper.step()
    assert house.photos.get(hashlib.sha256(orphan).hexdigest())  # it may be on its way to its commit
    now_ms += ORPHAN_AFTER_MS + 2_000
    sweeper.step()
    with pytest.raises(NotFound):
        house.photos.get(hashlib.sha256(orphan).hexdigest())
    assert house.photos.get(hashlib.sha256(recorded).hexdigest()) == recorded
