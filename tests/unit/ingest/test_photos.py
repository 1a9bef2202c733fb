import struct

import pytest

from ingest.photos import check_jpeg
from linli.errors import InvalidMessage
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
