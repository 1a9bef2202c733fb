"""Points as text: InfluxData's line protocol, `measurement,tag=value field=value time`."""

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

Field = float | str

TIME_MAX_NS = 2**63 - 2
"""The last nanosecond that a time-series store knows, in the year 2262."""

_IN_MEASUREMENT = re.compile(r"([, ])")
_IN_TAG = re.compile(r"([,= ])")
_IN_STRING = re.compile(r'(["\\])')


def line(series: str, fields: Mapping[str, Field], at_ns: int) -> str:
    """One line, without its end. Raises ValueError for what no line can say."""
    if not fields:
        raise ValueError("a point needs a field")
    written = ",".join([f"{_tag(name)}={_value(name, value)}" for name, value in fields.items()])
    return f"{series} {written} {time(at_ns)}"


def series(measurement: str, tags: Iterable[tuple[str, str]]) -> str:
    """A place's part of the line, the same for all its points. Raises ValueError.

    Tags are sorted, as a server wants them; an empty one is left out.
    """
    _check(measurement)
    name = _IN_MEASUREMENT.sub(r"\\\1", measurement)
    return ",".join([name, *(f"{_tag(key)}={_tag(value)}" for key, value in sorted(tags) if value)])


def time(at_ns: int) -> int:
    """The same. Raises ValueError when no store could hold it."""
    if not 0 <= at_ns <= TIME_MAX_NS:
        raise ValueError(f"time {at_ns} ns lies outside 1970 to 2262")
    return at_ns


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
