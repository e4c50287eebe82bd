"""Phones that may send the readings of many accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("citizens", sa.Column("trusted_sender_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("citizens", "trusted_sender_at")
