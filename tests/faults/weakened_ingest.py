"""Ingests that are weakened."""

from collections.abc import Callable
from typing import Any

import msgspec

from tests.faults import seams
from tests.faults.plan import Fault
from tests.faults.weakness import weak


def _mqtt() -> list[Any]:
    """Where the connection will be, once it is made."""
    made: list[Any] = []
    seams.after("ingest.broker.mqtt:Mqtt.__init__", lambda _result, mqtt, *_: made.append(mqtt))
    return made


@weak("acknowledges before commit", "ingest", by=("witness: ",))
def _acknowledges_before() -> None:
    mqtt = _mqtt()

    def early(group: Any, *_: Any) -> None:
        if group:
            acknowledge(mqtt[0], group)

    from ingest.broker.mqtt import Mqtt

    acknowledge = Mqtt.ack
    seams.after("ingest.broker.inbox:Inbox.group", early)
    seams.replace("ingest.broker.mqtt:Mqtt.ack", lambda _: lambda *_: 0)


@weak(
    "sends a receipt before commit",
    "ingest",
    Fault("ingest killed", stage="written", passage=4),
    by=("witness: ", "lost: "),
)
def _receipt_before() -> None:
    from ingest.broker.receipts import compose
    from ingest.draft import Answer
    from linli.events import encode
    from linli.topics import Channel, Topic

    mqtt = _mqtt()

    def make(commit: Callable[..., Any]) -> Callable[..., Any]:
        def early(store: Any, group: Any, version: int) -> Any:
            for row in group.ledger:
                receipt = compose(row.epoch, row, Answer([], []), 0)
                mqtt[0].send(str(Topic(row.community, row.device, Channel.RECEIPTS)), encode(receipt))
            mqtt[0].flush()
            return commit(store, group, version)

        return early

    seams.replace("stores.operational:OperationalStore.commit", make)


@weak("counts duplicates", "ingest", Fault("duplicated"), by=("compliance counts: ",))
def _counts_duplicates() -> None:
    def make(commit: Callable[..., Any]) -> Callable[..., Any]:
        before: dict[tuple[str, str, str], int] = {}
        kept: list[Any] = []

        def counting(store: Any, group: Any, version: int) -> Any:
            again = sum(
                row.duplicate - before.get((row.community, row.device, row.epoch), 0) for row in group.ledger
            )
            before.update({(row.community, row.device, row.epoch): row.duplicate for row in group.ledger})
            kept[:] = group.counts or kept
            if again and not group.counts:
                group.counts = list(kept)
            return commit(store, group, version)

        return counting

    seams.replace("stores.operational:OperationalStore.commit", make)


@weak("UTC days", "ingest", by=("compliance counts: ",), zone="Pacific/Chatham")
def _utc_days() -> None:
    from datetime import UTC

    seams.replace("linli.timing.days:local_day", lambda day: lambda at_ms, _zone: day(at_ms, UTC))


@weak(
    "acknowledges on a new connection",
    "ingest",
    Fault("disk full", 0.3),
    Fault("network cut", 0.32),
    by=("witness: ",),
)
def _acks_anywhere() -> None:
    def make(ack: Callable[..., Any]) -> Callable[..., Any]:
        def anywhere(mqtt: Any, messages: Any) -> Any:
            return ack(mqtt, [msgspec.structs.replace(m, connection=mqtt.connection) for m in messages])

        return anywhere

    seams.replace("ingest.broker.mqtt:Mqtt.ack", make)


@weak("one bad event loses its neighbours", "ingest", by=("lost: ",))
def _neighbours() -> None:
    from linli.batch import Refused
    from linli.events import encode
    from linli.refusal import Refusal

    def make(decode: Callable[..., Any]) -> Callable[..., Any]:
        def strict(payload: bytes) -> Any:
            batch = decode(payload)
            if not batch.refused:
                return batch
            lost = [
                Refused(event.seq, Refusal.SCHEMA, "its neighbour", encode(event)) for event in batch.events
            ]
            return msgspec.structs.replace(batch, events=[], refused=[*batch.refused, *lost])

        return strict

    seams.replace("linli.batch:decode_batch", make)


@weak("ignores first", "ingest", Fault("small outbox"), by=("lost: ", "ledger: "))
def _ignores_first() -> None:
    def make(decode: Callable[..., Any]) -> Callable[..., Any]:
        return lambda payload: msgspec.structs.replace(decode(payload), first=1)

    seams.replace("linli.batch:decode_batch", make)


@weak("believes every clock", "ingest", Fault("clock ahead"), by=("misplaced: ",))
def _believes_clocks() -> None:
    from linli.timing.clock import RIGHT, Sending

    seams.replace("linli.timing.clock:sending", lambda _: lambda *_, **__: Sending(RIGHT, 0, known=True))


@weak(
    "forgets the order of numbers",
    "ingest",
    Fault("clock jumps", 0.3),
    Fault("clock jumps", 0.5),
    Fault("ingest stands still", 0.68),  # so no receipt tells the bins of their new clock
    Fault("clock jumps", 0.7),
    Fault("clock jumps", 0.78),
    by=("order: ",),
)
def _forgets_order() -> None:
    seams.replace("linli.timing.runs:bounds", lambda _: lambda *_: (None, None))


@weak("late data pages", "ingest", by=("alerts: ",))
def _late_pages() -> None:
    seams.replace("linli.alerts.rules:pages", lambda _: lambda *_: True)


@weak("receipts say more than is settled", "ingest", Fault("delayed and reordered"), by=("witness: ",))
def _says_more() -> None:
    def make(compose: Callable[..., Any]) -> Callable[..., Any]:
        def hopeful(*arguments: Any) -> Any:
            receipt = compose(*arguments)
            newest = max([receipt.through, *(end for _, end in receipt.ranges)])
            return msgspec.structs.replace(receipt, through=newest, ranges=[])

        return hopeful

    seams.replace("ingest.broker.receipts:compose", make)


@weak("acknowledges what the store could not take", "ingest", Fault("disk full", 0.4), by=("witness: ",))
def _gives_up() -> None:
    from ingest.commit import Settled
    from linli.errors import StoreUnavailable

    def make(settle: Callable[..., Any]) -> Callable[..., Any]:
        def hopeful(committer: Any, arrivals: Any) -> Any:
            try:
                yield from settle(committer, arrivals)
            except StoreUnavailable:
                yield Settled(len(arrivals), None)

        return hopeful

    seams.replace("ingest.commit:Committer.settle", make)


@weak(
    "begins a new session at each start",
    "ingest",
    Fault("ingest killed anywhere", 0.5),
    by=("dead letters: ",),
)
def _clean_session() -> None:
    seams.after(
        "ingest.broker.client:make_client", lambda client, *_: setattr(client, "_clean_session", True)
    )
