"""Marks have a table of their own; they stood among the cursors, which move."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("name", Words, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute(
        "INSERT INTO marks (name, value)"
        " SELECT name, value FROM cursors WHERE name IN ('inventory', 'influxdb_target')"
    )
    op.execute("DELETE FROM cursors WHERE name IN ('inventory', 'influxdb_target')")
