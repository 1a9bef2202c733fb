"""A message as the broker delivered it, and what decoding makes of it."""

from msgspec import Struct

from linli.batch import Refused
from linli.events import Event
from linli.messages import PhotoHeader, Reply, Status
from linli.ports.operational import DeviceKey
from linli.refusal import Refusal


class Message(Struct, gc=False):
    """One PUBLISH. `connection` is the number of the connection it came on: only there can it be
    acknowledged.
    """

    topic: bytes
    payload: bytes
    received_ms: int
    qos: int = 0
    mid: int = 0
    connection: int = 0
    retained: bool = False


Stream = tuple[str, str, str]
"""(community, device, epoch)"""


class Batch(Struct, gc=False):
    """Events of one device and epoch (`stream`), with those of them that could not be read.

    `retained`, of this and the others: the broker repeats it; it says nothing of now.
    """

    device: DeviceKey
    topic: str
    stream: Stream
    first: int
    sent: int | None
    events: list[Event]
    refused: list[Refused]
    received_ms: int
    retained: bool = False
    offset_ms: int | None = None

    @property
    def epoch(self) -> str:
        return self.stream[2]


class PhotoArrival(Struct):
    """A photo whose bytes have the hash its header says."""

    device: DeviceKey
    topic: str
    header: PhotoHeader
    jpeg: bytes
    received_ms: int
    retained: bool = False


class StatusArrival(Struct):
    """What a device, or the broker in its place, says of its presence."""

    device: DeviceKey
    topic: str
    status: Status
    received_ms: int
    retained: bool = False


class ReplyArrival(Struct):
    """A device's answer to a command."""

    device: DeviceKey
    topic: str
    reply: Reply
    received_ms: int
    retained: bool = False


class Letter(Struct, gc=False):
    """A message that was refused as a whole.

    `device` is who sent it, where its topic can be believed; `photo` names a photo that need not come again.
    """

    topic: str
    reason: Refusal
    detail: str
    raw: bytes
    received_ms: int
    device: DeviceKey | None = None
    photo: PhotoHeader | None = None
    retained: bool = False


Arrival = Batch | PhotoArrival | StatusArrival | ReplyArrival | Letter
