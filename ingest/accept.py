"""`python -m ingest accept`: an operator says where a device stands."""

import getpass

from ingest.clock import now_ms
from linli.errors import InvalidInventory, LinliError
from linli.inventory import DeviceType, Inventory, make_device
from linli.ports.operational import Operator
from linli.ports.rows import DeviceRow


class Unacceptable(LinliError):
    """What was asked for does not fit the inventory; the text says what would."""


def device_row(
    inventory: Inventory,
    community: str,
    device: str,
    building: str,
    compartments: list[str],
    type_: str = DeviceType.BIN,
    name: str = "",
) -> DeviceRow:
    """The row of the device, checked against the inventory. `compartments` are `NAME=KIND`.

    Raises Unacceptable, in one line.
    """
    place = inventory.communities.get(community)
    if place is None:
        known = ", ".join(sorted(inventory.communities)) or "none"
        raise Unacceptable(f"there is no community {community!r}; there are: {known}")
    if building not in place.buildings:
        known = ", ".join(sorted(place.buildings)) or "none"
        raise Unacceptable(f"{community} has no building {building!r}; there are: {known}")
    pairs: dict[str, str] = {}
    for text in compartments:
        key, found, kind = text.partition("=")
        if not found:
            raise Unacceptable(f"--compartment {text!r}: write NAME=KIND, for example k1=kitchen")
        if key in pairs:
            raise Unacceptable(f"--compartment {key!r} is given twice")
        pairs[key] = kind
    entry = {"building": building, "type": type_, "name": name, "compartments": pairs}
    try:
        made = make_device(place, device, entry)
    except InvalidInventory as error:
        raise Unacceptable(str(error)) from error
    kinds = {key: kind.value for key, kind in made.compartments.items()}
    return DeviceRow(
        community,
        made.id,
        accepted=True,
        building=building,
        type=made.type.value,
        name=made.name,
        compartments=kinds,
    )


def accept(operator: Operator, row: DeviceRow) -> None:
    """Write it; a running ingest sees it within a second. Raises NotFound."""
    operator.accept(row, _me(), now_ms())


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in a container
        return "operator"
