"""Reminders to read the meter; readings of an account are found by index."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "reading_reminders",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_reading_reminders_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_number"], ["accounts.account_number"], name=op.f("fk_reading_reminders_account_number")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "account_number", name=op.f("pk_reading_reminders")),
    )
    op.create_index("ix_reading_reminders_next_on", "reading_reminders", ["next_on"])
    op.create_index("ix_readings_account", "readings", ["account_number", "taken_on"])
    op.create_index("ix_readings_taken_on", "readings", ["taken_on"])


def downgrade() -> None:
    op.drop_index("ix_readings_taken_on", "readings")
    op.drop_index("ix_readings_account", "readings")
    op.drop_table("reading_reminders")
