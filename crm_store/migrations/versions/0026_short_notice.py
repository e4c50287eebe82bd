"""The privacy notice's short words, given once beside the answer to a reading."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("addresses", sa.Column("short_notice_sent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("addresses", "short_notice_sent_at")
