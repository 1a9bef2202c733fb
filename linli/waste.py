"""The four kinds of waste and what a jurisdiction says of them (GB/T 19095-2019 and local rules)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from linli.errors import InvalidProfile


class Kind(StrEnum):
    """The four kinds of household waste after GB/T 19095-2019."""

    RECYCLABLE = "recyclable"
    HAZARDOUS = "hazardous"
    KITCHEN = "kitchen"
    OTHER = "other"


class Outcome(StrEnum):
    """What a deposit is judged to be. `unsure` is an answer, and never counted as wrong."""

    CORRECT = "correct"
    MISSORTED = "missorted"
    MISSED_RECYCLING = "missed_recycling"
    UNSURE = "unsure"


class Gravity(StrEnum):
    """How grave a mis-sort is."""

    NONE = "none"
    MINOR = "minor"
    GRAVE = "grave"


@dataclass(frozen=True, slots=True)
class Naming:
    """What people call a kind or an item: Chinese, English, and a colour (#rrggbb) where it has one."""

    zh: str
    en: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A jurisdiction profile: names, colours, which item goes where, how grave each confusion is.

    `confusions[compartment kind][seen kind]` is (outcome, gravity) for every pair of different kinds.
    `min_confidence` (0..1): below it a verdict is `unsure`, whatever the device says.
    """

    id: str
    version: str
    name: Naming
    kinds: Mapping[Kind, Naming]
    items: Mapping[str, Kind]
    item_names: Mapping[str, Naming]
    confusions: Mapping[Kind, Mapping[Kind, tuple[Outcome, Gravity]]]
    min_confidence: float

    def kind_of(self, item: str | None, seen: Kind | None) -> Kind | None:
        """Where this jurisdiction puts `item`; what the device saw when it does not list the item."""
        return self.items.get(item, seen) if item is not None else seen


def parse_profile(text: str) -> Profile:
    """Read a profile from TOML.

    Raises InvalidProfile, naming the entry, when a kind, a pair of kinds or a name is missing.
    """
    try:
        raw = tomllib.loads(text)
        kinds = {kind: _naming(raw["kinds"][kind.value]) for kind in Kind}
        items = {item: Kind(entry["kind"]) for item, entry in raw["items"].items()}
        names = {item: _naming(entry) for item, entry in raw["items"].items()}
        confusions = {
            chosen: {
                seen: _confusion(raw["confusions"][chosen.value][seen.value])
                for seen in Kind
                if seen is not chosen
            }
            for chosen in Kind
        }
        confidence = float(raw["min_confidence"])
        if not 0 <= confidence <= 1:
            raise InvalidProfile("min_confidence must lie in 0..1")
        return Profile(
            raw["id"], raw["version"], _naming(raw["name"]), kinds, items, names, confusions, confidence
        )
    except KeyError as error:
        raise InvalidProfile(f"the profile lacks {error}") from error
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as error:
        raise InvalidProfile(f"the profile cannot be read: {error}") from error


def _naming(raw: Mapping[str, Any]) -> Naming:
    return Naming(str(raw["zh"]), str(raw["en"]), str(raw.get("colour", "")))


def _confusion(text: str) -> tuple[Outcome, Gravity]:
    outcome, _, gravity = text.partition(":")
    return Outcome(outcome), Gravity(gravity or "none")
