"""A PNG is decoded whole or not at all (W3C PNG, third edition).

Where its compressed data ends properly after some of the rows, Pillow leaves the rest black and says nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import islice

from models.errors import UnreadablePhotoError

BEGIN = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By the colour type: grey, RGB, palette, grey and alpha, RGBA."""
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced picture: first column and row, and the steps between (section 8.1)."""
PIECE = 1 << 16
HEADER = struct.pack(">I4s", 13, b"IHDR")
"""The length and the name that every PNG's first chunk begins with."""
MOST_CHUNKS = 20_000
"""A photo of 16 MB in chunks of 4 KB has 4,000. Pillow takes some microseconds for each."""


def look_over(photo: bytes) -> None:
    """Raises UnreadablePhotoError where reading ``photo`` would take unduly long, or could not be checked.

    Pillow goes by the last header that it meets, so there must be one.
    """
    names = [name for _, _, name in islice(_chunks(photo), MOST_CHUNKS + 1)]
    if len(names) > MOST_CHUNKS:
        raise UnreadablePhotoError(f"a PNG of more than {MOST_CHUNKS} chunks")
    if not photo.startswith(BEGIN + HEADER) or names.count(b"IHDR") != 1:
        raise UnreadablePhotoError("a PNG that does not begin with its one header")
    if names[-1] != b"IEND":
        raise UnreadablePhotoError("the PNG ends early")


def check_rows(photo: bytes) -> None:
    """Raises UnreadablePhotoError where ``photo``, which was looked over, lacks a row."""
    wanted = _bytes_of_rows(photo)
    found, inflater = 0, zlib.decompressobj()
    for part in (*_parts(photo), b""):  # with nothing more, what it has kept back comes out
        rest = part
        while found < wanted and (piece := inflater.decompress(rest, PIECE)):
            found, rest = found + len(piece), inflater.unconsumed_tail
    if found < wanted:
        raise UnreadablePhotoError(f"the PNG's rows end after {found} of {wanted} bytes")


def _bytes_of_rows(photo: bytes) -> int:
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", photo, 16)
    bits = depth * CHANNELS[colour]
    total = 0
    for left, top, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0:
            total += rows * (1 + (columns * bits + 7) // 8)  # each row begins with its filter
    return total


def _parts(photo: bytes) -> Iterator[bytes]:
    """The data of the chunks that hold the picture, in small parts: zlib copies what it leaves of one.

    An animation's other frames are in other chunks.
    """
    for begin, end, name in _chunks(photo):
        if name == b"IDAT":
            for place in range(begin, end, PIECE):
                yield photo[place : min(end, place + PIECE)]


def _chunks(photo: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Begin and end of the data of each that is there whole, and its name, up to the last one."""
    place, name = len(BEGIN), b""
    while place + 12 <= len(photo) and name != b"IEND":
        size, name = struct.unpack_from(">I4s", photo, place)
        begin, place = place + 8, place + 12 + size
        if place <= len(photo):
            yield begin, begin + size, name
