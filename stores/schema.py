"""The tables of the operational store. `migrations` makes them; a test holds the two together.

`events` is the big one, so its rows name their stream (community, device, epoch) by the ledger's number, and
its one wide index, (ledger, seq), also serves telemetry over time: a rollup knows between which numbers its
hour lies. All times are ms UTC.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import Integer

REVISION = "0001"
"""The migration this code is written for."""

metadata = MetaData()

# SQLite numbers rows by themselves only where the key is an INTEGER; PostgreSQL needs eight bytes.
Number = BigInteger().with_variant(Integer, "sqlite")


def _words(*names: str, key: bool = False) -> list[Column[str]]:
    return [Column(name, Text, primary_key=key, nullable=False) for name in names]


def _times(*names: str, optional: bool = False) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=optional) for name in names]


def _assigned(name: str) -> Column[int]:
    """A number we give out (see counters), so that it follows the order of commits and is never reused."""
    return Column(name, Number, primary_key=True, autoincrement=False)


communities = Table(
    "communities", metadata, *_words("id", key=True), *_words("name_zh", "name_en", "timezone", "profile")
)

buildings = Table(
    "buildings",
    metadata,
    *_words("community", "id", key=True),
    *_words("name"),
    Column("households", Integer, nullable=False),
)

# Two hands write here: an operator accepts and places, ingest says how the device is.
devices = Table(
    "devices",
    metadata,
    *_words("community", "id", key=True),
    Column("accepted", Boolean, nullable=False),
    *_words("building", "type", "name", "compartments"),
    *_words("state", "session", "via", "software", "model"),
    *_times("heard_ms", "events_ms"),
    *_times("wakes_ms", optional=True),
    *_times("first_ms"),
)

ledgers = Table(
    "ledgers",
    metadata,
    Column("id", Number, primary_key=True),
    *_words("community", "device", "epoch"),
    Column("settled", LargeBinary, nullable=False),
    *[
        Column(name, BigInteger, nullable=False)
        for name in ("received", "duplicate", "dead", "dropped", "late")
    ],
    *_times("first_ms", "last_ms"),
    UniqueConstraint("community", "device", "epoch"),
)

events = Table(
    "events",
    metadata,
    _assigned("id"),
    *[Column(name, BigInteger, nullable=False) for name in ("ledger", "seq")],
    *_words("kind"),
    *_times("placed_ms"),
    *_words("placed_reason"),
    *_times("received_ms"),
    *_words("building"),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("ledger", "seq"),
)
# Only the kept events of unknown devices are in it, so it costs the others nothing.
Index(
    "ix_events_unplaced",
    events.c.ledger,
    events.c.placed_ms,
    events.c.id,
    sqlite_where=text("building = ''"),
    postgresql_where=text("building = ''"),
)

rollups = Table(
    "rollups",
    metadata,
    Column("ledger", BigInteger, primary_key=True, autoincrement=False),
    Column("hour_ms", BigInteger, primary_key=True, autoincrement=False),
    *_words("compartment", "channel", key=True),
    Column("readings", BigInteger, nullable=False),
    *[Column(name, Float, nullable=False) for name in ("total", "low", "high")],
    *[Column(name, BigInteger, nullable=False) for name in ("first_seq", "last_seq")],
    sqlite_with_rowid=False,
)

current_values = Table(
    "current_values",
    metadata,
    *_words("community", "device", "compartment", "channel", key=True),
    Column("value", Float, nullable=False),
    *_times("placed_ms"),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

deposits = Table(
    "deposits",
    metadata,
    _assigned("id"),  # the event's
    *_words("community", "building", "device", "epoch"),
    Column("seq", BigInteger, nullable=False),
    *_words("compartment", "chosen", "seen", "item"),
    Column("confidence", Float),
    *_words("outcome", "gravity", "reason", "household"),
    Column("weight_kg", Float),
    *_words("photo_sha256", "model", "profile"),
    *_times("placed_ms"),
    *_words("day"),
)
Index("ix_deposits_device", deposits.c.community, deposits.c.device, deposits.c.id)
Index("ix_deposits_building", deposits.c.community, deposits.c.building, deposits.c.id)
Index("ix_deposits_day", deposits.c.community, deposits.c.day, deposits.c.id)
Index(
    "ix_deposits_household",
    deposits.c.community,
    deposits.c.household,
    deposits.c.id,
    sqlite_where=text("household <> ''"),
    postgresql_where=text("household <> ''"),
)

compliance_counts = Table(
    "compliance_counts",
    metadata,
    *_words("community", "day", "building", "household", "kind", "outcome", key=True),
    Column("deposits", BigInteger, nullable=False),
    Column("weight_kg", Float, nullable=False),
    sqlite_with_rowid=False,
)

rule_slots = Table(
    "rule_slots",
    metadata,
    *_words("community", "device", "compartment", "kind", key=True),
    *_words("state"),
    *_times("since_ms", "fired_ms", "last_ms", optional=True),
    Column("value", Float),
    Column("count", Integer, nullable=False),
    *_words("window"),
    Column("held", Boolean, nullable=False),
    *_words("alert_id"),
    sqlite_with_rowid=False,
)

alerts = Table(
    "alerts",
    metadata,
    *_words("id", key=True),
    *_words("community", "building", "device", "compartment", "kind", "severity", "state", "reason"),
    Column("value", Float),
    *_words("photo_sha256"),
    *_times("fired_ms"),
    *_times("resolved_ms", optional=True),
    Column("pages", Boolean, nullable=False),
    *_times("acknowledged_ms", optional=True),
    *_words("acknowledged_by"),
)
Index("ix_alerts_time", alerts.c.fired_ms, alerts.c.id)
Index("ix_alerts_community", alerts.c.community, alerts.c.fired_ms, alerts.c.id)
Index("ix_alerts_state", alerts.c.state, alerts.c.fired_ms, alerts.c.id)

alert_changes = Table(
    "alert_changes",
    metadata,
    _assigned("number"),
    *_words("alert_id", "change", "reason"),
    *_times("at_ms", "recorded_ms"),
    *_words("by"),
    Column("value", Float),
    Column("pages", Boolean, nullable=False),
)
Index("ix_alert_changes_alert", alert_changes.c.alert_id, alert_changes.c.number)

photos = Table(
    "photos",
    metadata,
    *_words("sha256", key=True),
    *_words("community", "device", "epoch"),
    Column("seq", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    *_times("received_ms"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    _assigned("id"),
    *_words("topic", "reason", "detail"),
    Column("raw", LargeBinary, nullable=False),
    *_words("sha256"),
    Column("size", Integer, nullable=False),
    *_times("received_ms"),
    Column("times", BigInteger, nullable=False),
    UniqueConstraint("sha256", "reason", "topic"),
)

# How much was refused for each reason, since ever: dead_letters forgets its oldest rows, this does not.
refusals = Table(
    "refusals", metadata, *_words("reason", key=True), Column("times", BigInteger, nullable=False)
)

live_changes = Table(
    "live_changes",
    metadata,
    _assigned("number"),
    *_words("community", "kind", "key"),
    Column("body", LargeBinary, nullable=False),
    *_times("at_ms"),
)

cursors = Table("cursors", metadata, *_words("name", key=True), Column("value", BigInteger, nullable=False))

rewrites = Table(
    "rewrites",
    metadata,
    Column("id", Number, primary_key=True),
    *[Column(name, BigInteger, nullable=False) for name in ("first", "last")],
)

reports = Table(
    "reports",
    metadata,
    *_words("name", key=True),
    Column("body", LargeBinary, nullable=False),
    *_times("at_ms"),
)

# Numbers that grow inside the transactions that use them: the last id given out of each sort, how many rows
# there are of the big tables, and the operator's version.
counters = Table("counters", metadata, *_words("name", key=True), Column("value", BigInteger, nullable=False))
