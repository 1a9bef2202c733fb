"""What every device does with what it senses: events in the outbox, faults told on change, its end."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from edge.commands import CommandDesk
from edge.errors import UnreadablePhoto
from edge.faults import FaultBook
from edge.identity import Identity
from edge.outbox import UNNUMBERED, Outbox
from edge.photos import wire_photo
from edge.publisher import Publisher
from edge.reminder import Sink
from edge.seeing import Classifier, Seen, seen
from linli.events import CHANNELS, Event, Fault, Telemetry
from linli.identifiers import MILLIS_MAX

log = logging.getLogger(__name__)


class DeviceRuntime:
    """A bin or a camera; see edge/__init__.py for the use of both."""

    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        publisher: Publisher,
        classifier: Classifier,
        sinks: Sequence[Sink] = (),
    ) -> None:
        self.identity = identity
        self.outbox = outbox
        self.publisher = publisher
        self.sinks = sinks
        self._classifier = classifier
        self._faults = FaultBook()
        publisher.on_command = CommandDesk(sinks).answer

    @property
    def drained(self) -> bool:
        """Every event and photo has its receipt."""
        return self.outbox.empty

    def readings(self, values: Mapping[str | None, Mapping[str, float]], now_ms: int) -> list[Event]:
        """Keep readings by compartment (None: the device's own), in one durable write. Channels:
        linli.events.
        """
        events = [
            _telemetry(compartment, channels, now_ms) for compartment, channels in values.items() if channels
        ]
        return self.outbox.append_all(events) if events else []

    def reading(self, channels: Mapping[str, float], compartment: str | None, now_ms: int) -> Event:
        """Keep one reading."""
        return self.outbox.append(_telemetry(compartment, channels, now_ms))

    def fault(
        self, code: str, now_ms: int, *, active: bool, compartment: str | None = None, detail: str = ""
    ) -> Event | None:
        """Tell that a part is broken (`active`), or works. Only a change (or the first word) is an event.

        Raises OutboxError; then it is still to be told.
        """
        if not self._faults.differs(code, compartment, active=active):
            return None
        event = self.outbox.append(
            Fault(
                seq=UNNUMBERED,
                ts=stamp(now_ms),
                code=code,
                active=active,
                compartment=compartment,
                detail=detail[:200],
            )
        )
        self._faults.note(code, compartment, active=active)
        if active:
            log.warning("%s: %s is broken: %s", self.identity, code, detail)
        else:
            log.info("%s: %s works", self.identity, code)
        return event

    def flush(self) -> None:
        """Before sleep or the end: nothing lingers, and receipts are asked for after seconds."""
        self.publisher.courier.flush()

    def close(self, now_ms: int) -> None:
        """Say offline, leave the broker and close the outbox; what is in it waits for the next start."""
        self.publisher.close(now_ms)
        self.outbox.close()

    def look(self, photo: bytes) -> tuple[bytes | None, Seen]:
        """The photo as it is sent, and what is on it. The very bytes sent are classified, so it can be
        replayed.
        """
        try:
            jpeg = wire_photo(photo)
        except UnreadablePhoto as error:
            log.warning("%s: a photo cannot be read: %s", self.identity, error)
            return None, seen(self._classifier.classify(photo), self._classifier.model_hash)
        return jpeg, seen(self._classifier.classify(jpeg), self._classifier.model_hash)


def stamp(now_ms: int) -> int | None:
    """The device's clock as the wire allows it; None when it stands before 1970."""
    return now_ms if 0 <= now_ms <= MILLIS_MAX else None


def sha256_of(jpeg: bytes | None) -> str | None:
    """The name of a photo."""
    return None if jpeg is None else hashlib.sha256(jpeg).hexdigest()


def _telemetry(compartment: str | None, channels: Mapping[str, float], now_ms: int) -> Telemetry:
    values: dict[str, Any] = {name: value for name, value in channels.items() if name in CHANNELS}
    if "lid_open" in values:
        values["lid_open"] = bool(values["lid_open"])
    return Telemetry(seq=UNNUMBERED, ts=stamp(now_ms), compartment=compartment, **values)
