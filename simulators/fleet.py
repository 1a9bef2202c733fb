"""The neighbourhood's devices: real edge code, all in one thread."""

import random
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from edge.bin import BinRuntime
from edge.camera import CameraRuntime
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outbox import Outbox
from edge.outboxfile import open_outbox
from edge.publisher import Broker, Publisher
from edge.reminder import Reminder
from edge.runtime import DeviceRuntime
from edge.seeing import Classifier
from linli.clock import Clock
from linli.waste import Profile
from simulators.neighbourhood import COMPARTMENTS, Neighbourhood


class Fleet:
    """All bins and the camera. `devices` is both, by name; `reminders` counts what residents were told."""

    def __init__(
        self,
        place: Neighbourhood,
        profile: Profile,
        classifier: Classifier,
        broker: Broker,
        data: Path,
        clock: Clock,
    ) -> None:
        """Opens the outboxes in `data`. Raises OutboxError."""
        self.reminders = 0
        self._clock = clock
        self._loop = EdgeLoop(clock)
        self._away: set[str] = set()
        self.bins: dict[str, BinRuntime] = {}
        for bin_ in place.bins:
            identity = Identity(place.community, bin_.id, COMPARTMENTS, model=classifier.model_hash)
            outbox, publisher = self._equip(place, identity, broker, data)
            self.bins[bin_.id] = BinRuntime(identity, outbox, publisher, classifier, profile, [self._remind])
        identity = Identity(place.community, place.camera.id, model=classifier.model_hash)
        outbox, publisher = self._equip(place, identity, broker, data)
        self.camera = CameraRuntime(identity, outbox, publisher, classifier)
        self.devices: Mapping[str, DeviceRuntime] = {**self.bins, place.camera.id: self.camera}

    @property
    def drained(self) -> bool:
        """Every event and photo of every device has its receipt."""
        return all(device.drained for device in self.devices.values())

    @property
    def held(self) -> int:
        """Events and photos that wait for receipts."""
        return sum(device.outbox.held + device.outbox.photos_held for device in self.devices.values())

    @property
    def online(self) -> int:
        """Devices that a broker has greeted."""
        return sum(device.publisher.online for device in self.devices.values())

    def turn(self, wait_s: float) -> None:
        """Wait at most so long for a socket, then let every device do what is due."""
        self._loop.turn(wait_s)

    def go_away(self, device: str) -> None:
        """Its network is gone, without a goodbye; it goes on working."""
        publisher = self.devices[device].publisher
        self._loop.remove(publisher)
        self._away.add(device)
        sock = publisher.socket()
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def come_back(self, device: str) -> None:
        """It has its network again, and finds out itself that it lost its connection."""
        if device in self._away:
            self._away.discard(device)
            self._loop.add(self.devices[device].publisher)

    def finish(self) -> None:
        """Nothing more will happen: everyone comes back and asks for its last receipts soon."""
        for name in list(self._away):
            self.come_back(name)
        for device in self.devices.values():
            device.flush()

    def close(self) -> None:
        """Say offline, let go of the outboxes."""
        for device in self.devices.values():
            device.close(self._clock.wall())
        self._loop.close()

    def _equip(
        self, place: Neighbourhood, identity: Identity, broker: Broker, data: Path
    ) -> tuple[Outbox, Publisher]:
        outbox = open_outbox(data / f"{identity.device}.outbox")
        jitter = random.Random(f"jitter {place.seed} {identity.device}")
        publisher = Publisher(identity, outbox, broker, jitter)
        self._loop.add(publisher)
        return outbox, publisher

    def _remind(self, _: Reminder) -> None:
        """Somebody stood there and heard it."""
        self.reminders += 1
