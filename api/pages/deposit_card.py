"""A deposit as a page shows it."""

from dataclasses import dataclass

from api.pages.photos import Photos
from api.pages.visit import Visit
from api.services import Store
from linli.ports.operational import DepositQuery
from linli.ports.rows import DepositRow

SHOWN = 12


@dataclass(frozen=True, slots=True)
class DepositCard:
    """`photo` is an address or empty; `late`: it has not come yet."""

    row: DepositRow
    item: str
    chosen: str
    seen: str
    outcome: str
    photo: str
    late: bool


def latest_deposits(v: Visit, store: Store) -> list[DepositRow]:
    """The newest, first."""
    return [one.deposit for one in store.deposits(DepositQuery(community=v.community.id, limit=SHOWN))]


def deposit_card(v: Visit, row: DepositRow, shown: Photos) -> DepositCard:
    """Look up what the deposit's row only names."""
    return DepositCard(
        row,
        v.item(row.item) if row.seen else v.w("deposits.item_unknown"),
        v.kind(row.chosen),
        v.kind(row.seen) if row.seen else "",
        v.w.named("outcome", row.outcome),
        shown.address(row.photo_sha256),
        shown.late(row.photo_sha256),
    )
