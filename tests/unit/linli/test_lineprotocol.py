"""Line protocol, against the examples of its own reference and our corner cases."""

from collections.abc import Mapping

import pytest

from linli.lineprotocol import TIME_MAX_NS, Field, line, series


@pytest.mark.parametrize(
    ("measurement", "tags", "fields", "written"),
    [
        ("m", {}, {"f": 1.0}, "m f=1.0 1"),
        ("m", {"b": "2", "a": "1"}, {"f": 0.1, "g": "x"}, 'm,a=1,b=2 f=0.1,g="x" 1'),
        ("m", {"a": "1", "none": ""}, {"f": 0.1}, "m,a=1 f=0.1 1"),
        (
            "my table",
            {"tag key": "tag,val=ue"},
            {"f": 1e-7},
            r"my\ table,tag\ key=tag\,val\=ue f=1e-07 1",
        ),
        ("m", {"t": "a\\b"}, {"f": 'say "hi" \\ bye'}, r'm,t=a\b f="say \"hi\" \\ bye" 1'),
        ("m", {"t": "厨余"}, {"f": ""}, 'm,t=厨余 f="" 1'),
        ("m", {}, {"f": 12}, "m f=12.0 1"),  # a number is a float for ever, whole or not
        ("m", {}, {"f": "x=1, y z"}, 'm f="x=1, y z" 1'),
    ],
)
def test_a_point_is_a_line(
    measurement: str, tags: Mapping[str, str], fields: Mapping[str, Field], written: str
) -> None:
    assert line(series(measurement, tags.items()), fields, 1) == written


@pytest.mark.parametrize(
    ("measurement", "tags"),
    [("", {}), ("m", {"": "x"}), ("m", {"t": "a\nb"}), ("m", {"t": "a\\"}), ("m", {"t": "\0"})],
)
def test_what_no_line_can_name_is_an_error(measurement: str, tags: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="no name or tag"):
        series(measurement, tags.items())


@pytest.mark.parametrize(
    ("fields", "at_ns"),
    [
        ({}, 1),
        ({"": 1.0}, 1),
        ({"f": float("nan")}, 1),
        ({"f": float("-inf")}, 1),
        ({"f": 1.0}, TIME_MAX_NS + 1),
        ({"f": 1.0}, -1),
    ],
)
def test_what_no_line_can_say_is_an_error(fields: Mapping[str, Field], at_ns: int) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        line("m", fields, at_ns)
