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
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    text,
)

from stores.columns import Number, assigned, metadata, times, words

__all__ = ["metadata"]

REVISION = "0004"
"""The migration this code is written for."""

communities = Table(
    "communities", metadata, *words("id", key=True), *words("name_zh", "name_en", "timezone", "profile")
)

buildings = Table(
    "buildings",
    metadata,
    *words("community", "id", key=True),
    *words("name"),
    Column("households", Integer, nullable=False),
)

# Two hands write here: an operator accepts and places, ingest says how the device is.
devices = Table(
    "devices",
    metadata,
    *words("community", "id", key=True),
    Column("accepted", Boolean, nullable=False),
    *words("building", "type", "name", "compartments"),
    *words("state", "session", "via", "software", "model"),
    *times("heard_ms", "events_ms"),
    *times("wakes_ms", optional=True),
    *times("first_ms"),
)

ledgers = Table(
    "ledgers",
    metadata,
    Column("id", Number, primary_key=True),
    *words("community", "device", "epoch"),
    Column("settled", LargeBinary, nullable=False),
    *[
        Column(name, BigInteger, nullable=False)
        for name in ("received", "duplicate", "dead", "dropped", "late")
    ],
    *times("first_ms", "last_ms"),
    Column("missing", BigInteger, nullable=False),
    Column("clock", LargeBinary),  # of what an older linli has stored, nothing is known
    UniqueConstraint("community", "device", "epoch"),
)

events = Table(
    "events",
    metadata,
    assigned("id"),
    *[Column(name, BigInteger, nullable=False) for name in ("ledger", "seq")],
    *words("kind"),
    *times("placed_ms"),
    *words("placed_reason"),
    *times("received_ms"),
    *words("building"),
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
    *words("compartment", "channel", key=True),
    Column("readings", BigInteger, nullable=False),
    Column("total", Float, nullable=False),
    *[Column(name, BigInteger, nullable=False) for name in ("first_seq", "last_seq")],
    sqlite_with_rowid=False,
)

# The newest value of each channel and the sums of the open hour, as JSON (rows.place_values): a reading
# writes one row here, and none in `rollups` until its hour is over.
places = Table(
    "places",
    metadata,
    *words("community", "device", "compartment", key=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

deposits = Table(
    "deposits",
    metadata,
    assigned("id"),  # the event's
    *words("community", "building", "device", "epoch"),
    Column("seq", BigInteger, nullable=False),
    *words("compartment", "chosen", "seen", "item"),
    Column("confidence", Float),
    *words("outcome", "gravity", "reason", "household"),
    Column("weight_kg", Float),
    *words("photo_sha256", "model", "profile"),
    *times("placed_ms"),
    *words("day"),
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
    *words("community", "day", "building", "household", "kind", "outcome", key=True),
    Column("deposits", BigInteger, nullable=False),
    Column("weight_kg", Float, nullable=False),
    sqlite_with_rowid=False,
)

rule_slots = Table(
    "rule_slots",
    metadata,
    *words("community", "device", "compartment", "kind", key=True),
    *words("state"),
    *times("since_ms", "fired_ms", "last_ms", optional=True),
    Column("value", Float),
    Column("count", Integer, nullable=False),
    *words("window"),
    Column("held", Boolean, nullable=False),
    *words("alert_id"),
    sqlite_with_rowid=False,
)

alerts = Table(
    "alerts",
    metadata,
    *words("id", key=True),
    *words("community", "building", "device", "compartment", "kind", "severity", "state", "reason"),
    Column("value", Float),
    *words("photo_sha256"),
    *times("fired_ms"),
    *times("resolved_ms", optional=True),
    Column("pages", Boolean, nullable=False),
    *times("acknowledged_ms", optional=True),
    *words("acknowledged_by"),
)
Index("ix_alerts_time", alerts.c.fired_ms, alerts.c.id)
Index("ix_alerts_community", alerts.c.community, alerts.c.fired_ms, alerts.c.id)
Index("ix_alerts_state", alerts.c.state, alerts.c.fired_ms, alerts.c.id)

alert_changes = Table(
    "alert_changes",
    metadata,
    assigned("number"),
    *words("alert_id", "change", "reason"),
    *times("at_ms", "recorded_ms"),
    *words("by"),
    Column("value", Float),
    Column("pages", Boolean, nullable=False),
)
Index("ix_alert_changes_alert", alert_changes.c.alert_id, alert_changes.c.number)

photos = Table(
    "photos",
    metadata,
    *words("sha256", key=True),
    *words("community", "device", "epoch"),
    Column("seq", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    *times("received_ms"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    assigned("id"),
    *words("topic", "reason", "detail"),
    Column("raw", LargeBinary, nullable=False),
    *words("sha256"),
    Column("size", Integer, nullable=False),
    *times("received_ms"),
    Column("times", BigInteger, nullable=False),
    UniqueConstraint("sha256", "reason", "topic"),
)

# How much was refused for each reason, since ever: dead_letters forgets its oldest rows, this does not.
refusals = Table(
    "refusals", metadata, *words("reason", key=True), Column("times", BigInteger, nullable=False)
)

live_changes = Table(
    "live_changes",
    metadata,
    assigned("number"),
    *words("community", "kind", "key"),
    Column("body", LargeBinary, nullable=False),
    *times("at_ms"),
)

cursors = Table("cursors", metadata, *words("name", key=True), Column("value", BigInteger, nullable=False))

# Which thing something here is about, as a number made of its name or content: compared, never counted on.
marks = Table("marks", metadata, *words("name", key=True), Column("value", BigInteger, nullable=False))

rewrites = Table(
    "rewrites",
    metadata,
    Column("id", Number, primary_key=True),
    *[Column(name, BigInteger, nullable=False) for name in ("first", "last")],
)

reports = Table(
    "reports",
    metadata,
    *words("name", key=True),
    Column("body", LargeBinary, nullable=False),
    *times("at_ms"),
)

# Numbers that grow inside the transactions that use them: the last id given out of each sort, how many rows
# there are of the big tables, and the operator's version.
counters = Table("counters", metadata, *words("name", key=True), Column("value", BigInteger, nullable=False))
