"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alert_changes",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("alert_id", Words, nullable=False),
        sa.Column("change", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("recorded_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", Words, nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("pages", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_alert_changes_alert", "alert_changes", ["alert_id", "number"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("id", Words, nullable=False),
        sa.Column("community", Words, nullable=False),
        sa.Column("building", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("compartment", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("severity", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("photo_sha256", Words, nullable=False),
        sa.Column("fired_ms", sa.BigInteger(), nullable=False),
        sa.Column("resolved_ms", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_ms", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", Words, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alerts_community", "alerts", ["community", "fired_ms", "id"], unique=False)
    op.create_index("ix_alerts_state", "alerts", ["state", "fired_ms", "id"], unique=False)
    op.create_index("ix_alerts_time", "alerts", ["fired_ms", "id"], unique=False)
    op.create_table(
        "buildings",
        sa.Column("community", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community", "id"),
    )
    op.create_table(
        "communities",
        sa.Column("id", Words, nullable=False),
        sa.Column("name_zh", Words, nullable=False),
        sa.Column("name_en", Words, nullable=False),
        sa.Column("timezone", Words, nullable=False),
        sa.Column("profile", Words, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "compliance_counts",
        sa.Column("community", Words, nullable=False),
        sa.Column("day", Words, nullable=False),
        sa.Column("building", Words, nullable=False),
        sa.Column("household", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("outcome", Words, nullable=False),
        sa.Column("deposits", sa.BigInteger(), nullable=False),
        sa.Column("weight_kg", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("community", "day", "building", "household", "kind", "outcome"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counters",
        sa.Column("name", Words, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "current_values",
        sa.Column("community", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("compartment", Words, nullable=False),
        sa.Column("channel", Words, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("placed_ms", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community", "device", "compartment", "channel"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cursors",
        sa.Column("name", Words, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "dead_letters",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("topic", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("detail", Words, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", Words, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256", "reason", "topic"),
    )
    op.create_table(
        "deposits",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("community", Words, nullable=False),
        sa.Column("building", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("epoch", Words, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("compartment", Words, nullable=False),
        sa.Column("chosen", Words, nullable=False),
        sa.Column("seen", Words, nullable=False),
        sa.Column("item", Words, nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("outcome", Words, nullable=False),
        sa.Column("gravity", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("household", Words, nullable=False),
        sa.Column("weight_kg", sa.Float(), nullable=True),
        sa.Column("photo_sha256", Words, nullable=False),
        sa.Column("model", Words, nullable=False),
        sa.Column("profile", Words, nullable=False),
        sa.Column("placed_ms", sa.BigInteger(), nullable=False),
        sa.Column("day", Words, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deposits_building", "deposits", ["community", "building", "id"], unique=False)
    op.create_index("ix_deposits_day", "deposits", ["community", "day", "id"], unique=False)
    op.create_index("ix_deposits_device", "deposits", ["community", "device", "id"], unique=False)
    op.create_index(
        "ix_deposits_household",
        "deposits",
        ["community", "household", "id"],
        unique=False,
        sqlite_where=sa.text("household <> ''"),
        postgresql_where=sa.text("household <> ''"),
    )
    op.create_table(
        "devices",
        sa.Column("community", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("building", Words, nullable=False),
        sa.Column("type", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("compartments", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("session", Words, nullable=False),
        sa.Column("via", Words, nullable=False),
        sa.Column("software", Words, nullable=False),
        sa.Column("model", Words, nullable=False),
        sa.Column("heard_ms", sa.BigInteger(), nullable=False),
        sa.Column("events_ms", sa.BigInteger(), nullable=False),
        sa.Column("wakes_ms", sa.BigInteger(), nullable=True),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community", "id"),
    )
    op.create_table(
        "events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("ledger", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("placed_ms", sa.BigInteger(), nullable=False),
        sa.Column("placed_reason", Words, nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("building", Words, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ledger", "seq"),
    )
    op.create_index(
        "ix_events_unplaced",
        "events",
        ["ledger", "placed_ms", "id"],
        unique=False,
        sqlite_where=sa.text("building = ''"),
        postgresql_where=sa.text("building = ''"),
    )
    op.create_table(
        "ledgers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("epoch", Words, nullable=False),
        sa.Column("settled", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("dead", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("community", "device", "epoch"),
    )
    op.create_table(
        "live_changes",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("community", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "photos",
        sa.Column("sha256", Words, nullable=False),
        sa.Column("community", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("epoch", Words, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "refusals",
        sa.Column("reason", Words, nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reason"),
    )
    op.create_table(
        "reports",
        sa.Column("name", Words, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "rewrites",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rollups",
        sa.Column("ledger", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("compartment", Words, nullable=False),
        sa.Column("channel", Words, nullable=False),
        sa.Column("readings", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ledger", "hour_ms", "compartment", "channel"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rule_slots",
        sa.Column("community", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("compartment", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=True),
        sa.Column("fired_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_ms", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window", Words, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("alert_id", Words, nullable=False),
        sa.PrimaryKeyConstraint("community", "device", "compartment", "kind"),
        sqlite_with_rowid=False,
    )
    counters = sa.table("counters", sa.column("name", sa.Text), sa.column("value", sa.BigInteger))
    names = (
        "operator_version",
        "event",
        "alert_change",
        "dead_letter",
        "live_change",
        "events",
        "deposits",
        "photos",
    )
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in names])
