import re
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge.errors import UnreadablePhoto
from edge.photos import wire_photo
from models.errors import UnreadablePhotoError
from models.preparation import load_whole, opened, prepare
from tests.unit.models.drawn import encoded, picture

SIDE = 32
END = b"\xff\xd9"
WAYS: dict[str, dict[str, Any]] = {
    "one scan": {},
    "several": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
}
"""How a JPEG may be laid out."""


def progressive(more_scans: int) -> bytes:
    """A JPEG in several scans, of which the last is there so many times more."""
    photo = encoded(picture(), progressive=True)
    last = photo[photo.rindex(b"\xff\xda") : -2]
    return photo[:-2] + last * more_scans + photo[-2:]


@pytest.mark.parametrize("photo", [
    progressive(60_000),
    b"\xff\xd8" + b"\xff\xfe\x00\x02" * 2000 + encoded(picture())[2:],
    b"\xff\xd8" + b"\xff" * 2_000_000 + encoded(picture())[2:],
], ids=["scans", "comments", "filling"])  # fmt: skip
def test_a_jpeg_that_is_endless_work_is_refused_before_it_begins(photo):
    with pytest.raises(UnreadablePhotoError, match=r"a JPEG (with|of more)"):
        prepare(photo, SIDE)
    with pytest.raises(UnreadablePhoto, match=r"a JPEG (with|of more)"):
        wire_photo(photo)


@pytest.mark.parametrize("frame", [0xC3, 0xC9, 0xCA, 0xCF])
def test_a_jpeg_that_could_not_be_checked_is_refused(frame):
    photo = encoded(picture()).replace(b"\xff\xc0", bytes((0xFF, frame)))
    with pytest.raises(UnreadablePhotoError, match=f"a JPEG with a frame {frame:x}"):
        prepare(photo, SIDE)


def test_a_progressive_jpeg_is_a_photo():
    assert prepare(progressive(0), SIDE).pixels.std() > 5
    assert wire_photo(progressive(0)).startswith(b"\xff\xd8")


def busy(**options: Any) -> bytes:
    """A JPEG of some 70 KB, with something in every block."""
    drawn = np.asarray(picture(640, 480), np.int16)
    grain = np.random.default_rng(6).integers(-20, 20, drawn.shape, np.int16)
    return encoded(Image.fromarray(np.clip(drawn + grain, 0, 255).astype(np.uint8)), **options)


def cut(jpeg: bytes, share: float) -> bytes:
    return jpeg[: int(len(jpeg) * share)] + END


def without(jpeg: bytes, place: float, size: int) -> bytes:
    begin = int(len(jpeg) * place) - size // 2
    return jpeg[:begin] + jpeg[begin + size :]


