"""mosquitto with linli's configuration: the broker of a real site."""

import os
import shutil
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).with_name("mosquitto.conf")

# Debian puts the daemon where a user's PATH does not look.
EXTRA_PATH = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def find() -> str | None:
    """The path of the mosquitto daemon, or None where it is not installed."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *EXTRA_PATH]))


def configuration(host: str, port: int, data_dir: Path) -> str:
    """The text of a mosquitto.conf for one loopback listener that keeps its state in `data_dir`."""
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(host=host, port=port, data_dir=data_dir)
    if os.geteuid() == 0:
        # As root it would become the user "mosquitto", who may not write into our data directory.
        text += "\nuser root\n"
    return text


def command(binary: str, host: str, port: int, data_dir: Path) -> list[str]:
    """Writes the configuration into `data_dir` and gives the command that runs mosquitto with it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "mosquitto.conf"
    path.write_text(configuration(host, port, data_dir.resolve()), encoding="utf-8")
    return [binary, "-c", str(path)]
