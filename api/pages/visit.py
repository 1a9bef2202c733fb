"""One visit to a page: its language, its community, and how times, kinds and places are said there."""

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import unquote

from fastapi import Request

from api.pages.words import Language, Words, language_of, words
from api.services import Services
from linli.alerts.rules import LOW_BATTERY, OVERFLOW, LevelRule
from linli.inventory import Community, Inventory
from linli.profiles import builtin
from linli.waste import Kind, Profile

KINDS = {kind.value: kind for kind in Kind}

ON_DUTY = "linli_by"
"""The cookie that remembers a name, percent-encoded."""

NOWHERE = Community("", "邻里", "linli", "Asia/Shanghai", "national", {})
"""What an overview shows before there is an inventory."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What every template may use as `v`."""

    w: Words
    community: Community
    communities: tuple[Community, ...]
    profile: Profile
    zone: zoneinfo.ZoneInfo
    now_ms: int
    on_duty: str
    inventory: Inventory
    overflow: LevelRule = OVERFLOW
    low_battery: LevelRule = LOW_BATTERY

    @property
    def language(self) -> Language:
        """Chinese or English."""
        return self.w.language

    def title(self, community: Community) -> str:
        """A community's name in this language."""
        return community.name_zh if self.language == "zh" else community.name_en

    def local(self, at_ms: int) -> datetime:
        """A time in the community's zone."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)

    def iso(self, at_ms: int) -> str:
        """For `<time datetime>`."""
        return self.local(at_ms).isoformat(timespec="seconds")

    def time(self, at_ms: int) -> str:
        """14:05 when it is today, else with its day."""
        if not at_ms:
            return self.w("site.never")
        then, now = self.local(at_ms), self.local(self.now_ms)
        clock = f"{then:%H:%M}"
        if then.date() == now.date():
            return clock
        if then.date() == now.date() - timedelta(days=1):
            return f"{self.w('site.yesterday')} {clock}"
        return f"{then:%m-%d} {clock}" if then.year == now.year else f"{then:%Y-%m-%d} {clock}"

    def day(self, days_ago: int = 0) -> str:
        """A local day as YYYY-MM-DD."""
        return (self.local(self.now_ms).date() - timedelta(days=days_ago)).isoformat()

    def kind(self, kind: str) -> str:
        """A kind of waste as this jurisdiction calls it; a compartment nobody described is `unknown`."""
        if kind in KINDS:
            naming = self.profile.kinds[KINDS[kind]]
            return naming.zh if self.language == "zh" else naming.en
        return self.w("waste.unknown")

    def colour(self, kind: str) -> str:
        """The kind's national colour."""
        return self.profile.kinds[KINDS[kind]].colour if kind in KINDS else "#8a8f98"

    def item(self, item: str) -> str:
        """An item as the jurisdiction calls it, or as the device did."""
        naming = self.profile.item_names.get(item)
        if naming is not None:
            return naming.zh if self.language == "zh" else naming.en
        return item or self.w("deposits.item_unknown")

    def home(self, building: str, name: str) -> str:
        """Its building, for a name that does not say so itself."""
        home = self.building(building)
        return "" if name.startswith(home) else home

    def building(self, building: str) -> str:
        """A building's name, or its id."""
        known = self.community.buildings.get(building)
        return known.name if known is not None else building


def visit(request: Request, at: Services, community: str = "") -> Visit:
    """Begin a visit. A community that does not exist is the first that does."""
    inventory = at.store.inventory()
    known = inventory.communities
    place = known.get(community) or next(iter(known.values()), NOWHERE)
    return Visit(
        words(language_of(request)),
        place,
        tuple(known.values()),
        builtin(place.profile),
        _zone(place.timezone),
        at.clock(),
        unquote(request.cookies.get(ON_DUTY, ""))[:64],
        inventory,
    )


@cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)
