"""What the machine cannot do now (no memory, no room, no right) is tried again and never refused.

A photo waits alone: events, and the other photos, go on.
"""

from pathlib import Path

import pytest

from ingest.workers.photowatch import PhotoWatch
from linli.errors import StoreUnavailable
from stores.photos import PhotoFolder
from tests.unit.ingest.house import House, fill, jpeg


class Troubled(PhotoFolder):
    """A photo store on a machine in trouble."""

    def __init__(self, folder: Path, error: Exception) -> None:
        super().__init__(folder)
        self.error = error

    def put(self, _sha256: str, _jpeg: bytes) -> None:
        raise self.error


def test_want_of_memory_is_no_refusal(house: House) -> None:
    picture = jpeg()
    sound, house.photos = house.photos, Troubled(house.folder, MemoryError())
    house.start()
    message = house.photo(picture)
    with pytest.raises(StoreUnavailable, match="MemoryError"):
        house.take(message, house.batch(fill(10)))
    assert house.reasons() == {}
    assert house.store.totals()["events"] == 0
    house.photos = sound
    house.start()
    house.take(message, house.batch(fill(10)))
    assert house.store.totals()["photos"] == house.store.totals()["events"] == 1
    assert house.reasons() == {}


def test_events_go_on_while_a_photo_waits(house: House) -> None:
    sound = house.photos
    house.photos = Troubled(house.folder, StoreUnavailable("No space left on device"))
    house.start()
    message = house.photo(jpeg())
    house.take(message, house.batch(fill(10)))
    assert house.store.totals()["events"] == 1
    assert house.store.totals()["photos"] == 0
    assert house.reasons() == {}
    receipt = house.receipt()
    assert receipt.through == 1
    assert receipt.photos == [], "its device keeps it, and sends it again"
    house.photos = sound
    house.start()
    house.now += 2_000
    house.take(message)
    assert len(house.receipt().photos) == 1
    assert house.store.totals()["photos"] == 1


def test_a_photo_folder_that_cannot_be_entered_loses_no_photo(house: House) -> None:
    (house.folder / "photos").symlink_to("photos")
    message = house.photo(jpeg())
    house.take(message)
    assert house.reasons() == {}
    assert house.store.totals()["photos"] == 0
    (house.folder / "photos").unlink()
    house.take(message)
    assert house.store.totals()["photos"] == 1


def test_the_folder_is_watched_and_what_is_wrong_is_said_in_words(house: House) -> None:
    watch = PhotoWatch(house.photos, house.store, lambda: house.now)
    watch.step()
    assert b'"state":"ok"' in house.store.reports()["photos"][0]
    (house.folder / "photos").rename(house.folder / "away")
    (house.folder / "photos").symlink_to("photos")
    watch.step()
    said = house.store.reports()["photos"][0].decode()
    assert "photos cannot be written to" in said
    assert "photos: [Errno" in said, "and why"
    (house.folder / "photos").unlink()
    watch.step()
    assert watch.trouble == ""
