"""What the machine cannot do now (no memory, no room, no right) is tried again and never refused."""

import pytest

from linli.errors import StoreUnavailable
from tests.unit.ingest.house import House, fill, jpeg


class Troubled:
    """A photo store on a machine in trouble; all that ingest's loop asks of one is `put`."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def put(self, _sha256: str, _jpeg: bytes) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error", [OSError(5, "Input/output error"), PermissionError(13, "no"), MemoryError()]
)
def test_what_the_machine_cannot_do_now_is_no_refusal(house: House, error: Exception) -> None:
    picture = jpeg()
    sound, house.photos = house.photos, Troubled(error)  # type: ignore[assignment]
    house.start()
    message = house.photo(picture)
    with pytest.raises(StoreUnavailable, match=type(error).__name__):
        house.take(message, house.batch(fill(10)))
    assert house.reasons() == {}
    assert house.store.totals()["events"] == 0
    house.photos = sound
    house.start()
    house.take(message, house.batch(fill(10)))
    assert house.store.totals()["photos"] == house.store.totals()["events"] == 1
    assert house.reasons() == {}


def test_a_photo_folder_that_cannot_be_entered_loses_no_photo(house: House) -> None:
    (house.folder / "photos").symlink_to("photos")
    message = house.photo(jpeg())
    with pytest.raises(StoreUnavailable):
        house.take(message)
    assert house.reasons() == {}
    (house.folder / "photos").unlink()
    house.take(message)
    assert house.store.totals()["photos"] == 1
