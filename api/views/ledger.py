"""The ledger: what of each device's numbered events was received, and what was lost."""

from typing import Annotated

from pydantic import BaseModel, Field

from linli.ports.rows import LedgerRow, LedgerSum, LedgerTotal

RANGES_SHOWN = 100


class Account(BaseModel):
    """Counts of events. Every number a device gave out is received, dead, dropped or missing."""

    numbered: Annotated[int, Field(description="Numbers given out, as far as known", examples=[1204])]
    received: Annotated[int, Field(description="Stored, each once", examples=[1204])]
    duplicate: Annotated[int, Field(description="Came again and were not stored again", examples=[3])]
    missing: Annotated[int, Field(description="Below the largest number, not here yet", examples=[0])]
    dropped: Annotated[int, Field(description="Given up by the device", examples=[0])]
    dead: Annotated[int, Field(description="Refused, kept as dead letters", examples=[0])]
    late: Annotated[int, Field(description="Came more than 15 minutes after they happened", examples=[0])]
    lost: Annotated[int, Field(description="missing + dropped", examples=[0])]


class CommunityAccount(Account):
    """All devices of one community."""

    community: Annotated[str, Field(examples=["haitang"])]


class DeviceAccount(Account):
    """All epochs of one device. Times are ms UTC."""

    community: Annotated[str, Field(examples=["haitang"])]
    device: Annotated[str, Field(examples=["bin-01"])]
    epochs: Annotated[int, Field(description="Lives of its outbox", examples=[1])]
    first_ms: Annotated[int, Field(examples=[1764030000000])]
    last_ms: Annotated[int, Field(examples=[1764032400000])]


class EpochAccount(Account):
    """One epoch of a device: one life of its outbox."""

    community: Annotated[str, Field(examples=["haitang"])]
    device: Annotated[str, Field(examples=["bin-01"])]
    epoch: Annotated[str, Field(examples=["k3J8vPqLw2Zx"])]
    through: Annotated[int, Field(description="Every number to here is settled", examples=[1204])]
    missing_ranges: Annotated[
        list[tuple[int, int]],
        Field(description=f"The gaps, inclusive, the first {RANGES_SHOWN}", examples=[[]]),
    ]
    first_ms: Annotated[int, Field(examples=[1764030000000])]
    last_ms: Annotated[int, Field(examples=[1764032400000])]


def account_of(total: LedgerSum) -> Account:
    """A sum as the API shows it."""
    return Account(**_counts(total))


def community_of(total: LedgerTotal) -> CommunityAccount:
    """A community's sum as the API shows it."""
    return CommunityAccount(community=total.community, **_counts(total.sum))


def device_of(total: LedgerTotal) -> DeviceAccount:
    """A device's sum as the API shows it."""
    return DeviceAccount(
        community=total.community,
        device=total.device,
        epochs=total.epochs,
        first_ms=total.first_ms,
        last_ms=total.last_ms,
        **_counts(total.sum),
    )


def epoch_of(row: LedgerRow) -> EpochAccount:
    """An epoch's ledger as the API shows it."""
    return EpochAccount(
        community=row.community,
        device=row.device,
        epoch=row.epoch,
        through=row.settled.through,
        missing_ranges=row.settled.missing()[:RANGES_SHOWN],
        first_ms=row.first_ms,
        last_ms=row.last_ms,
        **_counts(sum_of(row)),
    )


def sum_of(row: LedgerRow) -> LedgerSum:
    """An epoch's counts, with what is missing."""
    missing = sum(end - start + 1 for start, end in row.settled.missing())
    return LedgerSum(row.received, row.duplicate, row.dead, row.dropped, row.late, missing)


def _counts(total: LedgerSum) -> dict[str, int]:
    return {name: getattr(total, name) for name in Account.model_fields}
