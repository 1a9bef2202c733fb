"""The API's settings, and where it may listen with them."""

import ipaddress
from typing import Annotated

from msgspec import Meta

from linli.errors import InvalidSetting
from stores.settings import StoreSettings

TOKEN_MIN = 16

Address = Annotated[str, Meta(max_length=255)]


class Settings(StoreSettings, frozen=True, kw_only=True):
    """Read once at start, from `LINLI_…` variables over a TOML file."""

    api_host: Annotated[Address, Meta(description="address to listen on")] = "127.0.0.1"
    api_port: Annotated[int, Meta(ge=0, le=65535, description="TCP port; 0 takes a free one")] = 8000
    api_token: Annotated[str, Meta(max_length=512, description="asked of every caller when set")] = ""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_listening(settings: Settings) -> None:
    """Refuse to listen where others can reach us without a token.

    Raises InvalidSetting, one line that says what to set.
    """
    token = settings.api_token
    if token and (len(token) < TOKEN_MIN or not token.isascii() or not token.isprintable() or " " in token):
        raise InvalidSetting(
            f"LINLI_API_TOKEN needs at least {TOKEN_MIN} printable ASCII characters without spaces"
        )
    if not token and not is_loopback(settings.api_host):
        raise InvalidSetting(
            f"LINLI_API_HOST={settings.api_host} can be reached by others, so LINLI_API_TOKEN must be set "
            f"(at least {TOKEN_MIN} characters); then open "
            f"http://<lan-ip>:{settings.api_port}/?token=<LINLI_API_TOKEN> on the phone"
        )
