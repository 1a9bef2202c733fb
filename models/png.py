"""A PNG is decoded whole or not at all (W3C PNG, third edition).

Where its compressed data ends properly after some of the rows, Pillow leaves the rest black and says nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from models.errors import UnreadablePhotoError

BEGIN = b"\x89PNG\r\n\x1a\n"
END = b"IEND\xaeB`\x82"
"""A PNG without it was cut short, though its pixels may be whole."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By the colour type: grey, RGB, palette, grey and alpha, RGBA."""
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced picture: first column and row, and the steps between (section 8.1)."""
PIECE = 1 << 16


def look_over(photo: bytes) -> None:
    """Raises UnreadablePhotoError where ``photo``, whose header Pillow has read, lacks its end or a row."""
    if END not in photo:
        raise UnreadablePhotoError("the PNG ends early")
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
    """The data of the chunks that hold the picture; an animation's other frames are in others."""
    place = len(BEGIN)
    while place + 8 <= len(photo):
        size, name = struct.unpack_from(">I4s", photo, place)
        if name == b"IDAT":
            yield photo[place + 8 : place + 8 + size]
        place += size + 12
