"""Wordings wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_note", sa.String(), nullable=True),
        sa.Column("change_number", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'withdrawn', 'replaced')", name="ck_proposals_state"
        ),
        sa.ForeignKeyConstraint(
            ["change_number"], ["region_changes.number"], name="fk_proposals_change_number_region_changes"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_index(
        "uq_proposals_open", "proposals", ["way"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_proposals_proposed", "proposals", ["proposed_at", "id"])


def downgrade() -> None:
    op.drop_table("proposals")
