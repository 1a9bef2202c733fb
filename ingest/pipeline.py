"""The stages, in order. Each takes what the one before it made; nothing is kept before the commit."""

from collections.abc import Sequence

from ingest.admission import Admission
from ingest.broker.message import Arrival, Batch, Letter, PhotoArrival, ReplyArrival
from ingest.deduplicate import deduplicate
from ingest.draft import Draft
from ingest.folding import fold
from ingest.folding.clocks import judge_clocks
from ingest.hearing import hear
from ingest.photos import keep_photos
from ingest.presence import Presence
from ingest.timing import place_events
from linli.ports.operational import IngestStore
from linli.ports.photos import PhotoStore


class Pipeline:
    """From what arrived to what is to be committed."""

    def __init__(
        self,
        store: IngestStore,
        photos: PhotoStore,
        presence: Presence,
        strangers_max: int,
    ) -> None:
        self._admission = Admission(strangers_max)
        self._store = store
        self._photos = photos
        self._presence = presence

    def apply(self, arrivals: Sequence[Arrival], draft: Draft) -> None:
        """Put into `draft` all that these change. Raises StoreUnavailable."""
        batches = [each for each in arrivals if isinstance(each, Batch)]
        draft.memory.fetch_ledgers(batch.stream for batch in batches)
        draft.memory.fetch_states(batch.device for batch in batches)

        arrivals = self._admission.admit(arrivals, draft)
        batches = [each for each in arrivals if isinstance(each, Batch)]
        bury(arrivals, draft)
        spoke = hear(arrivals, draft)
        self._presence.welcome(spoke, draft)
        fresh = deduplicate(batches, draft)
        placed, stamped = place_events(fresh, draft)
        fold(placed, draft)
        judge_clocks(stamped, draft)
        photos = [each for each in arrivals if isinstance(each, PhotoArrival)]
        keep_photos(photos, self._photos, self._store.photos_known, draft)
        draft.counted["replies"] += sum(isinstance(each, ReplyArrival) for each in arrivals)


def bury(arrivals: Sequence[Arrival], draft: Draft) -> None:
    """Keep the messages that were refused as a whole."""
    for each in arrivals:
        if isinstance(each, Letter):
            draft.bury(each.topic, each.reason, each.detail, each.raw, each.received_ms)
            if each.photo is not None and each.device is not None:
                draft.answer((*each.device, each.photo.epoch)).photos.append(each.photo.sha256)
