"""`python -m ingest accept`: an operator says where a device stands."""

import getpass
from dataclasses import replace
from typing import Protocol

from ingest.clock import now_ms
from linli.errors import InvalidInventory, LinliError
from linli.inventory import DeviceType, Inventory, make_device
from linli.ports.operational import Operator, Reader
from linli.ports.rows import DeviceRow
from linli.waste import Kind


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


class Stranger(Operator, Reader, Protocol):
    """The store, as one asks it what an unknown device said and tells it where the device stands."""


def accept(store: Stranger, row: DeviceRow) -> str:
    """Write it; a running ingest sees it within a second. Returns a note for the operator, or "".

    Raises NotFound, and Unacceptable for a bin of whose compartments some are not said: what is dropped in
    there would be judged as nobody's, for good.
    """
    before = next((known for known in store.devices(row.community) if known.id == row.id), None)
    if before is not None and before.accepted:  # what is not said again stays
        row = replace(row, name=row.name or before.name, compartments=row.compartments or before.compartments)
    named = store.compartments_heard(row.community, row.id).get(row.id, [])
    lacking = [name for name in named if name not in row.compartments]
    if lacking and row.type == DeviceType.BIN:
        more = " ".join(f"--compartment {name}=KIND" for name in lacking)
        kinds = ", ".join(kind.value for kind in Kind)
        raise Unacceptable(
            f"{row.id} has named compartments that nobody says what they are for: add {more} (KIND: {kinds})"
        )
    store.accept(row, _me(), now_ms())
    return "" if before is not None and before.heard_ms else "nothing has been heard of it yet"


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in a container
        return "operator"
