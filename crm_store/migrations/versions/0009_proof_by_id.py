"""Accounts: the last four digits of the holder's ID number, hashed, as a proof."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("id_last4_hash", sa.String()))


def downgrade() -> None:
    op.drop_column("accounts", "id_last4_hash")
