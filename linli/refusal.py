"""Why something on the wire was not taken: the one list of reasons (docs/mqtt.md, "What is refused").

A reason stands in dead letters, in receipts and in metrics, so its text is part of the contract.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """A reason by name."""

    TOPIC = "topic"
    UNKNOWN_COMMUNITY = "unknown_community"
    UNKNOWN_DEVICES = "unknown_devices"
    EPOCHS = "epochs"
    GAPS = "gaps"
    SIZE = "size"
    JSON = "json"
    SCHEMA = "schema"
    PHOTO_HEADER = "photo_header"
    PHOTO_HASH = "photo_hash"
    PHOTO_FORMAT = "photo_format"
    STORE_REFUSED = "store_refused"
    POINT_REJECTED = "point_rejected"
