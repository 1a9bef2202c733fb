"""A bin at work: a deposit is classified, commented at once, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.errors import OutboxError
from edge.identity import Identity
from edge.outbox import UNNUMBERED, Outbox
from edge.publisher import Publisher
from edge.reminder import Reminder, Sink, reminder_for, show
from edge.runtime import DeviceRuntime, sha256_of, stamp
from edge.seeing import Classifier
from linli.events import Deposit, Event
from linli.verdict import Verdict, judge
from linli.waste import Profile


@dataclass(frozen=True, slots=True)
class Deposited:
    """What became of a deposit: its event as kept, the verdict on the device, and the reminder given, if
    any.
    """

    event: Event
    verdict: Verdict
    reminder: Reminder | None


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
        self._reminded: dict[str, bool] = {}
        """Sources the disk refused, and whether their residents were reminded: once is enough."""

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

        Raises OutboxError when it could not be kept; reminded was all the same, and the same `source` is not
        reminded again.
        """
        jpeg, sight = self.look(photo)
        verdict = judge(
            self._profile,
            self.identity.compartments.get(compartment),
            sight.item,
            sight.item_kind,
            sight.confidence,
            sight.unsure,
        )
        reminder = reminder_for(self._profile, verdict, sight.item, compartment)
        reminded = self._remind(reminder, source)
        deposit = Deposit(
            seq=UNNUMBERED,
            ts=stamp(now_ms),
            compartment=compartment,
            kind_probabilities=sight.kind_probabilities,
            weight_kg=weight_kg,
            household=household,
            photo_sha256=sha256_of(jpeg),
            reminded=reminded,
            **sight.fields(),
        )
        try:
            event = self.outbox.append(deposit, jpeg, source)
        except OutboxError:
            if source is not None:
                self._reminded[source] = reminded
            raise
        if source is not None:
            self._reminded.pop(source, None)
        return Deposited(event, verdict, reminder)

    def _remind(self, reminder: Reminder | None, source: str | None) -> bool:
        if source is not None and source in self._reminded:
            return self._reminded[source]
        return reminder is not None and show(reminder, self.sinks)
