"""What a rule looks at: readings, as values."""

from msgspec import Struct

from linli.alerts.state import Reason
from linli.waste import Gravity, Outcome


class Level(Struct, frozen=True, gc=False):
    """A channel's value at a time (event time, ms)."""

    at_ms: int
    value: float


class Judged(Struct, frozen=True, gc=False):
    """A verdict at a time (event time, ms)."""

    at_ms: int
    outcome: Outcome
    gravity: Gravity


class Presence(Struct, frozen=True, gc=False):
    """What ingest knows of a device's presence, by its own clock, ms.

    `state`: online, offline or asleep as last said. `heard_ms`: the last message of any sort; `events_ms`:
    the last event; `wakes_ms`: when a sleeper promised to speak. `gateway_offline`: its gateway is away.
    Whoever asks has a broker: without one silence proves nothing, and there is nothing to evaluate.
    """

    state: str
    heard_ms: int
    events_ms: int
    wakes_ms: int | None = None
    gateway_offline: bool = False


class Condition(Struct, frozen=True, gc=False):
    """A device says that something is so, or is no more (event time, ms). `why`: how it is known.

    In one millisecond `number` tells which is older: it grows with `seq`, and fits the alert's `count`.
    """

    at_ms: int
    present: bool
    why: Reason = Reason.SEEN
    number: int = 0


class Stamping(Struct, frozen=True, gc=False):
    """How well the clock of a device stamped one batch. `at_ms` is when the batch came.

    `offset_ms` is by how much it is off (server minus device; the alert's value has it in minutes); `known`
    False: nothing in the batch shows it, or something older is still to come, so it may not be over.
    `wrong` is what its stamps are, where they cannot be true: ABSURD_STAMPS or STAMPS_SET_BACK.
    """

    at_ms: int
    offset_ms: int
    known: bool
    wrong: Reason | None = None


Reading = Level | Judged | Presence | Condition | Stamping
