"""The secrets of the compose file: made at the first start, kept, and shown to who asks on the machine.

`python -m deploy.credentials make | show`, with one folder for each reader under /secrets.
"""

import base64
import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from linli import topics
from linli.topics import DOWNWARD, UPWARD

FOLDER = Path("/secrets")
# mosquitto's own format for a hashed password: PBKDF2 with SHA-512.
MOSQUITTO_ROUNDS = 100_000
SALT_BYTES = 12

# The users that the images run as.
LINLI_UID = 10001
MOSQUITTO_UID = 1883
INFLUXDB_UID = 1000


@dataclass(frozen=True, slots=True)
class Secrets:
    """Everything that is secret in one installation."""

    api_token: str
    ingest_password: str
    bin_password: str
    influxdb_token: str
    influxdb_password: str


def fresh(make: Callable[[], str] = lambda: token_urlsafe(32)) -> Secrets:
    return Secrets(make(), make(), make(), make(), make())


def files(
    secrets: Secrets, salt: Callable[[], bytes] = lambda: token_bytes(SALT_BYTES)
) -> dict[str, tuple[int, str]]:
    """What is written: path under FOLDER -> (the user who may read it, text)."""
    server = {
        "LINLI_API_TOKEN": secrets.api_token,
        "LINLI_BROKER_PASSWORD": secrets.ingest_password,
        "LINLI_INFLUXDB_TOKEN": secrets.influxdb_token,
    }
    passwords = {"ingest": secrets.ingest_password, "bin": secrets.bin_password}
    hashed = "".join(f"{user}:{mosquitto_hash(password, salt())}\n" for user, password in passwords.items())
    return {
        "mosquitto/passwords": (MOSQUITTO_UID, hashed),
        "mosquitto/acl": (MOSQUITTO_UID, access()),
        "influxdb/token": (INFLUXDB_UID, secrets.influxdb_token),
        "influxdb/password": (INFLUXDB_UID, secrets.influxdb_password),
        "linli/bins.env": (LINLI_UID, f"LINLI_BROKER_PASSWORD={secrets.bin_password}\n"),
        # Last, because it says that all the others are there.
        "linli/server.env": (LINLI_UID, "".join(f"{name}={value}\n" for name, value in server.items())),
    }


def mosquitto_hash(password: str, salt: bytes) -> str:
    """A line of mosquitto's password file, without the user: `$7$rounds$salt$hash`."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, MOSQUITTO_ROUNDS, 64)
    return f"$7${MOSQUITTO_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def access() -> str:
    """Mosquitto's access list: bins say what goes up and hear what comes down, and nothing else."""
    lines = ["user ingest", f"topic readwrite {topics.PREFIX}/#", "", "user bin"]
    lines += [f"topic write {topic}" for topic in topics.subscriptions(UPWARD)]
    lines += [f"topic read {topic}" for topic in topics.subscriptions(DOWNWARD)]
    return "\n".join(lines) + "\n"


def make(folder: Path = FOLDER) -> None:
    """Writes fresh secrets, unless there are any: a second start changes nothing."""
    if (folder / "linli" / "server.env").exists():
        return
    for name, (uid, text) in files(fresh()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            os.chown(path.parent, uid, uid)
            os.chown(path, uid, uid)


def show(folder: Path = FOLDER) -> str:
    """What a person needs: the page's token, and how a bin signs in."""
    values = {}
    for name in ("server.env", "bins.env"):
        for line in (folder / "linli" / name).read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            values[name, key] = value
    return (
        f"token of the page and the API: {values['server.env', 'LINLI_API_TOKEN']}\n"
        f"MQTT, for bins: user bin, password {values['bins.env', 'LINLI_BROKER_PASSWORD']}"
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make"]:
            make()
        case ["show"]:
            print(show())
        case _:
            sys.exit(__doc__)
