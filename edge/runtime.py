"""A bin and a camera at work: what they sense becomes events in the outbox. See edge/__init__.py for their
use.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.commands import CommandDesk
from edge.errors import UnreadablePhoto
from edge.faults import FaultBook
from edge.identity import Identity
from edge.outbox import UNNUMBERED, Outbox
from edge.photos import wire_photo
from edge.publisher import Publisher
from edge.reminder import Reminder, Sink, reminder_for, show
from edge.seeing import Classifier, Seen, seen
from edge.watch import CollectionPointWatch
from linli.events import CHANNELS, Deposit, Event, Fault, Observation, Telemetry
from linli.identifiers import MILLIS_MAX
from linli.verdict import Verdict, judge
from linli.waste import Profile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deposited:
    """What became of a deposit: its event as kept, the verdict on the device, and the reminder given, if
    any.
    """

    event: Event
    verdict: Verdict
    reminder: Reminder | None


class DeviceRuntime:
    """What every device does: keeps events, tells faults on change, publishes, ends."""

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
        """Tell that a part is broken (`active`), or works. Only a change (or the first word) is an event."""
        if not self._faults.changed(code, compartment, active=active):
            return None
        if active:
            log.warning("%s: %s is broken: %s", self.identity, code, detail)
        else:
            log.info("%s: %s works", self.identity, code)
        return self.outbox.append(
            Fault(
                seq=UNNUMBERED,
                ts=stamp(now_ms),
                code=code,
                active=active,
                compartment=compartment,
                detail=detail[:200],
            )
        )

    def flush(self) -> None:
        """Before sleep or the end: nothing lingers, and receipts are asked for after seconds."""
        self.publisher.courier.flush()

    def close(self, now_ms: int) -> None:
        """Say offline, leave the broker and close the outbox; what is in it waits for the next start."""
        self.publisher.close(now_ms)
        self.outbox.close()

    def _look(self, photo: bytes) -> tuple[bytes | None, Seen]:
        """The photo as it is sent, and what is on it. The very bytes sent are classified, so it can be
        replayed.
        """
        try:
            jpeg = wire_photo(photo)
        except UnreadablePhoto as error:
            log.warning("%s: a photo cannot be read: %s", self.identity, error)
            return None, seen(self._classifier.classify(photo), self._classifier.model_hash)
        return jpeg, seen(self._classifier.classify(jpeg), self._classifier.model_hash)


class BinRuntime(DeviceRuntime):
    """A bin with compartments, and the profile its deposits are judged by."""

    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        publisher: Publisher,
        classifier: Classifier,
        profile: Profile,
        sinks: Sequence[Sink] = (),
    ) -> None:
        super().__init__(identity, outbox, publisher, classifier, sinks)
        self._profile = profile

    def deposit(
        self,
        photo: bytes,
        compartment: str,
        now_ms: int,
        *,
        weight_kg: float | None = None,
        household: str | None = None,
        source: str | None = None,
    ) -> Deposited:
        """Something was thrown in: classify, remind at once, keep. `household` is a pseudonym
        (edge.households).
        """
        jpeg, sight = self._look(photo)
        verdict = judge(
            self._profile,
            self.identity.compartments.get(compartment),
            sight.item,
            sight.item_kind,
            sight.confidence,
            sight.unsure,
        )
        reminder = reminder_for(self._profile, verdict, sight.item, compartment)
        event = self.outbox.append(
            Deposit(
                seq=UNNUMBERED,
                ts=stamp(now_ms),
                compartment=compartment,
                kind_probabilities=sight.kind_probabilities,
                weight_kg=weight_kg,
                household=household,
                photo_sha256=sha256_of(jpeg),
                reminded=reminder is not None and show(reminder, self.sinks),
                **sight.fields(),
            ),
            jpeg,
            source,
        )
        return Deposited(event, verdict, reminder)


class CameraRuntime(DeviceRuntime):
    """A camera over a collection point: says what lies there, and whether its lens is clear, when that
    changes.
    """

    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        publisher: Publisher,
        classifier: Classifier,
        sinks: Sequence[Sink] = (),
    ) -> None:
        super().__init__(identity, outbox, publisher, classifier, sinks)
        self._watch = CollectionPointWatch()

    def see(self, photo: bytes, now_ms: int, *, source: str | None = None) -> list[Event]:
        """Look at one photo. Returns the events made of it: most photos change nothing and make none."""
        jpeg, sight = self._look(photo)
        found = [] if jpeg is None else self._watch.look(jpeg, sight, now_ms)
        events: list[Event] = [
            Observation(
                seq=UNNUMBERED, ts=stamp(now_ms), what=what, photo_sha256=sha256_of(jpeg), **sight.fields()
            )
            for what in found
        ]
        kept = self.outbox.append_all(events, jpeg, source) if events or source else []
        fault = self.fault("photo_unreadable", now_ms, active=jpeg is None)
        return kept if fault is None else [*kept, fault]


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
