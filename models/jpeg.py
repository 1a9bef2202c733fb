"""A JPEG is decoded whole or not at all, and is no endless work (ITU-T T.81)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from models.errors import UnreadablePhotoError

BEGIN = b"\xff\xd8"
MOST_SCANS = 64
"""A progressive JPEG has about ten, each a pass over the whole picture; tens of thousands fit into a file."""
MOST_SEGMENTS = 1_000
"""A photo has some dozens; with all that a phone or a colour profile adds, a few hundred. Pillow puts Exif
that is spread over many together anew with each.
"""
MOST_FILLING = 100_000
"""So many bytes at most lie between two segments: Pillow reads them one by one."""
TEM, RST0, SOI, EOI, SOS = 0x01, 0xD0, 0xD8, 0xD9, 0xDA
OTHER_FRAMES = {*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Their data is no Huffman codes of a sequential or progressive DCT, as that of every camera is."""
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Any but a restart, which is part of a scan's data. There a zero follows every other 0xFF (T.81, B.1.1)."""
PLAIN = re.compile(rb"[^\xff]{2}")
ONE_MORE = b"\xff\x00"
ONES = ONE_MORE * 8
"""64 bits: as far as libjpeg reads ahead. As no Huffman code is all ones (T.81, annex C), they pass for three
blocks of a picture at most, or for 64 in a scan that has one bit for each.
"""
STOPS = 64
"""So many restarts of a scan, evenly spread, are stopped at. Who sets any mostly sets one a row of blocks."""


def look_over(photo: bytes) -> None:
    """Raises UnreadablePhotoError where reading ``photo`` would take unduly long, or could not be checked."""
    scans = 0
    for before, begin, end, code in _segments(photo):
        if code in OTHER_FRAMES:
            raise UnreadablePhotoError(f"a JPEG with a frame {code:x}")
        if before != SOS and end - begin > MOST_FILLING:
            raise UnreadablePhotoError(f"a JPEG with {end - begin} bytes of nothing")
        scans += code == SOS
    if scans > MOST_SCANS:
        raise UnreadablePhotoError(f"a JPEG with {scans} scans")


def load_whole(image: ImageFile.ImageFile, photo: bytes) -> None:
    """Decodes the pixels of ``image``, which Pillow opened of ``photo``: all of them, or it raises.

    Where a JPEG lost data and a marker comes too early, libjpeg makes up the rest and only warns, and Pillow
    drops the warning. So it is shown no marker before it looks for one. Raises UnreadablePhotoError, or
    whatever Pillow does.
    """
    image.load_prepare()
    _, extents, _, args = image.tile[0]
    how = (*(args or ()), *image.decoderconfig)
    decoder = Image.core.jpeg_decoder(image.mode, *how)  # type: ignore[attr-defined] # what load() would make
    decoder.setimage(image.im, extents)
    try:
        _feed(decoder, photo)
    finally:
        decoder.cleanup()
    image.tile = []


def _feed(decoder: Any, photo: bytes) -> None:
    """Gives ``decoder`` the data of each scan, then ONES instead of the marker, then ONE_MORE.

    It takes ONE_MORE only where it looks for a marker. Amid a scan it has run dry, and takes nothing until it
    can fill its buffer of bits, for which that is too little. A picture of one scan is done with its last
    row: more data after that is no loss, and some cameras write it.
    """
    fed = 0
    for early, upto, restart in _stops(photo):
        count = _taken(decoder, photo[fed:early])
        if count == early - fed > 0 and _taken(decoder, photo[early : early + 1]):
            raise UnreadablePhotoError("a JPEG with a scan that is done long before its data")
        piece = photo[fed + count : upto] + ONES
        if count < 0 or (count := _taken(decoder, piece)) < 0:
            return
        if count < len(piece) or not _taken(decoder, ONE_MORE) or _taken(decoder, restart) < len(restart):
            raise UnreadablePhotoError("a JPEG that lost data")
        fed = upto
    if _taken(decoder, photo[fed:]) >= 0:
        raise UnreadablePhotoError("the JPEG ends early")


def _taken(decoder: Any, data: bytes) -> int:
    """How many bytes it took; -1 when the picture is done."""
    count, error = decoder.decode(data)
    if error < 0:
        raise UnreadablePhotoError("a broken JPEG")
    return int(count)


def _stops(photo: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Up to where ``photo`` is fed at a time. Before that, where a scan of several cannot be done yet, or 0;
    after it, a restart that shows whether one is waited for: elsewhere it is skipped.
    """
    for begin, end in _scans(photo):
        data = np.frombuffer(photo, np.uint8)[begin:end]
        restarts = (data[:-1] == 0xFF) & (data[1:] & 0xF8 == RST0)
        numbers = data[1:][restarts] & 7
        wrong = np.flatnonzero(numbers != np.resize(np.arange(8, dtype=np.uint8), numbers.size))
        places = begin + np.flatnonzero(restarts)
        for stop in range(0, places.size, places.size // STOPS + 1):
            yield 0, int(places[stop]), b""
            if wrong.size and stop >= wrong[0]:
                raise UnreadablePhotoError("a JPEG that lost a restart")
        early = end - data.size // 16 - 32
        plain = PLAIN.search(photo, early, end) if early > begin and not places.size else None
        yield plain.start() + 1 if plain else 0, end, bytes((0xFF, RST0 + places.size % 8)) + ONE_MORE


def _scans(photo: bytes) -> Iterator[tuple[int, int]]:
    """Where the Huffman-coded data of each scan begins and ends."""
    return ((min(begin, end), end) for before, begin, end, _ in _segments(photo) if before == SOS)


def _segments(photo: bytes) -> Iterator[tuple[int, int, int, int]]:
    """What lies between two markers, found as libjpeg does (T.81, annex B), up to the end of the picture.

    Gives the code of the marker before, where its segment ends, where the next marker begins, and its code.
    """
    before, place = SOI, 0
    for _ in range(MOST_SEGMENTS):
        marker = MARKER.search(photo, place)
        if not marker:
            yield before, place, len(photo), EOI
            return
        code = photo[marker.end() - 1]
        yield before, place, marker.start(), code
        if code == EOI:
            return
        before, place = code, marker.end()
        if code not in (SOI, TEM):
            place += max(2, int.from_bytes(photo[place : place + 2], "big"))
    raise UnreadablePhotoError(f"a JPEG of more than {MOST_SEGMENTS} segments")
