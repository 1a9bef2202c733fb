import pytest

from edge.errors import SensorFault
from edge.sensors.level_file import LevelFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "levels.json"


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return LevelFile(path).read()


def test_json_with_compartments_and_the_device_itself(path):
    content = '{"battery_pct": 81, "kitchen": {"fill_pct": 40, "lid_open": true}, "other": {"fill_pct": 7.5}}'
    assert read(path, content) == {
        None: {"battery_pct": 81.0},
        "kitchen": {"fill_pct": 40.0, "lid_open": 1.0},
        "other": {"fill_pct": 7.5},
    }


def test_lines(path):
    content = "# by the scale\nbattery_pct = 81\n\nkitchen/fill_pct=40\nkitchen/lid_open = false\n"
    assert read(path, content) == {
        None: {"battery_pct": 81.0},
        "kitchen": {"fill_pct": 40.0, "lid_open": 0.0},
    }


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty"),
        ("{", "understood"),
        ("hello", "channel = value"),
        ('{"fil_pct": 3}', "no channel"),
        ('{"fill_pct": null}', "NoneType"),
        ('{"fill_pct": "much"}', "understood"),
        ('{"fill_pct": NaN}', "nan"),
        ('{"fill_pct": 1e999}', "inf"),
        ('{"fill_pct": 140}', "fill_pct"),
        ('{"kitchen": {"fill_pct": -1}}', "fill_pct"),
        ('{"no name": {"fill_pct": 1}}', "compartment"),
        ('{"kitchen": {}}', "at least one"),
        ('{"kitchen": {"battery_pct": 81}}', "the device's own"),
        ("kitchen/signal_dbm = -70", "the device's own"),
        ('{"kitchen": [1]}', "no channel"),
        (b"\xff\xfe{", "understood"),
        ('{"fill_pct": ' + "4" * 400 + "}", "understood"),
        ('{"\\ud800": {"fill_pct": 1}}', "understood"),
        (b"{" * 10_000, "understood"),
        ('{"a":' * 3_000, "understood"),
        (b" " * 20_000, "larger"),
        ("fill_pct = 1" * 2, "understood"),
    ],
)
def test_what_cannot_be_trusted_is_a_fault(path, content, why):
    with pytest.raises(SensorFault, match=why) as caught:
        read(path, content)
    assert caught.value.code == "level_sensor"


def test_a_missing_file_is_a_fault(path):
    with pytest.raises(SensorFault, match="No such file"):
        LevelFile(path).read()
