"""What a community's rules and days are: its profile and its time zone, looked up once."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from linli.inventory import Community
from linli.profiles import builtin
from linli.waste import Profile


@dataclass(frozen=True, slots=True)
class Site:
    """A community with its zone and profile."""

    id: str
    zone: ZoneInfo
    profile: Profile


def sites(communities: Mapping[str, Community]) -> dict[str, Site]:
    """The site of every community. Raises InvalidProfile for a profile that linli does not have."""
    return {
        name: Site(community.id, ZoneInfo(community.timezone), builtin(community.profile))
        for name, community in communities.items()
    }
