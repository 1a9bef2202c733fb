"""Points as line protocol (InfluxData's "Line protocol"): `measurement,tag=value field=value time`."""

import math
import re
from functools import lru_cache

from linli.points import Field, Point

TIME_MAX_NS = 2**63 - 2
"""InfluxDB's last nanosecond, in the year 2262."""

_IN_MEASUREMENT = re.compile(r"([, ])")
_IN_TAG = re.compile(r"([,= ])")
_IN_STRING = re.compile(r'(["\\])')


def encode(point: Point) -> bytes:
    """One line, without its newline. Raises ValueError for what no line can say."""
    if not point.fields:
        raise ValueError("a point needs a field")
    if not 0 <= point.time_ns <= TIME_MAX_NS:
        raise ValueError(f"time {point.time_ns} ns lies outside 1970 to 2262")
    fields = ",".join([f"{_tag(name)}={_value(name, value)}" for name, value in point.fields.items()])
    return f"{_series(point.measurement, tuple(point.tags.items()))} {fields} {point.time_ns}".encode()


@lru_cache(maxsize=65_536)
def _series(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    """A place's part of the line, the same for all its points. Tags are sorted, as the server wants them."""
    _check(measurement)
    name = _IN_MEASUREMENT.sub(r"\\\1", measurement)
    return ",".join([name, *(f"{_tag(key)}={_tag(value)}" for key, value in sorted(tags))])


@lru_cache(maxsize=4_096)
def _tag(text: str) -> str:
    _check(text)
    return _IN_TAG.sub(r"\\\1", text)


def _value(name: str, value: Field) -> str:
    if isinstance(value, str):
        return '"' + _IN_STRING.sub(r"\\\1", value) + '"'
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}, and no line can say that")
    return repr(float(value))


def _check(text: str) -> None:
    """Outside quotes there is no escape for a line's end, nor for a backslash before what follows."""
    if not text or text.endswith("\\") or any(mark in text for mark in "\n\r\0"):
        raise ValueError(f"{text!r} can be no name or tag of a point")
