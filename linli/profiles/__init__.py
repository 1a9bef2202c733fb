"""The jurisdiction profiles that come with linli, each a TOML file beside this one.

They are part of the package as its code is, so reading one is no more than an import (decision 7).
"""

from functools import cache
from importlib.resources import files

from linli.errors import InvalidProfile
from linli.identifiers import is_name
from linli.waste import Profile, parse_profile


@cache
def builtin(name: str) -> Profile:
    """The profile of that id (`national`, `shanghai`). Raises InvalidProfile, naming those there are."""
    file = files(__package__) / f"{name}.toml"
    if not is_name(name) or not file.is_file():
        raise InvalidProfile(f"there is no jurisdiction profile {name!r}; there are: {', '.join(names())}")
    return parse_profile(file.read_text(encoding="utf-8"))


def names() -> list[str]:
    """The ids of all of them."""
    found = (file.name for file in files(__package__).iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))
