import io
import struct
import zlib
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from models import png
from models.errors import UnreadablePhotoError
from models.preparation import prepare
from tests.unit.models.drawn import encoded, picture

SIDE = 32
MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def chunks(photo: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], len(png.BEGIN)
    while place < len(photo):
        (size,) = struct.unpack_from(">I", photo, place)
        found.append((photo[place + 4 : place + 8], photo[place + 8 : place + 8 + size]))
        place += size + 12
    return found


def with_rows(photo: bytes, change, pieces: int = 1) -> bytes:
    """The same PNG, whole and well-formed, whose uncompressed rows ``change`` made, in so many chunks."""
    parts = chunks(photo)
    rows = zlib.compress(change(zlib.decompress(b"".join(data for name, data in parts if name == b"IDAT"))))
    cuts = [len(rows) * piece // pieces for piece in range(pieces + 1)]
    held = [(b"IDAT", rows[begin:end]) for begin, end in pairwise(cuts)]
    first = next(place for place, part in enumerate(parts) if part[0] == b"IDAT")
    rest = [part for part in parts[first:] if part[0] != b"IDAT"]
    return png.BEGIN + b"".join(chunk(*part) for part in (*parts[:first], *held, *rest))


def drawn(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 20)
    return picture(67, 45).convert(mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pieces", [1, 7])
def test_whole_rows_are_read_in_any_mode_and_number_of_chunks(mode, pieces):
    photo = encoded(drawn(mode), "PNG")
    again = with_rows(photo, lambda rows: rows, pieces)
    assert (prepare(again, SIDE).pixels == prepare(photo, SIDE).pixels).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("kept", [0, 0.5, "all but one byte"])
def test_rows_that_end_early_are_no_picture(mode, pieces, kept):
    def cut(rows):
        return rows[:-1] if isinstance(kept, str) else rows[: int(len(rows) * kept)]

    with pytest.raises(UnreadablePhotoError):
        prepare(with_rows(encoded(drawn(mode), "PNG"), cut, pieces), SIDE)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 4), (5, 5), (8, 3), (67, 45)])
def test_an_interlaced_picture_needs_all_its_passes(width, height):
    grey = np.random.default_rng(width).integers(0, 255, (height, width), np.uint8)
    rows = b"".join(
        b"\0" + grey[top::down, left::across][row].tobytes()
        for left, top, across, down in png.ADAM7
        for row in range(len(grey[top::down, left::across]))
        if left < width
    )

    def interlaced(content: bytes) -> bytes:
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
        body = (b"IHDR", header), (b"IDAT", zlib.compress(content)), (b"IEND", b"")
        return png.BEGIN + b"".join(chunk(*part) for part in body)

    whole = interlaced(rows)
    assert (np.asarray(Image.open(io.BytesIO(whole))) == grey).all()
    png.look_over(whole)
    png.check_rows(whole)
    with pytest.raises(UnreadablePhotoError, match=f"{len(rows) - 1} of {len(rows)} bytes"):
        png.check_rows(interlaced(rows[:-1]))


def test_of_an_animation_the_first_picture_counts():
    frames = [picture(40, 40, seed) for seed in range(3)]
    moving = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert any(name == b"fdAT" for name, _ in chunks(moving))
    assert (prepare(moving, SIDE).pixels == prepare(encoded(frames[0], "PNG"), SIDE).pixels).all()
    with pytest.raises(UnreadablePhotoError, match="rows end"):
        prepare(with_rows(moving, lambda rows: rows[: len(rows) // 2]), SIDE)


def half(photo: bytes) -> bytes:
    return with_rows(photo, lambda rows: rows[: len(rows) // 2])


def test_a_size_that_is_said_twice_does_not_hide_that_half_is_missing():
    parts = chunks(half(encoded(picture(64, 48), "PNG")))
    tiny = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    for before in ((b"IHDR", tiny), (b"tEXt", tiny)):
        with pytest.raises(UnreadablePhotoError, match="its one header"):
            prepare(png.BEGIN + b"".join(chunk(*part) for part in (before, *parts)), SIDE)


def test_an_animation_whose_first_picture_is_half_of_it_is_no_picture():
    frames = [picture(40, 40, seed) for seed in range(2)]
    moving = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    parts: list[tuple[bytes, bytes]] = []
    for name, data in chunks(moving):
        first = name == b"fcTL" and not any(known == b"IDAT" for known, _ in parts)
        parts.append((name, data[:8] + struct.pack(">I", 20) + data[12:] if first else data))
    with pytest.raises(UnreadablePhotoError, match="first picture"):
        prepare(png.BEGIN + b"".join(chunk(*part) for part in parts), SIDE)


def test_a_picture_in_endlessly_many_chunks_is_not_begun_with():
    first, *rest = chunks(encoded(picture(), "PNG"))
    photo = png.BEGIN + chunk(*first) + chunk(b"teXt", b"") * (png.MOST_CHUNKS + 1)
    with pytest.raises(UnreadablePhotoError, match="more than 20000 chunks"):
        prepare(photo + b"".join(chunk(*part) for part in rest), SIDE)


def test_no_more_is_inflated_than_the_rows_need():
    small = encoded(Image.new("L", (64, 64)), "PNG")
    bomb = with_rows(small, lambda rows: rows + bytes(200_000_000))
    inflated = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self):
            self._real = real()

        def decompress(self, data, most):
            inflated.append(self._real.decompress(data, most))
            return inflated[-1]

        @property
        def unconsumed_tail(self):
            return self._real.unconsumed_tail

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(zlib, "decompressobj", Counting)
        png.check_rows(bomb)
    assert sum(map(len, inflated)) <= png.PIECE
