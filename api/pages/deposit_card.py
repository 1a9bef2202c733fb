"""A deposit as a page shows it."""

from dataclasses import dataclass

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


def latest_deposits(v: Visit, store: Store) -> list[DepositCard]:
    """The newest, first."""
    found = store.deposits(DepositQuery(community=v.community.id, limit=SHOWN))
    return [_card(v, store, one.deposit) for one in found]


def _card(v: Visit, store: Store, row: DepositRow) -> DepositCard:
    known = bool(row.photo_sha256) and store.photo(row.photo_sha256)
    return DepositCard(
        row,
        v.item(row.item) if row.seen else v.w("deposits.item_unknown"),
        v.kind(row.chosen),
        v.kind(row.seen) if row.seen else "",
        v.w.named("outcome", row.outcome),
        f"/api/v1/photos/{row.photo_sha256}" if known else "",
        bool(row.photo_sha256) and not known,
    )
