"""Who this device is, as its messages and its reminders need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from linli import __version__
from linli.events import encode
from linli.identifiers import MILLIS_MAX
from linli.messages import Status
from linli.topics import Channel, Topic
from linli.waste import Kind


@dataclass(frozen=True, slots=True)
class Identity:
    """One device of a community.

    `compartments` maps a compartment's name to the kind it is for. `model` is the classifier's hash
    (hex), `via` the gateway that speaks for the device.
    """

    community: str
    device: str
    compartments: Mapping[str, Kind] = field(default_factory=dict)
    software: str = f"linli-edge/{__version__}"
    model: str | None = None
    via: str | None = None

    def topic(self, channel: Channel) -> str:
        """The device's topic for this channel."""
        return str(Topic(self.community, self.device, channel))

    def status(self, state: Literal["online", "offline"], session: str, wall_ms: int) -> bytes:
        """What it says of itself on this connection; `wall_ms` is its clock."""
        sent = wall_ms if 0 <= wall_ms <= MILLIS_MAX else None
        return encode(
            Status(
                state=state,
                session=session,
                sent=sent,
                via=self.via,
                software=self.software,
                model=self.model,
            )
        )

    def will(self, session: str) -> bytes:
        """What the broker says when the connection breaks."""
        return encode(Status(state="offline", session=session, via=self.via))

    def __str__(self) -> str:
        return f"{self.community}/{self.device}"
