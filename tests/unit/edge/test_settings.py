import hashlib
import hmac
import os
from pathlib import Path

import msgspec
import pytest

from edge.assembly import read_profile
from edge.cards import CardFile, open_card_reader
from edge.errors import SensorFault
from edge.households import pseudonym
from edge.sensors import open_sensor
from edge.settings import EdgeSettings, compartments_of, photo_compartment_of, read_edge_settings
from linli.errors import InvalidSetting
from linli.settings import read_settings
from linli.waste import Kind

EXAMPLE = (Path(__file__).parents[3] / "edge" / "edge.example.toml").read_text(encoding="utf-8")
KEY = b"a key of the community"


def settings(**more):
    return EdgeSettings(community="garden", device="bin-1", **more)


def test_the_example_is_read_and_the_environment_goes_over_it():
    read = read_settings(EdgeSettings, {"LINLI_BROKER_PORT": "2883"}, EXAMPLE)
    assert (read.device, read.broker_port, read.profile) == ("bin-1", 2883, "shanghai")
    assert compartments_of(read) == {"kitchen": Kind.KITCHEN, "recyclable": Kind.RECYCLABLE}


def test_every_setting_is_described():
    for field in msgspec.structs.fields(EdgeSettings):
        node = msgspec.inspect.type_info(field.type)
        extra = node.extra_json_schema if isinstance(node, msgspec.inspect.Metadata) else None
        assert extra, f"{field.name} has no description"


@pytest.mark.parametrize(
    ("toml", "environ", "named"),
    [
        ("colour = 1", {}, "colour"),
        ("", {"LINLI_DEVICE": "no name"}, "LINLI_DEVICE"),
        ("", {"LINLI_BROKER_PORT": "70000"}, "LINLI_BROKER_PORT"),
        ("", {"LINLI_READING_EVERY_S": "often"}, "LINLI_READING_EVERY_S"),
        ("", {"LINLI_LOG_LEVEL": "loud"}, "LINLI_LOG_LEVEL"),
        ("this is = = no toml", {}, "TOML"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(toml, environ, named):
    base = {"LINLI_COMMUNITY": "garden", "LINLI_DEVICE": "bin-1"}
    with pytest.raises(InvalidSetting, match=named) as caught:
        read_settings(EdgeSettings, base | environ, toml)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["community", "device"])
def test_what_must_be_set_is_named_with_where_to_set_it(name):
    given = {"LINLI_COMMUNITY": "garden", "LINLI_DEVICE": "bin-1", f"LINLI_{name.upper()}": ""}
    with pytest.raises(InvalidSetting, match=f"^LINLI_{name.upper()} is not set.*--config"):
        read_edge_settings(given)


@pytest.mark.parametrize("wrong", ["kitchen", "kitchen=soup", "a b=kitchen", "=kitchen"])
def test_compartments_that_are_none(wrong):
    with pytest.raises(InvalidSetting, match="LINLI_COMPARTMENTS"):
        compartments_of(settings(compartments=wrong))


def test_where_a_photo_belongs_that_says_nothing():
    one, two = {"k": Kind.KITCHEN}, {"k": Kind.KITCHEN, "o": Kind.OTHER}
    assert photo_compartment_of(settings(), one) == "k"
    assert photo_compartment_of(settings(), two) is None
    assert photo_compartment_of(settings(photo_compartment="o"), two) == "o"
    with pytest.raises(InvalidSetting, match="LINLI_PHOTO_COMPARTMENT"):
        photo_compartment_of(settings(photo_compartment="x"), two)


def test_profiles_by_name_and_by_path(tmp_path):
    assert read_profile("national").id == "national"
    with pytest.raises(InvalidSetting, match="LINLI_PROFILE"):
        read_profile(str(tmp_path / "none.toml"))
    with pytest.raises(
        InvalidSetting, match=r"LINLI_PROFILE.*'beijing'.*there are national, shanghai, or the path"
    ):
        read_profile("beijing")


def test_a_pseudonym_is_the_hmac_of_the_card():
    assert pseudonym(KEY, " 0042\n") == hmac.new(KEY, b"0042", hashlib.sha256).hexdigest()[:32]
    assert pseudonym(KEY, "0042") != pseudonym(KEY + b"2", "0042")
    with pytest.raises(ValueError, match="16 bytes"):
        pseudonym(b"short", "0042")


def test_a_card_counts_for_a_while(tmp_path):
    path = tmp_path / "card"
    now = [1_000.0]
    reader = CardFile(path, KEY, 60, lambda: now[0])
    assert reader.household() is None
    path.write_text("0042\n")
    os.utime(path, (1_000, 1_000))
    assert reader.household() == pseudonym(KEY, "0042")
    now[0] = 1_061.0
    assert reader.household() is None
    now[0] = 999.0
    assert reader.household() is None


@pytest.mark.parametrize("content", [b"\xff\xfe", b"9" * 5_000])
def test_a_reader_gone_mad_is_a_fault(tmp_path, content):
    (tmp_path / "card").write_bytes(content)
    with pytest.raises(SensorFault):
        CardFile(tmp_path / "card", KEY, 60, lambda: (tmp_path / "card").stat().st_mtime).household()


def test_drivers_that_are_none():
    assert open_sensor(settings()) is None
    assert open_card_reader(settings()) is None
    with pytest.raises(InvalidSetting, match="LINLI_SENSOR cannot be 'radar': there are none, level_file"):
        open_sensor(settings(sensor="radar"))
    with pytest.raises(InvalidSetting, match="LINLI_SENSOR_PATH"):
        open_sensor(settings(sensor="level_file"))
    with pytest.raises(InvalidSetting, match="LINLI_CARD_READER cannot be 'eye'"):
        open_card_reader(settings(card_reader="eye"))
    with pytest.raises(InvalidSetting, match="LINLI_CARD_PATH is needed by the card reader 'card_file'"):
        open_card_reader(settings(card_reader="card_file", household_key=KEY.decode()))
    with pytest.raises(InvalidSetting, match="LINLI_HOUSEHOLD_KEY"):
        open_card_reader(settings(card_reader="card_file", card_path="x", household_key="short"))
