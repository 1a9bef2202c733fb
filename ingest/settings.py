"""What ingest can be told. Each field is LINLI_<FIELD> in the environment, or a key of the settings file."""

from typing import Annotated

from msgspec import Meta

from stores.settings import StoreSettings


class Settings(StoreSettings, frozen=True, kw_only=True):
    """The settings of `python -m ingest`."""

    inventory: Annotated[str, Meta(description="path of inventory.toml")] = ""

    communities: Annotated[
        str, Meta(description="communities this ingest takes, separated by commas; empty: all")
    ] = ""

    broker_host: Annotated[str, Meta(description="MQTT broker's name or address")] = "127.0.0.1"
    broker_port: Annotated[int, Meta(ge=1, le=65_535, description="MQTT broker's TCP port")] = 1883
    broker_username: Annotated[str, Meta(description="MQTT user; empty: none")] = ""
    broker_password: Annotated[str, Meta(description="MQTT password; empty: none")] = ""

    webhook_url: Annotated[str, Meta(description="where alerts that page are POSTed; empty: nowhere")] = ""
    offline_after_s: Annotated[
        int, Meta(ge=1, le=604_800, description="seconds without a word until a device is offline")
    ] = 180
    mute_after_s: Annotated[
        int, Meta(ge=1, le=2_678_400, description="seconds without an event until an online device is mute")
    ] = 3_600

    ingest_group_ms: Annotated[
        int, Meta(ge=0, le=1_000, description="milliseconds a commit group waits for more messages")
    ] = 5
    ingest_group_messages: Annotated[
        int, Meta(ge=1, le=10_000, description="messages after which a commit group waits no longer")
    ] = 4_000
    ingest_metrics_port: Annotated[
        int, Meta(ge=0, le=65_535, description="TCP port of ingest's Prometheus page; 0: none")
    ] = 0
    ingest_metrics_host: Annotated[str, Meta(description="address that page listens on")] = "127.0.0.1"

    unknown_devices_max: Annotated[
        int, Meta(ge=0, le=1_000_000, description="devices that may wait to be accepted")
    ] = 2_000
    keep_events_days: Annotated[
        int, Meta(ge=0, le=36_500, description="days raw events are kept; 0: for ever")
    ] = 400
    keep_photos_days: Annotated[
        int, Meta(ge=0, le=36_500, description="days photos are kept; 0: for ever")
    ] = 90
    keep_dead_letters_days: Annotated[
        int, Meta(ge=0, le=36_500, description="days what was refused is kept; 0: for ever")
    ] = 90
    keep_rollups_days: Annotated[
        int, Meta(ge=0, le=36_500, description="days hourly sums of telemetry are kept; 0: for ever")
    ] = 0
    keep_unknown_days: Annotated[
        int,
        Meta(ge=0, le=36_500, description="days a silent device that nobody accepted is kept; 0: for ever"),
    ] = 30
    keep_changes: Annotated[
        int, Meta(ge=1_000, le=10_000_000, description="live changes kept for readers that were away")
    ] = 100_000
