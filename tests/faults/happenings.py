"""What happens at a bin: the n-th event of each, made from a seed, and kept in a journal first of all.

The journal is the truth. It is written before the event is given to the outbox, and each event carries its
own number in `ext`: so it does not matter to the truth which `seq` the outbox gave, or what it forgot.
"""

import hashlib
import io
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from PIL import Image

from linli.events import Deposit, Event, Fault, Telemetry, encode
from linli.waste import Kind

COMPARTMENTS = {kind.value: kind for kind in Kind}
PLACES = list(COMPARTMENTS)
CLOSING = len(PLACES) + 1
HOUSEHOLDS = [f"{number:032x}" for number in range(1, 7)]
ITEMS = {"paper": "recyclable", "battery": "hazardous", "food_waste": "kitchen", "misc_trash": "other"}
HOUR_MS = 3_600_000
LATE_HEAT_N, LATE_HEAT_MS = 6, 2 * HOUR_MS
"""Which is the hot reading at the `other` compartment, and how old: it is an alert, and calls nobody."""
LATE_HEAT_PLACE = PLACES[LATE_HEAT_N // 2 % len(PLACES)]
OLD_N, OLD_MAX_MS = 20, 40 * HOUR_MS
"""The first of each bin waited so long, as after an outage: their local day is often another than the day in
UTC.
"""


class Happening(Struct, frozen=True):
    """A line of the journal. `at_ms` is when it was and `made_ms` when it was stamped, by a clock that is
    right; the clock that stamped it was off by `offset_ms`.
    """

    device: str
    n: int
    at_ms: int
    made_ms: int
    offset_ms: int
    event: msgspec.Raw
    photo: str | None = None
    """hash of its photo"""


class Journal:
    """The truth file of one device."""

    def __init__(self, folder: Path, device: str) -> None:
        self._path = folder / f"{device}.truth"
        self._lost = folder / f"{device}.lost"

    def write(self, happening: Happening) -> None:
        line = msgspec.json.encode(happening) + b"\n"
        with self._path.open("ab", buffering=0) as file:
            file.write(line)

    def lose_clock(self, numbers: Iterable[int]) -> None:
        """What stamped these is forgotten, and another clock sends them."""
        with self._lost.open("ab", buffering=0) as file:
            file.write(b"".join(b"%d\n" % n for n in numbers))

    @property
    def lost_clock(self) -> frozenset[int]:
        """The numbers of those."""
        return frozenset(map(int, self._lost.read_bytes().split())) if self._lost.exists() else frozenset()

    def __iter__(self) -> Iterator[Happening]:
        if self._path.exists():
            for line in self._path.read_bytes().splitlines():
                yield msgspec.json.decode(line, type=Happening)


def happening(
    seed: int, device: str, n: int, events: int, now_ms: int, offset_ms: int
) -> tuple[Happening, bytes | None]:
    """The n-th of `device`, and its photo. `now_ms` is right; the device's clock is `offset_ms` from it.

    The CLOSING last, past `events`: a calm reading of each compartment, so that no alert is left open, and a
    deposit, so that every stage is passed once more.
    """
    source = random.Random(f"{seed}/{device}/{n}")
    photo = None
    if n > events + len(PLACES) or (n <= events and n % 2 and n % 12 != 11):
        photo = _jpeg(source, n) if n % 6 == 1 or n > events else None
        event = _deposit(source, photo)
    elif n > events:
        place = PLACES[n - events - 1]
        event = Telemetry(seq=1, compartment=place, fill_pct=20.0, temperature_c=20.0)
    elif n % 2:
        event = Fault(seq=1, code="scale", active=n % 24 == 11)
    else:
        event = _reading(source, n)
    at_ms = now_ms - _age_ms(source, n)
    stamped = msgspec.structs.replace(event, ts=at_ms + offset_ms, ext={"n": n})
    named = hashlib.sha256(photo).hexdigest() if photo is not None else None
    return Happening(device, n, at_ms, now_ms, offset_ms, msgspec.Raw(encode(stamped)), named), photo


def _age_ms(source: random.Random, n: int) -> int:
    """How long ago the n-th was: ever less, since numbers are the order in which things happened."""
    if n < LATE_HEAT_N:
        step = (OLD_MAX_MS - LATE_HEAT_MS) // (LATE_HEAT_N - 1)
        return LATE_HEAT_MS + step * (LATE_HEAT_N - 1 - n) + source.randrange(step)
    if n == LATE_HEAT_N or n > OLD_N:
        return LATE_HEAT_MS if n == LATE_HEAT_N else 0
    step = LATE_HEAT_MS // (OLD_N + 1 - LATE_HEAT_N)
    return step * (OLD_N - n) + source.randrange(step)


def _reading(source: random.Random, n: int) -> Event:
    """Each compartment in turn. Where it fills, it is full for some readings in the middle, and once only:
    how often an alert began must not depend on the order in which a broker that forgets brings the readings.
    """
    place, turn = PLACES[n // 2 % len(PLACES)], n // 2 // len(PLACES)
    if n == LATE_HEAT_N:
        return Telemetry(seq=1, compartment=place, temperature_c=75.0)
    full = place != "recyclable" and 1 <= turn <= 4
    fill = source.randrange(920, 990) / 10 if full else source.randrange(100, 500) / 10
    hot = place == "kitchen" and turn in {2, 3}
    return Telemetry(
        seq=1,
        compartment=place,
        fill_pct=fill,
        temperature_c=70.0 + turn if hot else 20.0 + turn,
        weight_kg=source.randrange(1, 400) / 4,
    )


def _deposit(source: random.Random, photo: bytes | None) -> Event:
    item = source.choice(list(ITEMS))
    sure = source.random() > 0.2
    place = ITEMS[item] if source.random() < 0.6 else source.choice(PLACES)
    return Deposit(
        seq=1,
        compartment=place,
        item=item,
        item_kind=Kind(ITEMS[item]),
        confidence=0.9 if sure else None,
        unsure=None if sure else "blurred",
        weight_kg=source.randrange(1, 40) / 4,
        household=source.choice([*HOUSEHOLDS, None]),
        photo_sha256=hashlib.sha256(photo).hexdigest() if photo is not None else None,
    )


def _jpeg(source: random.Random, n: int) -> bytes:
    image = Image.new("RGB", (16, 16), (source.randrange(256), source.randrange(256), n % 256))
    written = io.BytesIO()
    image.save(written, "JPEG", comment=os.fsencode(f"{source.random()}"))
    return written.getvalue()