@pytest.mark.parametrize("lose", [
    lambda jpeg: cut(jpeg, 0.5),
    lambda jpeg: cut(jpeg, 0.95),
    lambda jpeg: without(jpeg, 0.5, len(jpeg) // 4),
    lambda jpeg: without(jpeg, 0.1, 500),
], ids=["half", "a twentieth", "a quarter amid", "500 bytes"])  # fmt: skip
@pytest.mark.parametrize("way", WAYS)
def test_a_jpeg_that_lost_data_is_refused_though_its_end_is_marked(way, lose):
    jpeg = busy(**WAYS[way])
    assert prepare(jpeg, SIDE).pixels.std() > 5
    with pytest.raises(UnreadablePhotoError, match="a JPEG"):
        prepare(lose(jpeg), SIDE)
    with pytest.raises(UnreadablePhoto, match="a JPEG"):
        wire_photo(lose(jpeg))


@pytest.mark.parametrize("way", WAYS)
def test_it_is_refused_wherever_it_was_cut(way):
    jpeg = busy(**WAYS[way])
    for percent in range(4, 100, 5):
        with pytest.raises(UnreadablePhotoError):
            prepare(cut(jpeg, percent / 100), SIDE)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lost_what_lies_between_two_restarts_is_refused(progressive):
    jpeg = busy(restart_marker_rows=1, progressive=progressive)
    restarts = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", jpeg)]
    assert len(restarts) > 20
    for first, last in ((3, 4), (3, 11), (-2, -1)):
        with pytest.raises(UnreadablePhotoError, match="a JPEG that lost"):
            prepare(jpeg[: restarts[first]] + jpeg[restarts[last] :], SIDE)
    with pytest.raises(UnreadablePhotoError, match="a JPEG that lost data"):
        prepare(jpeg[: restarts[5]] + END, SIDE)


def test_of_many_restarts_not_each_is_looked_at_but_the_loss_is_seen():
    jpeg = busy(restart_marker_blocks=1)
    with pytest.raises(UnreadablePhotoError, match="a JPEG that lost"):
        prepare(without(jpeg, 0.5, 500), SIDE)


def thumbnailed(jpeg: bytes) -> bytes:
    """With a small JPEG in its EXIF, as cameras do it."""
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
    exif += encoded(picture(), restart_marker_rows=1)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def before_restarts(jpeg: bytes, more: bytes) -> bytes:
    return re.sub(rb"(?=\xff[\xd0-\xd7])", more, jpeg)


@pytest.mark.parametrize("odd", [
    lambda jpeg: jpeg + bytes(range(256)) * 9 + END,
    lambda jpeg: jpeg + encoded(picture(200, 100)),
    lambda jpeg: jpeg + bytes(70_000),
    lambda jpeg: jpeg + progressive(70),
    lambda jpeg: jpeg[:-2] + b"\xff" * 9 + END,
    lambda jpeg: jpeg[:-2] + b"\x7f" + END,
    lambda jpeg: jpeg[:-2] + b"\xff\xfe\x00\x05abc" + END,
    thumbnailed,
    lambda jpeg: before_restarts(jpeg, b"\xff\xff"),
    lambda jpeg: before_restarts(jpeg, b"abc"),
], ids=["film", "second", "padding", "scans behind it", "fill", "a byte", "comment", "thumbnail",
        "inner fill", "inner bytes"])  # fmt: skip
@pytest.mark.parametrize("way", WAYS)
def test_a_whole_jpeg_is_the_same_picture_however_a_camera_writes_it(way, odd):
    jpeg = busy(**WAYS[way])
    assert np.array_equal(prepare(odd(jpeg), SIDE).pixels, prepare(jpeg, SIDE).pixels)


@pytest.mark.parametrize("way", ["one scan", "restarts"])
def test_what_a_camera_writes_behind_the_last_row_is_no_loss(way):
    jpeg = busy(**WAYS[way])
    more = b"left in a buffer" * 500 + b"\xff\xd1" + b"\xff\x00" * 500
    assert np.array_equal(prepare(jpeg[:-2] + more + END, SIDE).pixels, prepare(jpeg, SIDE).pixels)


@pytest.mark.parametrize("way", [*WAYS.values(), {"restart_marker_blocks": 1, "progressive": True}], ids=str)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("size", [(1, 1), (7, 90), (64, 64), (301, 203)])
def test_a_jpeg_is_decoded_to_the_bytes_that_pillow_gives(size, mode, way):
    for quality, subsampling in ((5, 0), (75, 2), (98, 1)):
        jpeg = encoded(picture().resize(size).convert(mode), quality=quality, subsampling=subsampling, **way)
        for draft in ((256, 256), (16, 16)):
            ours, pillows = opened(jpeg, ("JPEG",)), opened(jpeg, ("JPEG",))
            for image in (ours, pillows):
                image.draft("RGB", draft)
            load_whole(ours, jpeg)
            assert ours.tobytes() == pillows.tobytes()


def test_a_jpeg_of_more_segments_than_any_photo_has_is_refused():
    jpeg = encoded(picture())
    with pytest.raises(UnreadablePhotoError, match="segments"):
        prepare(jpeg[:2] + b"\xff\xe0\x00\x02" * 6000 + jpeg[2:], SIDE)


def test_restarts_without_end_are_no_endless_work():
    restarts = bytes(byte for number in range(8) for byte in (0xFF, 0xD0 + number)) * 200_000
    jpeg = encoded(picture(), restart_marker_rows=1)
    assert prepare(jpeg[:-2] + restarts + END, SIDE).pixels.std() > 5
    scan = jpeg.index(b"\xff\xda") + 14
    with pytest.raises(UnreadablePhotoError, match="a JPEG that lost data"):
        prepare(jpeg[:scan] + restarts + jpeg[scan:], SIDE)
