"""A small file that another program keeps up to date with what it measures."""

import json
import math
from pathlib import Path
from typing import Any

import msgspec

from edge.errors import SensorFault
from edge.sensors import Readings
from linli.errors import InvalidMessage
from linli.events import CHANNELS, decode_event

MAX_BYTES = 16_384
CODE = "level_sensor"


class LevelFile:
    """Read anew at each reading. Either JSON:

        {"battery_pct": 81, "kitchen": {"fill_pct": 40, "temperature_c": 21.5}}

    or a line for each value:

        battery_pct = 81
        kitchen/fill_pct = 40
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Readings:
        """Raises SensorFault when the file is missing, cannot be understood, or says what cannot be."""
        try:
            with self._path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise SensorFault(CODE, f"the file cannot be read: {error.strerror}") from error
        if len(content) > MAX_BYTES:
            raise SensorFault(CODE, f"the file is larger than {MAX_BYTES} bytes")
        try:
            text = content.decode("utf-8-sig").strip()
            readings = _from_json(text) if text.startswith("{") else _from_lines(text)
            for compartment, channels in readings.items():
                _check(compartment, channels)
        except (ValueError, OverflowError, RecursionError) as error:  # JSON's and UTF-8's are kinds of these
            raise SensorFault(CODE, f"the file cannot be understood: {error}") from error
        return readings


def _from_json(text: str) -> dict[str | None, dict[str, float]]:
    readings: dict[str | None, dict[str, float]] = {}
    for name, value in json.loads(text).items():
        if isinstance(value, dict):
            readings[name] = {channel: _number(channel, one) for channel, one in value.items()}
        else:
            readings.setdefault(None, {})[name] = _number(name, value)
    return readings


def _from_lines(text: str) -> dict[str | None, dict[str, float]]:
    readings: dict[str | None, dict[str, float]] = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, found, value = line.partition("=")
        if not found:
            raise ValueError(f"{line.strip()[:40]!r} is no `channel = value`")
        compartment, _, channel = name.strip().rpartition("/")
        readings.setdefault(compartment or None, {})[channel] = _number(channel, value.strip())
    if not readings:
        raise ValueError("it is empty")
    return readings


def _number(channel: str, value: Any) -> float:
    if channel not in CHANNELS:
        raise ValueError(f"{channel[:40]!r} is no channel; there are {', '.join(CHANNELS)}")
    if isinstance(value, str) and value in {"true", "false"}:
        value = value == "true"
    if not isinstance(value, int | float | str):
        raise ValueError(f"{channel} is {type(value).__name__}")  # noqa: TRY004 - one error for a bad file
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{channel} is {value}")
    return number


def _check(compartment: str | None, channels: dict[str, float]) -> None:
    """As the receiver will, so that a sensor gone mad is a fault here and not a dead letter there."""
    event: dict[str, Any] = {"kind": "telemetry", "seq": 1, **channels}
    if "lid_open" in channels:
        event["lid_open"] = bool(channels["lid_open"])
    if compartment is not None:
        event["compartment"] = compartment
    try:
        decode_event(msgspec.json.encode(event))
    except InvalidMessage as error:
        raise SensorFault(CODE, error.detail, compartment) from error
