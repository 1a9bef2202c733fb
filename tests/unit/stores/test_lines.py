"""Line protocol, against the examples of its own reference and our corner cases."""

import pytest

from linli.points import Point
from stores.influxdb.lines import encode


@pytest.mark.parametrize(
    ("point", "line"),
    [
        (Point("m", {}, {"f": 1.0}, 1), b"m f=1.0 1"),
        (Point("m", {"b": "2", "a": "1"}, {"f": 0.1, "g": "x"}, 2), b'm,a=1,b=2 f=0.1,g="x" 2'),
        (
            Point("my table", {"tag key": "tag,val=ue"}, {"f": 1e-7}, 3),
            rb"my\ table,tag\ key=tag\,val\=ue f=1e-07 3",
        ),
        (Point("m", {"t": "a\\b"}, {"f": 'say "hi" \\ bye'}, 4), rb'm,t=a\b f="say \"hi\" \\ bye" 4'),
        (Point("m", {"t": "厨余"}, {"f": ""}, 5), 'm,t=厨余 f="" 5'.encode()),
        (Point("m", {}, {"f": 12}, 6), b"m f=12.0 6"),  # a number is a float for ever, whole or not
        (Point("m", {}, {"f": "x=1, y z"}, 7), b'm f="x=1, y z" 7'),
    ],
)
def test_a_point_is_a_line(point: Point, line: bytes) -> None:
    assert encode(point) == line


@pytest.mark.parametrize(
    "point",
    [
        Point("", {}, {"f": 1.0}, 1),
        Point("m", {"t": ""}, {"f": 1.0}, 1),
        Point("m", {"t": "a\nb"}, {"f": 1.0}, 1),
        Point("m", {"t": "a\\"}, {"f": 1.0}, 1),
        Point("m", {}, {}, 1),
        Point("m", {}, {"": 1.0}, 1),
        Point("m", {}, {"f": float("nan")}, 1),
        Point("m", {}, {"f": float("-inf")}, 1),
        Point("m", {}, {"f": 1.0}, 2**63),
    ],
)
def test_what_no_line_can_say_is_an_error(point: Point) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        encode(point)
