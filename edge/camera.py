"""A camera at work: what it sees becomes events when it changes."""

from collections.abc import Sequence

from edge.identity import Identity
from edge.outbox import UNNUMBERED, Outbox
from edge.publisher import Publisher
from edge.reminder import Sink
from edge.runtime import DeviceRuntime, sha256_of, stamp
from edge.seeing import Classifier
from edge.watch import CollectionPointWatch
from linli.events import Event, Observation


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
        jpeg, sight = self.look(photo)
        found = [] if jpeg is None else self._watch.look(sight, now_ms)
        events: list[Event] = [
            Observation(
                seq=UNNUMBERED, ts=stamp(now_ms), what=what, photo_sha256=sha256_of(jpeg), **sight.fields()
            )
            for what in found
        ]
        kept = self.outbox.append_all(events, jpeg, source) if events or source else []
        fault = self.fault("photo_unreadable", now_ms, active=jpeg is None)
        return kept if fault is None else [*kept, fault]
