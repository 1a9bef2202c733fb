from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from linli.errors import InvalidSetting
from linli.settings import read_settings


class Settings(msgspec.Struct, frozen=True):
    broker_host: str = "127.0.0.1"
    broker_port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    verbose: bool = False


def test_the_environment_wins_over_the_file_over_the_default() -> None:
    read = read_settings(Settings, {"LINLI_BROKER_PORT": "1884", "LINLI_BROKER_HOST": ""}, "broker_port = 1")
    assert read == Settings("127.0.0.1", 1884)
    assert read_settings(Settings, {"LINLI_VERBOSE": "true"}).verbose


@pytest.mark.parametrize(
    ("environ", "toml", "named"),
    [
        ({"LINLI_BROKER_PORT": "mqtt"}, "", "LINLI_BROKER_PORT"),
        ({"LINLI_BROKER_PORT": "70000"}, "", "LINLI_BROKER_PORT"),
        ({}, "broker_prot = 1883", "broker_prot"),
        ({}, "broker_port = ", "TOML"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(environ, toml, named) -> None:
    with pytest.raises(InvalidSetting, match=named) as raised:
        read_settings(Settings, environ, toml)
    assert "\n" not in str(raised.value)
