"""A day's figures are counted by index."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index(
        "ix_cases_answered",
        "cases",
        ["first_responded_at"],
        postgresql_where=sa.text("first_responded_at IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_done", "cases", ["resolved_at"], postgresql_where=sa.text("resolved_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_cases_done", "cases")
    op.drop_index("ix_cases_answered", "cases")
