"""The embedded broker, for machines without mosquitto: rumqttd inside the iotcore wheel.

It runs in a process of its own (`python -m deploy.embedded CONFIG`): rumqttd has no way to be stopped, and a
broker that dies must not take anything else with it.
"""

import importlib.util
import logging
import signal
import sys
from pathlib import Path
from string import Template

from linli import topics
from linli.topics import Channel

TEMPLATE = Path(__file__).with_name("iotcore.toml")


def installed() -> bool:
    return importlib.util.find_spec("iotcore") is not None


def command(host: str, port: int, data_dir: Path) -> list[str]:
    """Writes the configuration into `data_dir` and gives the command that runs the broker with it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "iotcore.toml"
    events, photos = topics.subscriptions((Channel.EVENTS, Channel.PHOTOS))
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        host=host, port=port, events=events, photos=photos
    )
    path.write_text(text, encoding="utf-8")
    return [sys.executable, "-m", "deploy.embedded", str(path)]


def run(config: Path) -> None:
    """Runs the broker in this process until it is killed."""
    from iotcore import IotCoreBroker

    # The native loop never returns to Python, where a handler would run: let the signals end the process.
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.SIG_DFL)
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # rumqttd wraps each packet in an error span, so that its log would hold a line for every one.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    IotCoreBroker(config_path=str(config)).run_forever()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
