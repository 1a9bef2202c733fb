"""Every MQTT topic linli uses is built and parsed here (docs/mqtt.md)."""

from dataclasses import dataclass
from enum import StrEnum

from linli.errors import InvalidMessage
from linli.identifiers import is_name
from linli.refusal import Refusal

PREFIX = "linli/v1"


class Channel(StrEnum):
    """The last level of a device's topic."""

    EVENTS = "events"
    PHOTOS = "photos"
    STATUS = "status"
    REPLIES = "replies"
    RECEIPTS = "receipts"
    COMMANDS = "commands"


UPWARD = (Channel.EVENTS, Channel.PHOTOS, Channel.STATUS, Channel.REPLIES)
DOWNWARD = (Channel.RECEIPTS, Channel.COMMANDS)


@dataclass(frozen=True, slots=True)
class Topic:
    """Where a message of one device goes or comes from."""

    community: str
    device: str
    channel: Channel

    def __str__(self) -> str:
        return f"{PREFIX}/{self.community}/{self.device}/{self.channel}"


def parse(topic: str) -> Topic:
    """Read a device's topic.

    Raises InvalidMessage(`topic`) when it has another shape, another version or names no channel.
    """
    levels = topic.split("/")
    if len(levels) != 5 or levels[0] != "linli" or levels[1] != "v1":
        raise InvalidMessage(Refusal.TOPIC, f"{topic[:200]!r} is not linli/v1/<community>/<device>/<channel>")
    _, _, community, device, channel = levels
    if not (is_name(community) and is_name(device)):
        raise InvalidMessage(Refusal.TOPIC, f"{topic[:200]!r} has a community or device that is no name")
    try:
        return Topic(community, device, Channel(channel))
    except ValueError:
        raise InvalidMessage(Refusal.TOPIC, f"{channel[:64]!r} is no channel") from None


def subscriptions(channels: tuple[Channel, ...], community: str = "+", device: str = "+") -> list[str]:
    """Topic filters for these channels of one, or of every, community and device."""
    return [f"{PREFIX}/{community}/{device}/{channel}" for channel in channels]


def receipts(community: str, device: str) -> str:
    """Where a device hears what is settled: str(Topic(…)), of which a thousand a second are sent."""
    return f"{PREFIX}/{community}/{device}/receipts"


def alerts(community: str) -> str:
    """Where every change of a community's alerts is published."""
    return f"{PREFIX}/{community}/alerts"
