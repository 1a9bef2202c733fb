"""A place is one row: its current values, and the sums of its open hour."""

import json
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    places = op.create_table(
        "places",
        sa.Column("community", Words, nullable=False),
        sa.Column("device", Words, nullable=False),
        sa.Column("compartment", Words, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("community", "device", "compartment"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT community, device, compartment, channel, value, placed_ms, seq FROM current_values"
            " ORDER BY community, device, compartment"
        )
    ).all()
    for (community, device, compartment), same in groupby(rows, key=lambda row: tuple(row[:3])):
        newest = {channel: (value, placed_ms, seq) for *_, channel, value, placed_ms, seq in same}
        body = json.dumps([newest, None]).encode()
        connection.execute(
            sa.insert(places).values(community=community, device=device, compartment=compartment, body=body)
        )
    op.drop_table("current_values")
