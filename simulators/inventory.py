"""The neighbourhood as an inventory.toml."""

import json

from simulators.neighbourhood import COMPARTMENTS, TIMEZONE, Neighbourhood


def inventory_toml(place: Neighbourhood) -> str:
    """The text of inventory.toml: the community, its buildings with their households, its devices."""
    community = f"communities.{place.community}"
    size = f"--bins {len(place.bins)} --households {len(place.households)} --profile {place.profile}"
    lines = [
        f"# Made by `python -m simulators inventory --seed {place.seed} {size}`.",
        f"[{community}]",
        f"name_zh = {_text(place.name_zh)}",
        f"name_en = {_text(place.name_en)}",
        f"timezone = {_text(TIMEZONE)}",
        f"profile = {_text(place.profile)}",
    ]
    for building in place.buildings:
        lines += [
            f"\n[{community}.buildings.{building.id}]",
            f"name = {_text(building.name)}",
            f"households = {place.households_of(building.id)}",
        ]
    compartments = ", ".join(f"{name} = {_text(kind.value)}" for name, kind in COMPARTMENTS.items())
    for bin_ in place.bins:
        lines += [
            f"\n[{community}.devices.{bin_.id}]",
            f"building = {_text(bin_.building)}",
            f"name = {_text(bin_.name)}",
            f"compartments = {{ {compartments} }}",
        ]
    lines += [
        f"\n[{community}.devices.{place.camera.id}]",
        f"building = {_text(place.camera.building)}",
        'type = "camera"',
        f"name = {_text(place.camera.name)}",
    ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)
