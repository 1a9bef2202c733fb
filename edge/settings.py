"""The settings of one device's process."""

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from linli.errors import InvalidSetting
from linli.identifiers import Name, is_name
from linli.settings import read_settings, variable
from linli.waste import Kind


class EdgeSettings(Struct, frozen=True, kw_only=True):
    """`edge.toml`, with `LINLI_…` in the environment over it."""

    community: Annotated[Name, Meta(description="The community's name, as in its inventory.")]
    device: Annotated[Name, Meta(description="This device's name; one process and one outbox for each.")]
    compartments: Annotated[
        str, Meta(description="What each compartment is for: `name=kind`, separated by commas.")
    ] = ""
    profile: Annotated[
        str,
        Meta(description="The jurisdiction: `national`, `shanghai`, or the path of a profile's TOML file."),
    ] = "national"
    data_dir: Annotated[str, Meta(description="Folder under which the outbox lies.")] = "var/linli"
    outbox_max_mb: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="Size of the outbox, megabytes, from which it gives things up."),
    ] = 256
    broker_host: Annotated[str, Meta(min_length=1, description="The broker's host name or address.")] = (
        "127.0.0.1"
    )
    broker_port: Annotated[int, Meta(ge=1, le=65535, description="The broker's TCP port.")] = 1883
    broker_username: Annotated[str, Meta(description="Name at the broker; empty: none.")] = ""
    broker_password: Annotated[str, Meta(description="Password at the broker.")] = ""
    keepalive_s: Annotated[
        int,
        Meta(
            ge=5,
            le=3_600,
            description="How often an idle connection shows that it lives, "
            "and how long a broker may owe an answer, seconds.",
        ),
    ] = 60
    camera: Annotated[str, Meta(description="Driver of the camera: `folder` or `still`.")] = "folder"
    camera_path: Annotated[str, Meta(description="The folder watched, or the image file.")] = ""
    photo_compartment: Annotated[
        str,
        Meta(
            description="The compartment of photos outside a compartment's sub-folder; empty: the only one."
        ),
    ] = ""
    photo_settle_ms: Annotated[
        int, Meta(ge=0, le=60_000, description="How long a photo must not have changed, milliseconds.")
    ] = 500
    look_every_ms: Annotated[
        int, Meta(ge=50, le=60_000, description="How often new photos are looked for, milliseconds.")
    ] = 500
    sensor: Annotated[str, Meta(description="Driver of the level sensor: `none` or `level_file`.")] = "none"
    sensor_path: Annotated[str, Meta(description="The level sensor's file.")] = ""
    reading_every_s: Annotated[
        float, Meta(ge=0.1, le=86_400, description="How often readings are taken, seconds.")
    ] = 60.0
    card_reader: Annotated[str, Meta(description="Driver of the card reader: `none` or `card_file`.")] = (
        "none"
    )
    card_path: Annotated[str, Meta(description="The card reader's file.")] = ""
    card_valid_s: Annotated[
        float, Meta(gt=0, le=3_600, description="How long a card counts after it was presented, seconds.")
    ] = 60.0
    household_key: Annotated[
        str, Meta(description="The community's secret for pseudonyms, at least 16 bytes.")
    ] = ""
    remind_file: Annotated[
        str, Meta(description="File that always holds the latest reminder, for a display; empty: none.")
    ] = ""
    remind_command: Annotated[
        str,
        Meta(description="Program run for each reminder, with its Chinese and English text as arguments."),
    ] = ""
    model_dir: Annotated[
        str, Meta(description="Folder of the classifier's files; empty: the one that came along.")
    ] = ""
    log_level: Annotated[
        str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)\\Z", description="What is logged.")
    ] = "INFO"


def read_edge_settings(environ: Mapping[str, str], toml: str = "") -> EdgeSettings:
    """As linli.settings reads them. Raises InvalidSetting."""
    try:
        return read_settings(EdgeSettings, environ, toml)
    except InvalidSetting as error:
        missing = re.search(r"missing required field `(\w+)`", str(error))
        if missing is None:
            raise
        name = missing[1]
        raise InvalidSetting(
            f"{variable(name)} is not set: set it, or {name} in the file of --config"
        ) from error


def compartments_of(settings: EdgeSettings) -> dict[str, Kind]:
    """The compartments by name. Raises InvalidSetting."""
    found: dict[str, Kind] = {}
    for entry in filter(None, (part.strip() for part in settings.compartments.split(","))):
        name, _, kind = (part.strip() for part in entry.partition("="))
        if not is_name(name):
            raise InvalidSetting(f"LINLI_COMPARTMENTS: {name!r} is no name")
        if kind not in set(Kind):
            raise InvalidSetting(
                f"LINLI_COMPARTMENTS: {entry!r} is no `name=kind`; kinds are {', '.join(Kind)}"
            )
        found[name] = Kind(kind)
    return found


def photo_compartment_of(settings: EdgeSettings, compartments: dict[str, Kind]) -> str | None:
    """Where a photo belongs that lies in no sub-folder: as set, or the only one. Raises InvalidSetting."""
    chosen = settings.photo_compartment
    if chosen and chosen not in compartments:
        raise InvalidSetting(f"LINLI_PHOTO_COMPARTMENT: {chosen!r} is not among LINLI_COMPARTMENTS")
    return chosen or (next(iter(compartments)) if len(compartments) == 1 else None)
