"""Who stands at the bin: a card reader, behind a protocol. Only a pseudonym of what it reads leaves this
file.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge.drivers import NONE, choose
from edge.errors import SensorFault
from edge.households import KEY_MIN_BYTES, pseudonym
from edge.settings import EdgeSettings
from linli.errors import InvalidSetting

MAX_CHARACTERS = 200


class CardReader(Protocol):
    """Something that tells households apart."""

    def household(self) -> str | None:
        """The pseudonym of whoever presented a card a moment ago, None when nobody did. Raises
        SensorFault.
        """


class CardFile:
    """A file into which another program writes the number of the card presented last.

    It counts for `valid_s` seconds after it was written, by the clock that stamps files.
    """

    def __init__(self, path: Path, key: bytes, valid_s: float, wall_s: Callable[[], float]) -> None:
        self._path = path
        self._key = key
        self._valid_s = valid_s
        self._wall_s = wall_s

    def household(self) -> str | None:
        """Raises SensorFault when the file is there and holds no card."""
        try:
            age_s = self._wall_s() - self._path.stat().st_mtime
            card = self._path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise SensorFault("card_reader", f"the file cannot be read: {type(error).__name__}") from error
        if not 0 <= age_s <= self._valid_s or not card:
            return None
        if len(card) > MAX_CHARACTERS:
            raise SensorFault("card_reader", f"{len(card)} characters are no card")
        return pseudonym(self._key, card)


def _card_file(settings: EdgeSettings) -> CardReader:
    key = settings.household_key.encode()
    if len(key) < KEY_MIN_BYTES:
        raise InvalidSetting(f"LINLI_HOUSEHOLD_KEY needs at least {KEY_MIN_BYTES} bytes")
    return CardFile(Path(settings.card_path), key, settings.card_valid_s, time.time)


CARD_READERS: dict[str, Callable[[EdgeSettings], CardReader]] = {"card_file": _card_file}


def open_card_reader(settings: EdgeSettings) -> CardReader | None:
    """The reader the settings name, None for `none`. Raises InvalidSetting."""
    if settings.card_reader == NONE:
        return None
    return choose(settings, "card_reader", "card_path", CARD_READERS, NONE)(settings)
