"""What a community's rules and days are: its profile and its time zone, looked up once."""

from dataclasses import dataclass
from importlib import resources
from zoneinfo import ZoneInfo

from linli.errors import InvalidInventory
from linli.inventory import Community, Inventory
from linli.waste import Profile, parse_profile


@dataclass(frozen=True, slots=True)
class Site:
    """A community with its zone and profile."""

    id: str
    zone: ZoneInfo
    profile: Profile


def sites(inventory: Inventory) -> dict[str, Site]:
    """The site of every community. Raises InvalidInventory for a profile that linli does not have."""
    profiles: dict[str, Profile] = {}
    return {name: _site(community, profiles) for name, community in inventory.communities.items()}


def _site(community: Community, profiles: dict[str, Profile]) -> Site:
    if community.profile not in profiles:
        profiles[community.profile] = read_profile(community.profile)
    return Site(community.id, ZoneInfo(community.timezone), profiles[community.profile])


def read_profile(name: str) -> Profile:
    """One of the profiles that come with linli. Raises InvalidInventory."""
    file = resources.files("linli.profiles") / f"{name}.toml"
    if not file.is_file():
        raise InvalidInventory(f"there is no jurisdiction profile {name!r}")
    return parse_profile(file.read_text(encoding="utf-8"))
