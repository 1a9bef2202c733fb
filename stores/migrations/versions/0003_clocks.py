"""What is known of the clock that stamps an epoch: beside its ledger, which is written with each batch."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledgers", sa.Column("clock", sa.LargeBinary(), nullable=True))
