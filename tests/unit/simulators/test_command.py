"""The command line."""

import pytest

from edge.publisher import Broker
from linli.inventory import parse_inventory
from simulators.__main__ import main, parser
from simulators.inventory import inventory_toml
from simulators.neighbourhood import found
from simulators.run import broker_of


def test_inventory_writes_the_neighbourhood_of_its_seed(tmp_path):
    out = tmp_path / "new" / "inventory.toml"
    assert main(["inventory", "--seed", "9", "--bins", "5", "--households", "30", "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert text == inventory_toml(found(9, 5, 30, "shanghai"))
    assert len(parse_inventory(text).devices) == 6


def test_the_devices_name_themselves_to_the_broker_as_the_environment_says():
    options = parser().parse_args(
        ["run", "--truth", "t", "--broker-host", "mosquitto", "--broker-port", "1884"]
    )
    environ = {"LINLI_BROKER_USERNAME": "bin", "LINLI_BROKER_PASSWORD": "secret"}
    assert broker_of(options, environ) == Broker("mosquitto", 1884, "bin", "secret")
    assert broker_of(options, dict.fromkeys(environ, "")) == Broker("mosquitto", 1884)


@pytest.mark.parametrize(
    "wrong",
    [
        ["run"],
        ["run", "--truth", "t", "--speed", "0"],
        ["run", "--truth", "t", "--duplicate", "1.5"],
        ["run", "--truth", "t", "--seconds", "soon"],
        ["inventory", "--out", "i", "--profile", "mars"],
        [],
    ],
)
def test_what_is_no_command_is_said_to_be_none(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "says"),
    [(["--bins", "0"], "at least one bin"), (["--photos", "nowhere.tar"], "neither a folder nor a tar")],
)
def test_what_cannot_be_done_is_one_line_and_status_2(tmp_path, monkeypatch, capsys, wrong, says):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--truth", "truth.json", *wrong]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert not (tmp_path / "truth.json").exists()
