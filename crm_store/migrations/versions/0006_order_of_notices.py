"""Notices keep the order in which they were planned; resolved cases are found by age."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("notices", sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.create_index(
        "ix_cases_resolved", "cases", ["resolved_at"], postgresql_where=sa.text("stage = 'resolved'")
    )


def downgrade() -> None:
    op.drop_index("ix_cases_resolved", "cases")
    op.drop_column("notices", "sequence")
